import { describe, expect, it } from 'vitest'

import { decisionOf, lacks, nothingSaid, stepPick } from './decision'

describe('a decision', () => {
  it('to approve needs no words', () => {
    expect(lacks('approve', nothingSaid())).toBeNull()
    expect(decisionOf('approve', nothingSaid())).toEqual({ decision: 'approve', opinion: '' })
  })

  it('to return names what to look at first, and why', () => {
    expect(lacks('return', nothingSaid())).toBe('field')
    const picked = { ...nothingSaid(), field: 'household_book' }
    expect(lacks('return', picked)).toBe('reason')
    const said = { ...picked, reason: ' 缺第二页 ' }
    expect(lacks('return', said)).toBeNull()
    expect(decisionOf('return', said)).toEqual({
      decision: 'return',
      reason: '缺第二页',
      field: 'household_book',
    })
  })

  it('to return the case as a whole names no field', () => {
    const whole = { ...nothingSaid(), field: null, reason: '请重新核对' }
    expect(lacks('return', whole)).toBeNull()
    expect(decisionOf('return', whole)).toMatchObject({ field: null })
  })

  it('to refuse needs a reason that is not blank', () => {
    expect(lacks('refuse', { ...nothingSaid(), reason: '  ' })).toBe('reason')
    const words = { ...nothingSaid(), reason: '不符合条件' }
    expect(decisionOf('refuse', words)).toEqual({ decision: 'refuse', reason: '不符合条件' })
  })
})

describe('what is picked by the arrow keys', () => {
  const all = ['phone', 'household_book']

  it('begins at either end', () => {
    expect(stepPick(all, undefined, 1)).toBe('phone')
    expect(stepPick(all, undefined, -1)).toBeNull()
  })

  it('goes through the rows to the case as a whole and stops there', () => {
    expect(stepPick(all, 'phone', 1)).toBe('household_book')
    expect(stepPick(all, 'household_book', 1)).toBeNull()
    expect(stepPick(all, null, 1)).toBeNull()
    expect(stepPick(all, null, -1)).toBe('household_book')
    expect(stepPick(all, 'phone', -1)).toBe('phone')
  })
})
