import { expect, it } from 'vitest'

import { bytesOf } from './hex'

it('reads what the centre writes', () => {
  expect([...bytesOf('')]).toEqual([])
  expect([...bytesOf('00ff0a7F')]).toEqual([0, 255, 10, 127])
})
