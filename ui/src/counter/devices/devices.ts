import { computed, onScopeDispose, shallowRef } from 'vue'

import { listDevices, onDevices } from '@/api/devices'
import type { DevicesView } from '@/api/generated/DevicesView'
import type { DeviceView } from '@/api/generated/DeviceView'
import { onStatus } from '@/api/session'

import { useCall } from '../call'

/** The devices as they are now: asked for again whenever one of them does something. */
export function useDevices() {
  const { failure, run } = useCall()
  const view = shallowRef<DevicesView | null>(null)
  let again = false
  let running = false

  async function reload() {
    if (running) {
      again = true
      return
    }
    running = true
    do {
      again = false
      view.value = (await run(listDevices)) ?? view.value
    } while (again)
    running = false
  }

  const listening = [onDevices(() => void reload()), onStatus(() => void reload())]
  // What happened before anybody listened.
  void Promise.all(listening).then(reload)
  onScopeDispose(() => listening.forEach((one) => void one.then((end) => end())))

  const groups = computed(() => grouped(view.value?.devices ?? []))
  return { view, groups, failure, reload }
}

/** What stands together on the page, in the order of use. */
export function grouped(devices: DeviceView[]) {
  const groups = [
    { name: 'cards', kinds: ['card_reader', 'photo_decoder'] },
    { name: 'pages', kinds: ['scanner', 'camera', 'folder'] },
  ] as const
  return groups.map(({ name, kinds }) => ({
    name,
    devices: devices.filter((device) => (kinds as readonly string[]).includes(device.kind)),
  }))
}

/** The sentence before the first stop says what is the matter; what follows says what to do. */
export function causeAndCure(words: string): [cause: string, cure: string] {
  const at = words.search(/。|\.\s/)
  return at < 0 ? [words, ''] : [words.slice(0, at + 1), words.slice(at + 1).trim()]
}
