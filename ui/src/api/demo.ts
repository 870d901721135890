import type { TrayCard } from './generated/TrayCard'
import { call } from './transport'

export const listTray = () => call<TrayCard[]>('list_tray')

export const insertCard = (id: string) => call<void>('insert_card', { id })

export const liftCard = () => call<void>('lift_card')

export const cutLine = (cut: boolean) => call<void>('cut_line', { cut })
