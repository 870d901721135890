/** A length of time in the largest unit of which there are two. */
export interface Span {
  unit: 'seconds' | 'minutes' | 'hours' | 'days'
  n: number
}

const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400

export function span(seconds: number): Span {
  const s = Math.max(0, Math.round(Math.abs(seconds)))
  if (s >= 2 * DAY_S) return { unit: 'days', n: Math.floor(s / DAY_S) }
  if (s >= 2 * HOUR_S) return { unit: 'hours', n: Math.floor(s / HOUR_S) }
  if (s >= 2 * MINUTE_S) return { unit: 'minutes', n: Math.floor(s / MINUTE_S) }
  return { unit: 'seconds', n: s }
}

/** How long ago a moment was; never less than nothing. */
export const since = (iso: string, now = new Date()): Span =>
  span(Math.max(0, (now.getTime() - new Date(iso).getTime()) / 1000))
