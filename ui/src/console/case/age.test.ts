import { expect, it } from 'vitest'

import { ageOn } from './age'

it('a birthday counts from the day itself', () => {
  expect(ageOn('1980-02-29', '1996-02-28')).toBe(15)
  expect(ageOn('1980-02-29', '1996-02-29')).toBe(16)
})
