import { describe, expect, it } from 'vitest'

import { drawnName } from './rareName'

describe('a name', () => {
  it('is drawn with the character that a private code point stands for', () => {
    expect(drawnName('𠮷\ue863𬭎')).toBe('𠮷䶮𬭎')
    expect(drawnName('\ue815\ue81e\ue864')).toBe('⺁龴龻')
  })

  it('is left alone otherwise', () => {
    expect(drawnName('王样本\ue000 ANNA')).toBe('王样本\ue000 ANNA')
  })
})
