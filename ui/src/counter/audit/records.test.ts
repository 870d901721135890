import { describe, expect, it } from 'vitest'

import { nextDay } from './records'

describe('the days of the audit', () => {
  it('turn at the ends of months and years', () => {
    expect(nextDay('2026-12-31', 1)).toBe('2027-01-01')
    expect(nextDay('2028-03-01', -1)).toBe('2028-02-29')
  })
})
