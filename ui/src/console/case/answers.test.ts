import { describe, expect, it } from 'vitest'

import type { Business } from '@/api/generated/Business'
import type { Field } from '@/api/generated/Field'

import { askedOf, papersOf, pickable } from './answers'

const words = { zh: '词', en: 'word' }
const field = (id: string, when: Field['when'] = null): Field => ({
  id,
  standard: null,
  title: words,
  hint: null,
  kind: 'line',
  codes: null,
  required: true,
  keep: false,
  from_card: null,
  when,
})
const left = { field: 'reason', is: ['2'] }
const business: Business = {
  name: 'unemployment_registration',
  code: 'SYDJ',
  title: words,
  summary: words,
  order: 1,
  valid_from: '2023-02-01',
  basis: [],
  grants: null,
  section: [
    { id: 'contact', title: words, field: [field('phone')] },
    { id: 'why', title: words, field: [field('reason'), field('employer', left)] },
    { id: 'school', title: words, field: [field('school', { field: 'reason', is: ['1'] })] },
  ],
  material: [
    { id: 'book', title: words, required: true, when: null, dense: false },
    { id: 'proof', title: words, required: false, when: left, dense: false },
    {
      id: 'diploma',
      title: words,
      required: false,
      when: { field: 'reason', is: ['1'] },
      dense: false,
    },
  ],
  check: [],
  step: [],
}
const page = (material: string) => ({
  material,
  sha256: '',
  size_bytes: 1,
  media_type: 'image/png',
})

describe('the answers of a case', () => {
  it('stand in the sections of the form, without what did not apply', () => {
    const asked = askedOf(business, { phone: '13900000000', reason: '2' })
    expect(asked.map((part) => part.fields.map((f) => f.id))).toEqual([
      ['phone'],
      ['reason', 'employer'],
    ])
  })

  it('are shown even where the form would not have asked', () => {
    const asked = askedOf(business, { reason: '2', school: '某校' })
    expect(asked.at(-1)?.section.id).toBe('school')
  })
})

describe('the papers of a case', () => {
  it('know their pages by ordinal, and those that are missing', () => {
    const papers = papersOf(business, { reason: '2' }, [page('proof'), page('book'), page('proof')])
    expect(papers.map((part) => [part.material.id, part.ordinals])).toEqual([
      ['book', [1]],
      ['proof', [0, 2]],
    ])
    expect(papersOf(business, { reason: '1' }, [])[1]?.ordinals).toEqual([])
  })

  it('can be named in a return after the fields', () => {
    const answers = { reason: '2' }
    const all = pickable(askedOf(business, answers), papersOf(business, answers, []))
    expect(all).toEqual(['phone', 'reason', 'employer', 'book', 'proof'])
  })
})
