import type { AlarmWord } from '../generated/console/AlarmWord'
import type { AuditAlarm } from '../generated/console/AuditAlarm'
import type { ExportPurpose } from '../generated/console/ExportPurpose'
import type { ExportWord } from '../generated/console/ExportWord'
import type { FleetPage } from '../generated/console/FleetPage'
import type { OrderKind } from '../generated/console/OrderKind'
import type { OrderLine } from '../generated/console/OrderLine'
import type { OrderText } from '../generated/console/OrderText'
import type { OrderWord } from '../generated/console/OrderWord'
import type { StationCode } from '../generated/console/StationCode'
import type { StationLine } from '../generated/console/StationLine'
import type { StationPage } from '../generated/console/StationPage'
import type { StationSaid } from '../generated/console/StationSaid'
import type { SubstituteCode } from '../generated/console/SubstituteCode'
import type { SubstitutePage } from '../generated/console/SubstitutePage'
import type { SubstituteWord } from '../generated/console/SubstituteWord'
import type { Trouble } from '../generated/console/Trouble'
import { send, sendForFile } from './send'

export type { FleetPage, OrderKind, OrderLine, OrderWord, StationCode, StationLine, StationPage }
export type { AuditAlarm, ExportPurpose, StationSaid, SubstituteCode, SubstitutePage, Trouble }

/** Which stations: texts as they stand in the page's address. */
export interface FleetWish {
  area?: string
  trouble?: string
  troubled?: string
  search?: string
  offset?: string
}

/** The stations of an area, those in trouble first. */
export const getFleet = (wish: FleetWish) => {
  const given = Object.entries(wish).filter(([, value]) => value)
  return send<FleetPage>('GET', `/api/stations?${new URLSearchParams(given)}`)
}

/** The same stations as a file, whatever page is shown; the caller revokes its address. */
export const exportFleet = (wish: FleetWish, word: ExportWord) => {
  const given = Object.entries(wish).filter(([part, value]) => value && part !== 'offset')
  return sendForFile(`/api/stations/export?${new URLSearchParams(given)}`, word)
}

/** One station, whole. */
export const getStation = (installation: string) => send<StationPage>('GET', at(installation))

/** Somebody looked into all alarms that were shown. */
export const lookIntoAlarms = (installation: string, word: AlarmWord) =>
  send<null>('POST', `${at(installation)}/alarms/seen`, word)

/** A one-time code with which a station goes on in a new log. */
export const giveStationCode = (installation: string) =>
  send<StationCode>('POST', `${at(installation)}/code`)

/** The station gets it with its next word to the centre. */
export const giveOrder = (installation: string, word: OrderWord) =>
  send<null>('POST', `${at(installation)}/orders`, word)

/** The second officer's word. */
export const agreeToOrder = (installation: string, order: string) =>
  send<null>('POST', `${at(installation)}/orders/${order}/agree`)

export const withdrawOrder = (installation: string, order: string) =>
  send<null>('POST', `${at(installation)}/orders/${order}/withdraw`)

/** The lines that a station sent. */
export const readOrderText = (installation: string, order: string) =>
  send<OrderText>('GET', `${at(installation)}/orders/${order}`)

/** The certificate that nothing is unsent, as a file; the caller revokes its address. */
export const getCertificate = (installation: string) =>
  sendForFile(`${at(installation)}/certificate`)

/** Who can be let in at a station whose line is down, and who was. */
export const getSubstitute = (installation: string) =>
  send<SubstitutePage>('GET', `${at(installation)}/substitute`)

/** The code for one person, told this once. */
export const giveSubstituteCode = (installation: string, word: SubstituteWord) =>
  send<SubstituteCode>('POST', `${at(installation)}/substitute`, word)

const at = (installation: string) => `/api/stations/${encodeURIComponent(installation)}`
