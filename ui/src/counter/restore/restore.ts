import { ref } from 'vue'

import { getRestore } from '@/api/storage'
import type { RestoreChosen } from '@/api/generated/RestoreChosen'

/** The pages for restoring a backup stand before every door. */
export const restoring = ref(false)

/** Where a person is: which backup, who opens it, and then one of the ways. */
export type Step = 'choose' | 'who' | 'password' | 'printed' | 'ask' | 'request'

/** The step to begin with: what was begun before a new start goes on. */
export function firstStep(chosen: RestoreChosen | null): Step {
  if (!chosen) return 'choose'
  return chosen.recovery.request ? 'request' : 'who'
}

/** Takes up a restore that was begun before the program was started anew. */
export async function resumeRestore(): Promise<void> {
  const view = await getRestore().catch(() => null)
  if (view?.chosen) restoring.value = true
}
