import type { Business } from './generated/Business'
import type { CodeTable } from './generated/CodeTable'
import type { Status } from './generated/Status'
import { call, listen } from './transport'

/** Businesses, code tables and the names of divisions by code. */
export interface CatalogView {
  businesses: Business[]
  codes: Record<string, CodeTable>
  divisions: Record<string, string>
}

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
