import type { HeldLine } from '@/api/console/held'
import type { Settlement } from '@/api/generated/Settlement'

/** The three ways to settle, and the words for the station when it has to look again. */
export type Way = 'same_person' | 'another_person' | 'refuse'

export interface Settling {
  way: Way | null
  /** Which of the known people it is. */
  person: string | null
  reason: string
}

/** Which ways there are: a command that waits for another needs none, one without a filing none. */
export function waysOf(line: HeldLine | undefined): Way[] {
  if (!line?.filing || line.waits_for) return []
  return line.known.length > 0 ? ['same_person', 'another_person', 'refuse'] : ['refuse']
}

/** As the domain takes it; null while something is not said yet. */
export function settlementOf({ way, person, reason }: Settling): Settlement | null {
  const words = reason.trim()
  if (way === 'another_person') return { settlement: 'another_person' }
  if (way === 'same_person' && person) return { settlement: 'same_person', person }
  if (way === 'refuse' && words !== '') {
    return {
      settlement: 'refuse',
      reason: { code: 'review.refused', with: { reason: words } },
    }
  }
  return null
}
