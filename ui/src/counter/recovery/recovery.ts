import { ref } from 'vue'

import { getRecovery } from '@/api/recovery'
import type { Cause } from '@/api/generated/Cause'
import type { RecoveryView } from '@/api/generated/RecoveryView'

/** The pages for getting back in stand before the door. */
export const recovering = ref(false)

/** The causes in the order in which they happen most. */
export const CAUSES: Cause[] = [
  'forgotten_password',
  'lost_card',
  'machine_secret_gone',
  'key_file_missing',
  'staff_left',
  'disk_moved',
  'new_computer',
]

/** Where a person is: what happened, how to get in, and then one of the ways. */
export type Step = 'what' | 'how' | 'printed' | 'ask' | 'request'

/** The step to begin with: a request that waits comes first. */
export const firstStep = (view: RecoveryView): Step => (view.request ? 'request' : 'what')

/** Shortest password, in characters; Rust checks it too. */
export const PASSWORD_MIN = 8

/** Takes up a request that was made before the program was started anew. */
export async function resume(): Promise<void> {
  const view = await getRecovery().catch(() => null)
  if (view?.request) recovering.value = true
}
