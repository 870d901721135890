import type { Certificate } from './generated/Certificate'
import type { SyncView } from './generated/SyncView'
import { call } from './transport'

/** How the exchange with the centre is, and what waits in it. */
export const getSync = () => call<SyncView>('get_sync')

/** Sends and fetches now, instead of at the next try. */
export const sendNow = () => call<SyncView>('send_now')

/** The centre's word that nothing is unsent, kept as a file. */
export const askCertificate = () => call<Certificate>('ask_certificate')
