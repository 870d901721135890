import type { AnswerText } from '../generated/console/AnswerText'
import type { ApprovedView } from '../generated/console/ApprovedView'
import type { ApproveWord } from '../generated/console/ApproveWord'
import type { BringWord } from '../generated/console/BringWord'
import type { Brought } from '../generated/console/Brought'
import type { CeremonyHand } from '../generated/console/CeremonyHand'
import type { CeremonyWord } from '../generated/console/CeremonyWord'
import type { EscrowKeyLine } from '../generated/console/EscrowKeyLine'
import type { EscrowView } from '../generated/console/EscrowView'
import type { PassphraseWord } from '../generated/console/PassphraseWord'
import type { RecoveryLine } from '../generated/console/RecoveryLine'
import type { RecoveryStep } from '../generated/console/RecoveryStep'
import type { RefuseWord } from '../generated/console/RefuseWord'
import { send } from './send'

export type { ApprovedView, CeremonyHand, EscrowKeyLine, EscrowView, RecoveryLine, RecoveryStep }

/** Keys, requests of locked stations, and what was done. */
export const getEscrow = () => send<EscrowView>('GET', '/api/escrow')

/** Three officers at one desk make a new key. */
export const makeKey = (suite: number, officers: CeremonyHand[]) =>
  send<null>('POST', '/api/escrow/keys', { suite, officers } satisfies CeremonyWord)

export const changePassphrase = (old: string, fresh: string) =>
  send<null>('POST', '/api/escrow/passphrase', { old, new: fresh } satisfies PassphraseWord)

/** A request that came as a file. */
export const bringIn = (ask: string) =>
  send<Brought>('POST', '/api/escrow/requests', { ask } satisfies BringWord)

/** `hash` is that of the request on screen: one that was changed since then is not approved. */
export const approve = (request: string, hash: string, passphrase: string) =>
  send<ApprovedView>('POST', `${at(request)}/approve`, { hash, passphrase } satisfies ApproveWord)

export const refuse = (request: string, reason: string) =>
  send<null>('POST', `${at(request)}/refuse`, { reason } satisfies RefuseWord)

/** The answer as text, for carrying it by hand. */
export const takeAnswer = (request: string) => send<AnswerText>('GET', `${at(request)}/answer`)

const at = (request: string) => `/api/escrow/requests/${encodeURIComponent(request)}`
