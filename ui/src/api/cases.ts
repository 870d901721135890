import type { CaseView } from './generated/CaseView'
import type { Draft } from './generated/Draft'
import type { Receipt } from './generated/Receipt'
import type { Submitted } from './generated/Submitted'
import { call } from './transport'

export const submit = (draft: string) => call<Submitted>('submit', { draft })

export const getCase = (id: string) => call<CaseView>('get_case', { case: id })

export const amendCase = (id: string) => call<Draft>('amend_case', { case: id })

/** The case of a receipt, by the code on it. */
export const findByReceipt = (text: string) => call<string>('find_by_receipt', { text })

export const makeReceipt = (id: string) => call<Receipt>('make_receipt', { case: id })

export const openReceipt = (id: string) => call<Receipt>('open_receipt', { case: id })
