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

export const lock = () => call<Status>('lock')

export const getCatalog = () => call<CatalogView>('get_catalog')

export const onStatus = (take: (status: Status) => void) => listen('status', take)
