import { expect, test } from 'vitest'

import { emptyDocument, isTyped } from './document'

test('a number that says the birthday needs nothing else', () => {
  const card = { ...emptyDocument(), number: '320390198002290018' }
  expect(isTyped(card, true)).toBe(true)
  expect(isTyped({ ...card, number: '  ' }, false)).toBe(false)
})

test('one that does not is whole with the birthday beside it', () => {
  const card = { kind: 'foreigner2017' as const, number: 'USA320380010101', birth: '' }
  expect(isTyped(card, false)).toBe(true)
  expect(isTyped(card, true)).toBe(false)
  expect(isTyped({ ...card, birth: '1980-01-02' }, true)).toBe(true)
})
