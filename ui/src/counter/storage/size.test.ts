import { describe, expect, it } from 'vitest'

import { size } from './size'

describe('a size', () => {
  it('has three figures at most', () => {
    expect([0, 999, 1024, 1_500_000, 67_108_864, 2 ** 31, 1.3e12].map(size)).toEqual([
      '0 B',
      '999 B',
      '1 KB',
      '1.43 MB',
      '64 MB',
      '2 GB',
      '1.18 TB',
    ])
  })
})
