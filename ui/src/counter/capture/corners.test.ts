import { describe, expect, it } from 'vitest'

import { isSheet, moved, stepOf, WHOLE } from './corners'

const size = { width: 400, height: 300 }

describe('corners', () => {
  it('move by one shown pixel, by ten with Shift, and stay in the picture', () => {
    expect(stepOf('ArrowLeft', false)).toEqual([-1, 0])
    expect(stepOf('ArrowDown', true)).toEqual([0, 10])
    expect(stepOf('a', false)).toBeNull()
    const whole = WHOLE(400, 300)
    expect(moved(whole, 0, [5, 7], size)[0]).toEqual([5, 7])
    expect(moved(whole, 0, [-5, -7], size)[0]).toEqual([0, 0])
    expect(moved(whole, 2, [50, 50], size)[2]).toEqual([400, 300])
  })

  it('are no sheet when sides cross or a side has no length', () => {
    const [a, b, c, d] = WHOLE(400, 300) as [never, never, never, never]
    expect(isSheet([a, b, c, d])).toBe(true)
    expect(isSheet([b, a, c, d])).toBe(false)
    expect(isSheet([a, a, c, d])).toBe(false)
    expect(isSheet([a, b, c])).toBe(false)
  })
})
