import { computed, shallowRef } from 'vue'

import { getInbox, type InboxLine } from '@/api/console/cases'
import { getHeld, type HeldLine } from '@/api/console/held'
import { Refused } from '@/api/console/send'
import type { Reason } from '@/api/generated/Reason'

import { nextAfter } from './inbox/next'

/** What waits in one's own area; null until it was read once. */
export const inbox = shallowRef<InboxLine[] | null>(null)
export const held = shallowRef<HeldLine[] | null>(null)

/** When both were read last, and why the last try failed. */
export const readAt = shallowRef<Date | null>(null)
export const readFailed = shallowRef<Reason | null>(null)

/** Held commands that a person has to settle; the others wait for another command. */
export const toSettle = computed(() => (held.value ?? []).filter((line) => line.waits_for === null))

/** How often the lists are read again while the page is seen. */
export const REFRESH_MS = 10_000

/** Reads both lists again. What was read before stays when it fails. */
export async function refresh(): Promise<void> {
  try {
    const [cases, commands] = await Promise.all([getInbox(), getHeld()])
    inbox.value = cases
    held.value = commands
    readAt.value = new Date()
    readFailed.value = null
  } catch (thrown) {
    if (!(thrown instanceof Refused)) throw thrown
    readFailed.value = thrown.failure.reason
  }
}

/** Somebody else logs in: nothing of what the last one saw remains. */
export function clear(): void {
  inbox.value = null
  held.value = null
  readAt.value = null
  readFailed.value = null
}

/** Where a case stands in the inbox, and which one comes after it. */
export function usePlace(id: string) {
  const order = computed(() => (inbox.value ?? []).map((row) => row.case))
  const place = computed(() => {
    const at = order.value.indexOf(id)
    return at < 0 ? null : { at: at + 1, of: order.value.length }
  })
  const next = computed(() => nextAfter(id, order.value, order.value))
  return { place, next }
}
