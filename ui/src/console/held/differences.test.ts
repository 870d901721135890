import { describe, expect, it } from 'vitest'

import { differences } from './differences'

const SEEN = { name: '赵一', birth: '1980-02-29', address: '徐州市鼓楼区环城路1号' }

describe('two people side by side', () => {
  it('differ in nothing when only blanks do', () => {
    const spaced = { ...SEEN, address: '徐州市鼓楼区 环城路1号' }
    expect(differences(SEEN, spaced).size).toBe(0)
  })

  it('differ in the rows that say something else', () => {
    const known = { ...SEEN, name: '赵二', birth: '1980-02-28' }
    expect([...differences(SEEN, known)]).toEqual(['name', 'birth'])
  })
})
