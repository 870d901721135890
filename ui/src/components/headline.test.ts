import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { defineComponent } from 'vue'

import type { Business } from '@/api/generated/Business'
import type { CaseStanding } from '@/api/generated/CaseStanding'
import type { Reason } from '@/api/generated/Reason'
import type { Stage } from '@/api/generated/Stage'
import { i18n } from '@/i18n'
import { names } from '@/words'

import { type Headline, useHeadline } from './headline'

const UNKNOWN = { code: 'person.not_known_here' } as Reason
const YOUNG = { code: 'person.too_young', with: { age: '15', years: '16' } } as Reason

names.value = {
  ...names.value,
  businesses: [
    {
      name: 'sample',
      valid_from: '2026-01-01',
      section: [],
      material: [],
      step: [{ title: { zh: '街道初审', en: 'Street review' } }],
    },
  ] as unknown as Business[],
}

function say(standing: CaseStanding | null, filed: Reason[] = []): Headline {
  let said: Headline | undefined
  const Asker = defineComponent({
    setup() {
      said = useHeadline().headline(standing, 'sample', filed)
      return () => null
    },
  })
  mount(Asker, { global: { plugins: [i18n] } })
  if (!said) throw new Error('nothing was said')
  return said
}

const centre = (stage: Stage, pending: Reason[] = []): CaseStanding => ({
  at: 'centre',
  stage,
  pending,
})

afterEach(() => (i18n.global.locale.value = 'zh-CN'))

describe('the headline', () => {
  it('says what is certain the moment it is on disk, each doubt once', () => {
    const first = say(null, [UNKNOWN, UNKNOWN, YOUNG])
    expect([first.title, first.word]).toEqual(['已保存', '预受理，待市中心核验'])
    expect(first.pending).toHaveLength(2)
    expect(first.next).toContain('自动')
  })

  it('gives the cause and the next try while it cannot leave', () => {
    const waiting = { at: 'waiting', reason: { code: 'line.cut' }, next_try: null } as CaseStanding
    expect(say(waiting).next).toContain('线路已断开')
    const soon = { at: 'waiting', reason: { code: 'outbox.next' }, next_try: null } as CaseStanding
    expect(say(soon).next).toContain('线路通时')
  })

  it('says granted without a doubt left and without a promise to send', () => {
    const granted = say(centre({ stage: 'granted' }, [UNKNOWN]), [UNKNOWN])
    expect(granted.title).toBe('市中心已通过')
    expect(granted.pending).toEqual([])
    expect(granted.next).toBe('')
  })

  it('says whose hands it is in', () => {
    const review = say(centre({ stage: 'in_review', step: 0 }))
    expect([review.title, review.word]).toEqual(['已到市中心', '街道初审中'])
    i18n.global.locale.value = 'en'
    expect(say(centre({ stage: 'in_review', step: 0 })).word).toBe('Street review')
  })

  it('says why not, and what to do', () => {
    const refused = say(centre({ stage: 'refused', reason: '不符合条件' }))
    expect([refused.tone, refused.word]).toEqual(['bad', '不符合条件'])
    expect(refused.next).not.toBe('')
    const rejected = say({
      at: 'answered',
      outcome: { outcome: 'rejected', reasons: [YOUNG, YOUNG] },
    })
    expect(rejected.word).toBe('15 岁，未满 16 周岁。请满岁后再来办理。')
    const held = say({ at: 'answered', outcome: { outcome: 'held', reason: UNKNOWN } })
    expect([held.tone, held.title]).toEqual(['warn', '待人工核对'])
    expect(held.word).not.toBe('')
    const returned = centre({ stage: 'returned', step: 0, reason: '缺', field: 'person', by: '王' })
    expect(say(returned).next).toBe('请补正后重新提交。请看：本人')
  })
})
