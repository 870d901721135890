import { onScopeDispose, ref, shallowRef, watch, type Ref } from 'vue'

import { cancelScan } from '@/api/pages'
import { cancelRead, testSource } from '@/api/devices'
import type { DeviceKind } from '@/api/generated/DeviceKind'
import type { DevicesView } from '@/api/generated/DevicesView'
import type { DeviceView } from '@/api/generated/DeviceView'
import type { TestPage } from '@/api/generated/TestPage'

import { useCall } from '../call'

/** Trying out a device: a card is awaited, or a page is made that nobody keeps. */
export function useTrial(view: Ref<DevicesView | null>) {
  const { busy, failure, run } = useCall()
  const tried = ref('')
  const kind = ref<DeviceKind>('scanner')
  const waiting = ref(false)
  const page = shallowRef<TestPage | null>(null)
  let lastBefore = ''

  /** What the readers did last: a hand may lay the card on another one than was meant. */
  const lastOfReaders = () =>
    (view.value?.devices ?? [])
      .filter((one) => one.kind === 'card_reader')
      .map((one) => one.last?.at)
      .join()

  /** The next outcome ends the trial: it stands in its reader's row. */
  watch(view, () => {
    if (waiting.value && lastOfReaders() !== lastBefore) end()
  })

  function end() {
    waiting.value = false
    tried.value = ''
    page.value = null
  }

  async function start(device: DeviceView) {
    if (busy.value) return
    end()
    failure.value = null
    tried.value = device.id
    kind.value = device.kind
    if (device.kind === 'card_reader') {
      lastBefore = lastOfReaders()
      waiting.value = true
      return
    }
    page.value = (await run(() => testSource(device.id))) ?? null
    if (!page.value) tried.value = ''
  }

  /** False when there is nothing to stop. */
  function stop(): boolean {
    const any = waiting.value || busy.value || page.value !== null
    release()
    if (!busy.value) end()
    return any
  }

  function release() {
    if (busy.value) void cancelScan()
    if (waiting.value) void cancelRead()
  }

  // Whoever leaves the page leaves nothing at work.
  onScopeDispose(release)

  return { tried, kind, waiting, making: busy, page, failure, start, stop }
}
