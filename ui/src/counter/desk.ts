import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

import { failureOf } from '@/api/failure'
import type { Failure } from '@/api/generated/Failure'
import type { PersonPage } from '@/api/generated/PersonPage'
import type { Reason } from '@/api/generated/Reason'
import type { Status } from '@/api/generated/Status'
import type { Submitted } from '@/api/generated/Submitted'
import { onTap } from '@/api/people'
import { getCatalog, getStatus, onStatus } from '@/api/session'
import { names } from '@/words'

/** A change that can be taken back, and how. */
export interface Undo {
  words: string
  run: () => unknown
}

/** The last card, and whether the one before was laid down once more. */
export interface Tapped {
  reading: string
  page: PersonPage
  tookMs: number
  again: boolean
}

const UNDO_SHOWN_MS = 12_000

/** The state of the desk: the door, the devices, the last card, and what can be taken back. */
export const useDesk = defineStore('desk', () => {
  const status = shallowRef<Status | null>(null)
  const failure = shallowRef<Failure | null>(null)
  const reading = shallowRef<Tapped | null>(null)
  const tapFailure = shallowRef<Reason | null>(null)
  /** Somebody's own card, for a log-in that waits for it: how many were laid down, and what was wrong. */
  const ownCards = ref(0)
  const ownCardFailure = shallowRef<Reason | null>(null)
  const submitted = shallowRef<Submitted | null>(null)
  const undo = shallowRef<Undo | null>(null)
  const taps = ref(0)

  const isOpen = computed(
    () => status.value?.door.door === 'open' && names.value.businesses.length > 0,
  )

  async function take(next: Status) {
    status.value = next
    if (next.door.door !== 'open') {
      reading.value = null
      submitted.value = null
      undo.value = null
      names.value = { businesses: [], codes: {}, divisions: {} }
    } else if (names.value.businesses.length === 0) {
      try {
        names.value = await getCatalog()
        failure.value = null
      } catch (thrown) {
        failure.value = failureOf(thrown)
      }
    }
  }

  async function start() {
    await onStatus((next) => void take(next))
    await onTap((tap) => {
      if (tap.tap === 'removed') return
      if (tap.tap === 'own') {
        ownCardFailure.value = tap.reason
        if (!tap.reason) ownCards.value += 1
        return
      }
      tapFailure.value = tap.tap === 'failed' ? tap.reason : null
      if (tap.tap !== 'read') return
      reading.value = { ...tap, tookMs: tap.took_ms }
      taps.value += 1
    })
    try {
      await take(await getStatus())
    } catch (thrown) {
      failure.value = failureOf(thrown)
    }
  }

  let fading: ReturnType<typeof setTimeout> | undefined

  function offerUndo(words: string, run: () => unknown) {
    clearTimeout(fading)
    const offer = { words, run }
    undo.value = offer
    fading = setTimeout(() => {
      if (undo.value === offer) undo.value = null
    }, UNDO_SHOWN_MS)
  }

  async function takeBack() {
    const offer = undo.value
    undo.value = null
    await offer?.run()
  }

  return {
    status,
    failure,
    reading,
    tapFailure,
    ownCards,
    ownCardFailure,
    submitted,
    undo,
    taps,
    isOpen,
    take,
    start,
    offerUndo,
    takeBack,
  }
})
