import type { Kept } from './generated/Kept'
import type { Notice } from './generated/Notice'
import type { NoticeState } from './generated/NoticeState'
import type { Printed } from './generated/Printed'
import { call } from './transport'

/** Somebody, by their reading or their record. */
export interface Somebody {
  reading: string | null
  person: string | null
}

export const getKept = () => call<Kept>('get_kept')

export const getNotice = () => call<Notice>('get_notice')

export const tellNotice = (who: Somebody) => call<NoticeState>('tell_notice', { ...who })

export const printNotice = () => call<Printed>('print_notice')

export const printCopy = (who: Somebody) => call<Printed>('print_copy', { ...who })

/** All papers of a case as one PDF, opened. */
export const printMaterials = (id: string) => call<Printed>('print_materials', { case: id })
