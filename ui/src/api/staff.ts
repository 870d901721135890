import type { StaffRow } from './generated/StaffRow'
import { call } from './transport'

export const listStaff = () => call<StaffRow[]>('list_staff')

export const addColleague = (login: string, password: string) =>
  call<StaffRow[]>('add_colleague', { login, password })

export const dismissColleague = (login: string) => call<StaffRow[]>('dismiss_colleague', { login })
