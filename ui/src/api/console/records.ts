import type { Community } from '../generated/console/Community'
import type { CorrectionWish } from '../generated/console/CorrectionWish'
import type { RecordLine } from '../generated/console/RecordLine'
import type { RecordPage } from '../generated/console/RecordPage'
import type { RecordWish } from '../generated/console/RecordWish'
import { send } from './send'

export type { Community, CorrectionWish, RecordLine, RecordPage, RecordWish }

/** Who of the area answers to a document. */
export const findRecords = (wish: RecordWish) =>
  send<RecordLine[]>('POST', '/api/records/find', wish)

/** A record, whole; the centre notes who looked. */
export const getRecord = (person: string, fromCase: boolean) =>
  send<RecordPage>('GET', `${at(person)}${fromCase ? '?case=true' : ''}`)

/** Corrects a record; the answer is how it is then. */
export const correctRecord = (person: string, wish: CorrectionWish) =>
  send<RecordPage>('POST', `${at(person)}/correct`, wish)

/** Communities of the city by a part of their name, or the beginning of their code. */
export const findHomes = (search: string) =>
  send<Community[]>('GET', `/api/records/homes?${new URLSearchParams({ search })}`)

const at = (person: string) => `/api/records/${encodeURIComponent(person)}`
