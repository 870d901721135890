import { describe, expect, it } from 'vitest'

import { since, span } from './span'

describe('a span', () => {
  it('is told in the largest unit of which there are two', () => {
    expect(span(119)).toEqual({ unit: 'seconds', n: 119 })
    expect(span(120)).toEqual({ unit: 'minutes', n: 2 })
    expect(span(-7_200)).toEqual({ unit: 'hours', n: 2 })
    expect(span(47 * 3_600)).toEqual({ unit: 'hours', n: 47 })
    expect(span(72 * 3_600)).toEqual({ unit: 'days', n: 3 })
  })

  it('is not negative when our clock is behind', () => {
    const now = new Date('2026-11-29T10:00:00Z')
    expect(since('2026-11-29T10:00:09Z', now)).toEqual({ unit: 'seconds', n: 0 })
  })
})
