import { describe, expect, it } from 'vitest'

import type { CheckLine } from '@/api/generated/CheckLine'

import { bySaying } from './checks'

const unknown = (rule: string): CheckLine => ({
  rule,
  about: 'person',
  check: 'pending',
  reason: { code: 'person.not_known_here', with: {} },
})
const pass = (rule: string): CheckLine => ({ rule, about: 'person', check: 'pass' })

describe('checks', () => {
  it('that say the same are said once, those that hold one by one', () => {
    const said = bySaying([unknown('a'), unknown('b'), pass('c'), pass('d')])
    expect(said.map((group) => group.map((check) => check.rule))).toEqual([
      ['a', 'b'],
      ['c'],
      ['d'],
    ])
  })
})
