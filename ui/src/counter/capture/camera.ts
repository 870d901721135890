import { onScopeDispose, ref, shallowRef } from 'vue'

import { closeCamera, onPreview, openCamera, previewAt } from '@/api/capture'
import type { PreviewTold } from '@/api/generated/PreviewTold'
import type { Reason } from '@/api/generated/Reason'

type Shown = Extract<PreviewTold, { told: 'shown' }>

/** The station has one camera open: openings and closings, of every panel, follow each other. */
let turn: Promise<unknown> = Promise.resolve()

function inTurn(work: () => Promise<void>): Promise<void> {
  const done = turn.then(work)
  turn = done.catch(() => undefined)
  return done
}

/** The live picture of a camera, while the panel is open; `last` is done before it is closed with it. */
export function useCamera(onTaken: () => void, last: () => Promise<void>) {
  /** What stands on the screen: picture and sheets belong together. */
  const shown = shallowRef<Shown | null>(null)
  const picture = ref('')
  const fault = shallowRef<Reason | null>(null)
  /** Why a page could not be taken by itself; it stands until the next one is taken. */
  const missed = shallowRef<Reason | null>(null)
  const opened = ref('')
  let loading: Shown | null = null
  let newest: Shown | null = null
  let gone = false
  const image = new Image()

  image.onload = () => {
    picture.value = image.src
    shown.value = loading
    loading = null
    if (newest) load(newest)
  }
  image.onerror = () => {
    loading = null
    if (newest) load(newest)
  }

  /** One picture at a time is fetched: a slow window shows fewer, never older ones. */
  function load(next: Shown) {
    newest = null
    loading = next
    image.src = previewAt(next.seq)
  }

  const listening = onPreview((told) => {
    if (opened.value === '') return
    if (told.told === 'taken') {
      missed.value = null
      return onTaken()
    }
    if (told.told === 'missed') {
      missed.value = told.reason
      return
    }
    if (told.told === 'fault') {
      fault.value = told.reason
      return
    }
    fault.value = null
    if (loading) newest = told
    else load(told)
  })

  const open = (source: string, automatic: boolean) =>
    inTurn(async () => {
      await shut()
      if (gone) return
      await openCamera(source, automatic)
      opened.value = source
    })

  const close = () => inTurn(shut)

  async function shut() {
    if (opened.value !== '') await closeCamera()
    opened.value = ''
    shown.value = null
    picture.value = ''
    fault.value = missed.value = null
    loading = newest = null
  }

  // Nothing looks on, and no picture stays, when the panel is gone.
  onScopeDispose(() => {
    image.onload = image.onerror = null
    gone = true
    const leave = () => (opened.value === '' ? Promise.resolve() : last().catch(() => undefined))
    void inTurn(() => leave().then(shut)).catch(() => undefined)
    void listening.then((end) => end())
  })

  return { shown, picture, fault, missed, opened, open, close }
}
