import { describe, expect, it } from 'vitest'

import { barsOf } from './bars'

describe('what keeps from a decision', () => {
  it('is nothing when the centre says nothing', () => {
    expect(barsOf([])).toEqual({ all: [], approval: [] })
  })

  it('is one thing for who may not review, another for what was filed', () => {
    const own = { code: 'review.own_entry', with: {} }
    const twice = { code: 'person.already_registered', with: {} }
    expect(barsOf([own])).toEqual({ all: [own], approval: [] })
    expect(barsOf([twice])).toEqual({ all: [], approval: [twice] })
    expect(barsOf([{ code: 'act.person_frozen', with: {} }]).all).toHaveLength(1)
  })
})
