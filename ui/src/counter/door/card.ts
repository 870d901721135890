import { onScopeDispose } from 'vue'

import { cancelRead } from '@/api/devices'
import type { Failure } from '@/api/generated/Failure'

const CODES = new Set([
  'auth.card_bind',
  'auth.card_needed',
  'auth.card_no_photo',
  'auth.card_other_name',
  'auth.wrong_card',
])

/** The log-in waits for the person's own card. */
export const asksForCard = (failure: Failure | null): boolean =>
  failure !== null && CODES.has(failure.reason.code)

/** Whoever leaves what asks for somebody's own card ends the wait: the next card is a resident's. */
export const leavesNoCardAwaited = (): void => onScopeDispose(() => void cancelRead())
