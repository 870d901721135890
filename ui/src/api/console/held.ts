import type { Settlement } from '../generated/Settlement'
import type { HeldFiling } from '../generated/console/HeldFiling'
import type { HeldLine } from '../generated/console/HeldLine'
import type { KnownPerson } from '../generated/console/KnownPerson'
import type { SettleWord } from '../generated/console/SettleWord'
import { send } from './send'

export type { HeldFiling, HeldLine, KnownPerson }

/** Commands that nobody could decide, oldest first. */
export const getHeld = () => send<HeldLine[]>('GET', '/api/held')

export const settle = (command: string, how: Settlement) =>
  send<null>('POST', `/api/held/${encodeURIComponent(command)}/settle`, {
    settlement: how,
  } satisfies SettleWord)
