import { computed, shallowRef } from 'vue'

import { getEscrow, type EscrowView } from '@/api/console/escrow'
import { Refused } from '@/api/console/send'
import type { Reason } from '@/api/generated/Reason'

import { useInterval } from '../interval'

const REFRESH_MS = 5_000

/** What the officers' page shows, read again every few seconds. */
export function useEscrow() {
  const view = shallowRef<EscrowView | null>(null)
  const failed = shallowRef<Reason | null>(null)
  const key = computed(() => view.value?.keys[0] ?? null)
  const waiting = computed(() =>
    (view.value?.requests ?? []).filter((request) => request.state === 'waiting'),
  )
  const closed = computed(() =>
    (view.value?.requests ?? []).filter((request) => request.state !== 'waiting'),
  )

  async function refresh(): Promise<void> {
    try {
      view.value = await getEscrow()
      failed.value = null
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown
      failed.value = thrown.failure.reason
    }
  }

  useInterval(() => {
    if (!document.hidden) void refresh()
  }, REFRESH_MS)
  void refresh()

  return { view, failed, key, waiting, closed, refresh }
}
