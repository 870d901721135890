import { describe, expect, it } from 'vitest'

import { nextAfter } from './next'

describe('after a decision', () => {
  it('comes what stood below it and still waits', () => {
    expect(nextAfter('b', ['a', 'b', 'c', 'd'], ['a', 'd'])).toBe('d')
  })

  it('comes the first when nothing stood below', () => {
    expect(nextAfter('c', ['a', 'b', 'c'], ['a', 'b'])).toBe('a')
    expect(nextAfter('x', [], ['n'])).toBe('n')
  })

  it('never comes the same again, and the inbox when it is empty', () => {
    expect(nextAfter('a', ['a'], ['a'])).toBeNull()
    expect(nextAfter('a', ['a'], [])).toBeNull()
  })
})
