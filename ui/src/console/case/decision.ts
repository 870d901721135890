import type { Decision } from '@/api/generated/Decision'

/** What the reviewer is about to say. */
export type Choice = 'approve' | 'return' | 'refuse'

export interface Words {
  opinion: string
  reason: string
  /** The field or material to look at; null is the case as a whole. */
  field: string | null | undefined
}

export const nothingSaid = (): Words => ({ opinion: '', reason: '', field: undefined })

/** The longest reason or opinion: what can be read on the counter's screen at once. */
export const WORDS_LIMIT = 300

/** What still keeps it from being sent: a key under `console.decision.lacks`. */
export function lacks(choice: Choice, words: Words): 'reason' | 'field' | null {
  if (choice === 'approve') return null
  if (choice === 'return' && words.field === undefined) return 'field'
  return words.reason.trim() === '' ? 'reason' : null
}

/** As the domain takes it; call it only when nothing lacks. */
export function decisionOf(choice: Choice, words: Words): Decision {
  if (choice === 'approve') return { decision: 'approve', opinion: words.opinion.trim() }
  const reason = words.reason.trim()
  if (choice === 'refuse') return { decision: 'refuse', reason }
  return { decision: 'return', reason, field: words.field ?? null }
}

/** What is picked after one step up or down among `all`; the case as a whole stands last. */
export function stepPick(
  all: string[],
  picked: string | null | undefined,
  by: 1 | -1,
): string | null {
  const places = [...all, null]
  const at = picked === undefined ? (by === 1 ? -1 : places.length) : places.indexOf(picked)
  return places[Math.min(Math.max(at + by, 0), places.length - 1)] ?? null
}
