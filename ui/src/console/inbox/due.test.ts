import { describe, expect, it } from 'vitest'

import { cityDay } from '@/times'

import { dueOf } from './due'

describe('a due date', () => {
  it('is late from the day after', () => {
    expect(dueOf('2026-11-22', '2026-11-23')).toEqual({ state: 'late', days: 1 })
    expect(dueOf('2026-11-23', '2026-11-23')).toEqual({ state: 'today', days: 0 })
  })

  it('counts days over the end of a month', () => {
    expect(dueOf('2026-12-01', '2026-11-30')).toEqual({ state: 'soon', days: 1 })
    expect(dueOf('2026-12-04', '2026-11-30')).toEqual({ state: 'open', days: 4 })
  })

  it('counts from the day that it is in China', () => {
    expect(cityDay(new Date('2026-11-23T15:59:59Z'))).toBe('2026-11-23')
    expect(cityDay(new Date('2026-11-23T16:00:00Z'))).toBe('2026-11-24')
  })
})
