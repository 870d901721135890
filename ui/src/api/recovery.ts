import type { Cause } from './generated/Cause'
import type { FoundCentre } from './generated/FoundCentre'
import type { PrintedCodeView } from './generated/PrintedCodeView'
import type { RecoveryView } from './generated/RecoveryView'
import type { Status } from './generated/Status'
import { call } from './transport'

/** What can be said about the locked station, and its request. */
export const getRecovery = () => call<RecoveryView>('get_recovery')

/** Asks the city's key officers. */
export const askRecovery = (words: { cause: Cause; by: string; login: string; note: string }) =>
  call<RecoveryView>('ask_recovery', words)

/** Asks the centre how the request stands. */
export const lookRecovery = () => call<RecoveryView>('look_recovery')

export const cancelRecovery = () => call<RecoveryView>('cancel_recovery')

/** Saves the request as a file; answers where. */
export const saveRecovery = () => call<string>('save_recovery')

/** Takes in an answer that came as a file. */
export const bringRecovery = (answer: string) => call<RecoveryView>('bring_recovery', { answer })

/** The release code and a new password; the desk is open afterwards. */
export const finishRecovery = (code: string, password: string) =>
  call<Status>('finish_recovery', { code, password })

/** The printed code and a new password; the desk is open afterwards. */
export const openPrinted = (code: string, login: string, password: string) =>
  call<Status>('open_printed', { code, login, password })

/** A new printed code, told this once; the one before opens nothing any more. */
export const makePrintedCode = () => call<PrintedCodeView>('make_printed_code')

export const revokePrintedCode = () => call<null>('revoke_printed_code')

/** Who answers at an address, before anything is told to it. */
export const findCentre = (centreUrl: string) => call<FoundCentre>('find_centre', { centreUrl })

/** A person has compared the fingerprint. */
export const confirmCentre = (fingerprint: string) => call<null>('confirm_centre', { fingerprint })
