import { day } from '@/times'

/** Spans of days that are asked for most. */
export const SPANS = ['today', 'week', 'month', 'last_month', 'year'] as const
export type Span = (typeof SPANS)[number]

/** First and last day of a span; weeks begin on Monday. */
export function daysOf(span: Span, now = new Date()): { from: string; to: string } {
  const [year, month, date] = [now.getFullYear(), now.getMonth(), now.getDate()]
  const on = (y: number, m: number, d: number) => day(new Date(y, m, d))
  const today = on(year, month, date)
  switch (span) {
    case 'today':
      return { from: today, to: today }
    case 'week':
      return { from: on(year, month, date - ((now.getDay() + 6) % 7)), to: today }
    case 'month':
      return { from: on(year, month, 1), to: today }
    case 'last_month':
      return { from: on(year, month - 1, 1), to: on(year, month, 0) }
    case 'year':
      return { from: on(year, 0, 1), to: today }
  }
}

/** Whether this is a day there is, written out: `2026-11-23`. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const [year = 0, month = 0, date = 0] = text.split('-').map(Number)
  return day(new Date(year, month - 1, date)) === text
}
