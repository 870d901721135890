import type { HeldFiling, KnownPerson } from '@/api/console/held'

/** Rows of two people side by side. */
export const ROWS = ['name', 'birth', 'address'] as const
export type Row = (typeof ROWS)[number]

/** The rows in which they differ. Blanks do not count: one card is printed with, one without. */
export function differences(seen: Pick<HeldFiling, Row>, known: Pick<KnownPerson, Row>): Set<Row> {
  return new Set(ROWS.filter((row) => plain(seen[row]) !== plain(known[row])))
}

const plain = (text: string) => text.replace(/\s/g, '')
