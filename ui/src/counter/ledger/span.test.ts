import { describe, expect, it } from 'vitest'

import { daysOf, isDay } from './span'

describe('spans of days', () => {
  const sunday = new Date(2026, 0, 4, 9)

  it('begin a week on Monday, also where that is last year', () => {
    expect(daysOf('week', sunday)).toEqual({ from: '2025-12-29', to: '2026-01-04' })
    expect(daysOf('week', new Date(2026, 0, 5))).toEqual({ from: '2026-01-05', to: '2026-01-05' })
  })

  it('take the month before whole', () => {
    expect(daysOf('last_month', sunday)).toEqual({ from: '2025-12-01', to: '2025-12-31' })
    expect(daysOf('month', sunday)).toEqual({ from: '2026-01-01', to: '2026-01-04' })
    expect(daysOf('today', sunday)).toEqual({ from: '2026-01-04', to: '2026-01-04' })
    expect(isDay('2026-02-29')).toBe(false)
    expect(isDay('2026-11-2')).toBe(false)
    expect(isDay('2028-02-29')).toBe(true)
    expect(daysOf('year', sunday)).toEqual({ from: '2026-01-01', to: '2026-01-04' })
  })
})
