import { describe, expect, it } from 'vitest'

import { fingerprintLines, spoken } from './groups'

describe('what is read aloud', () => {
  it('is a fingerprint in two lines of eight groups', () => {
    const lines = fingerprintLines('0123456789abcdef'.repeat(4))
    expect(lines).toEqual([
      '0123 4567 89AB CDEF 0123 4567 89AB CDEF',
      '0123 4567 89AB CDEF 0123 4567 89AB CDEF',
    ])
    expect(fingerprintLines('')).toEqual([])
  })

  it('is a release code in two halves', () => {
    expect(spoken('12345678')).toBe('1234 5678')
  })
})
