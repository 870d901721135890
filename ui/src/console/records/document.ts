import type { DocumentKind } from '@/api/generated/DocumentKind'

/** A document as it is typed. */
export interface TypedDocument {
  kind: DocumentKind
  number: string
  /** `YYYY-MM-DD`, only where the number does not say it. */
  birth: string
}

export const KINDS: DocumentKind[] = [
  'citizen_card',
  'hk_mo_tw_permit',
  'foreigner2023',
  'foreigner2017',
]

export const emptyDocument = (): TypedDocument => ({ kind: 'citizen_card', number: '', birth: '' })

/** Whether the number says when its holder was born. */
export const saysBirth = (kind: DocumentKind): boolean => kind !== 'foreigner2017'

/** Whether enough is typed to be asked about. */
export function isTyped(document: TypedDocument, withBirth: boolean): boolean {
  const dated = saysBirth(document.kind) || /^\d{4}-\d{2}-\d{2}$/.test(document.birth)
  return document.number.trim() !== '' && (!withBirth || dated)
}
