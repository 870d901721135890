import { describe, expect, it } from 'vitest'

import { settlementOf } from './settlement'

describe('a settlement', () => {
  it('says nothing before a way is chosen', () => {
    expect(settlementOf({ way: null, person: 'p', reason: 'r' })).toBeNull()
  })

  it('names which of the known people it is', () => {
    expect(settlementOf({ way: 'same_person', person: null, reason: '' })).toBeNull()
    expect(settlementOf({ way: 'same_person', person: 'p', reason: '' })).toEqual({
      settlement: 'same_person',
      person: 'p',
    })
  })

  it('to look again needs words for the station', () => {
    expect(settlementOf({ way: 'refuse', person: null, reason: ' ' })).toBeNull()
    expect(settlementOf({ way: 'refuse', person: null, reason: ' 请核对证件 ' })).toEqual({
      settlement: 'refuse',
      reason: { code: 'review.refused', with: { reason: '请核对证件' } },
    })
  })

  it('of two people with one number needs no more', () => {
    const settled = settlementOf({ way: 'another_person', person: 'p', reason: '' })
    expect(settled).toEqual({ settlement: 'another_person' })
  })
})
