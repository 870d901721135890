import { expect, test } from 'vitest'

import { twoValues } from './twoValues'

const conflict = (field: string, kept: string, other: string) => ({ field, kept, other, by: 'c' })

test('every value of a field is offered once, the one that stands first', () => {
  const page = {
    known: { phone: '1', residence: 'a' },
    conflicts: [
      conflict('phone', '1', '2'),
      conflict('phone', '1', '3'),
      conflict('phone', '1', '2'),
      conflict('residence', 'b', 'c'),
    ],
  }
  expect(twoValues(page)).toEqual([{ field: 'phone', values: ['1', '2', '3'] }])
})

test('what was written again since is settled', () => {
  const page = { known: { phone: '9' }, conflicts: [conflict('phone', '1', '2')] }
  expect(twoValues(page)).toEqual([])
})
