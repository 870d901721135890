import type { Decision } from '../generated/Decision'
import type { CaseView } from '../generated/console/CaseView'
import type { FullNumber } from '../generated/console/FullNumber'
import type { InboxLine } from '../generated/console/InboxLine'
import type { NumberWish } from '../generated/console/NumberWish'
import type { ReviewWord } from '../generated/console/ReviewWord'
import { send, sendForImage } from './send'

export type { CaseView, InboxLine }

/** What waits for a decision in one's own area, the nearest due date first. */
export const getInbox = () => send<InboxLine[]>('GET', '/api/inbox')

export const getCase = (id: string) => send<CaseView>('GET', at(id))

/** An address of the page's image; the caller revokes it. */
export const getPage = (id: string, ordinal: number) => sendForImage(`${at(id)}/pages/${ordinal}`)

/** The same of a small picture of a page that is still on its way. */
export const getPreview = (id: string, ordinal: number) =>
  sendForImage(`${at(id)}/pages/${ordinal}/preview`)

/** `version` is the one that was on screen: a case changed since then is not decided. */
export const review = (id: string, version: number, decision: Decision) =>
  send<CaseView>('POST', `${at(id)}/review`, { version, decision } satisfies ReviewWord)

/** The full number; who read it and why is kept. */
export const readNumber = (id: string, reason: string) =>
  send<FullNumber>('POST', `${at(id)}/number`, { reason } satisfies NumberWish)

const at = (id: string) => `/api/cases/${encodeURIComponent(id)}`
