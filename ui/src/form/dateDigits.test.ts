import { describe, expect, it } from 'vitest'

import { caretAfter, dashed } from './dateDigits'

describe('a date typed by digits', () => {
  it.each([
    ['', ''],
    ['2', '2'],
    ['2026', '2026'],
    ['20261', '2026-1'],
    ['202611', '2026-11'],
    ['20261123', '2026-11-23'],
    ['2026112399', '2026-11-23'],
    ['2026-11-23', '2026-11-23'],
    ['2026年3月5日', '2026-03-5'],
    ['2026.3.15', '2026-03-15'],
    ['２０２６１１２３', '2026-11-23'],
    ['abc', ''],
  ])('%s is shown as %s', (typed, shown) => {
    expect(dashed(typed)).toBe(shown)
  })

  it('grows by typing without ever losing a digit', () => {
    let shown = ''
    for (const digit of '19991231') shown = dashed(shown + digit)
    expect(shown).toBe('1999-12-31')
  })

  it('shrinks by deleting, dash and all', () => {
    expect(dashed('2026-1')).toBe('2026-1')
    expect(dashed('2026-')).toBe('2026')
  })

  it('keeps the caret behind the digit that was typed', () => {
    expect(caretAfter('2026-11-23', 4)).toBe(4)
    expect(caretAfter('2026-11-23', 5)).toBe(6)
    expect(caretAfter('2026-11-23', 8)).toBe(10)
  })
})
