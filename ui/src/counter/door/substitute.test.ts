import { describe, expect, it } from 'vitest'

import { CODE_DIGITS, grouped } from './substitute'

describe('a code as it is typed', () => {
  it('stands in groups of five, whatever was typed between them', () => {
    expect(grouped('123456')).toBe('12345 6')
    expect(grouped('12345-67890 1')).toBe('12345 67890 1')
    expect(grouped('')).toBe('')
  })

  it('takes no more digits than a code has', () => {
    expect(grouped('1'.repeat(40)).replace(/ /g, '')).toHaveLength(CODE_DIGITS)
  })
})
