import type { Person } from '@/api/generated/Person'

/** A field with its values: the one that stands now, then the others, each once. */
export interface TwoValues {
  field: string
  values: string[]
}

/** What nobody has settled: the value that stood when the other was written still stands. */
export function twoValues(page: Pick<Person, 'conflicts' | 'known'>): TwoValues[] {
  const open = new Map<string, Set<string>>()
  for (const conflict of page.conflicts) {
    const stands = page.known[conflict.field]
    if (stands !== conflict.kept) continue
    const values = open.get(conflict.field) ?? new Set([stands])
    open.set(conflict.field, values.add(conflict.other))
  }
  return [...open].map(([field, values]) => ({ field, values: [...values] }))
}
