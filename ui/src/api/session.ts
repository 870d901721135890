import type { CatalogView } from './generated/CatalogView'
import type { Status } from './generated/Status'
import { call, listen } from './transport'

export const getStatus = () => call<Status>('get_status')

export const enrol = (first: {
  centreUrl: string
  code: string
  caPath: string | null
  login: string
  password: string
}) => call<Status>('enrol', first)

export const logIn = (login: string, password: string) =>
  call<Status>('log_in', { login, password })

/** Goes on in a new log, with a one-time code from the centre. */
export const beginNewLog = (code: string) => call<Status>('begin_new_log', { code })

/** Lets somebody of another station in by the code that was read to them. */
export const letInSubstitute = (name: string, code: string, password: string) =>
  call<Status>('let_in_substitute', { name, code, password })

export const lock = () => call<Status>('lock')

/** Somebody is at the desk. */
export const noteActivity = () => call<null>('note_activity')

export const changePassword = (old: string, fresh: string) =>
  call<null>('change_password', { old, fresh })

export const getCatalog = () => call<CatalogView>('get_catalog')

export const rememberLanguage = (language: string) => call<null>('set_language', { language })

export const onStatus = (take: (status: Status) => void) => listen('status', take)
