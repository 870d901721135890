import type { Exported } from './generated/Exported'
import type { ExportTerms } from './generated/ExportTerms'
import type { ExportWish } from './generated/ExportWish'
import type { Ledger } from './generated/Ledger'
import type { LedgerWish } from './generated/LedgerWish'
import { call } from './transport'

export const getLedger = (wish: LedgerWish) => call<Ledger>('get_ledger', { wish })

export const getExportTerms = () => call<ExportTerms>('get_export_terms')

export const exportLedger = (asked: ExportWish) => call<Exported>('export_ledger', { asked })
