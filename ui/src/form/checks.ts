import type { CheckLine } from '@/api/generated/CheckLine'

/** Checks by what they are about: a field, a material or `person`. */
export function byAbout(checks: CheckLine[]): Map<string, CheckLine[]> {
  const map = new Map<string, CheckLine[]>()
  for (const check of checks) {
    const about = map.get(check.about)
    if (about) about.push(check)
    else map.set(check.about, [check])
  }
  return map
}

/** Checks that say the same stand together; each that holds stands alone. */
export function bySaying(checks: CheckLine[]): [CheckLine, ...CheckLine[]][] {
  const groups = new Map<string, [CheckLine, ...CheckLine[]]>()
  for (const check of checks) {
    const alone = check.check === 'pass'
    const key = alone ? `${check.rule} ${check.about}` : check.check + JSON.stringify(check.reason)
    const group = groups.get(key)
    if (group) group.push(check)
    else groups.set(key, [check])
  }
  return [...groups.values()]
}

/** A failure of the act itself: it stands in the way of submitting. */
export function blocks(check: CheckLine): boolean {
  return check.check === 'fail' && check.basis === 'act'
}

/** Nothing was written yet: said quietly until the hand has been there. */
export function isMissing(check: CheckLine): boolean {
  return (
    check.check === 'fail' &&
    (check.reason.code === 'answer.missing' || check.reason.code === 'material.missing')
  )
}

export type Tone = 'good' | 'warn' | 'bad' | 'note' | 'plain'

/** The colour of a check; the word stands beside it. */
export function toneOf(check: CheckLine): Tone {
  if (check.check === 'pass') return 'good'
  if (check.check === 'pending') return 'note'
  return check.basis === 'act' ? 'bad' : 'warn'
}
