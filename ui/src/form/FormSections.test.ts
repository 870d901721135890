import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { nextTick, reactive } from 'vue'

import type { Business } from '@/api/generated/Business'
import type { CheckLine } from '@/api/generated/CheckLine'
import { i18n } from '@/i18n'
import { names } from '@/words'

import FormSections from './FormSections.vue'

const field = (id: string, kind: string, more: object = {}) => ({
  id,
  standard: null,
  title: { zh: id, en: id },
  hint: null,
  kind,
  codes: null,
  required: true,
  keep: false,
  from_card: null,
  when: null,
  ...more,
})

const business = {
  name: 'sample',
  section: [
    { id: 'contact', title: { zh: '联系', en: 'Contact' }, field: [field('phone', 'phone')] },
    {
      id: 'why',
      title: { zh: '原因', en: 'Why' },
      field: [
        field('reason', 'code', { codes: 'reason' }),
        field('employer', 'line', { when: { field: 'reason', is: ['2'] } }),
        field('since', 'past_date'),
        field('promise', 'yes_no'),
      ],
    },
  ],
  material: [],
} as unknown as Business

names.value = {
  ...names.value,
  codes: {
    reason: {
      name: 'reason',
      title: { zh: '原因', en: 'Reason' },
      item: [
        { code: '1', zh: '毕业', en: 'Graduated' },
        { code: '2', zh: '解除', en: 'Ended' },
      ],
    },
  },
}

function draw(checks: CheckLine[] = []) {
  const answers = reactive<Record<string, string>>({})
  const wrapper = mount(FormSections, {
    props: {
      business,
      answers,
      checks,
      filledFrom: {},
      sayAll: false,
      onChange: (id: string, answer: string) => (answers[id] = answer),
    },
    global: { plugins: [i18n] },
    attachTo: document.body,
  })
  const entry = (id: string) => wrapper.get<HTMLInputElement>(`[data-test="field-${id}"]`)
  return { wrapper, answers, entry }
}

const focused = () => (document.activeElement as HTMLElement).dataset.entry

describe('a form drawn from a business', () => {
  afterEach(() => (document.body.innerHTML = ''))

  it('is filled without the mouse: Enter goes from entry to entry', async () => {
    const { wrapper, answers, entry } = draw()
    entry('phone').element.focus()
    await entry('phone').setValue('13800000000')
    await entry('phone').trigger('keydown', { key: 'Enter' })
    await nextTick()
    expect(focused()).toBe('reason')

    await entry('reason').setValue('2')
    await entry('reason').trigger('keydown', { key: 'Enter' })
    await nextTick()
    expect(answers.reason).toBe('2')
    expect(wrapper.find('[data-test="field-employer"]').exists()).toBe(true)
    expect(focused()).toBe('employer')

    entry('since').element.focus()
    await entry('since').setValue('20260901')
    await entry('since').trigger('keydown', { key: 'Enter' })
    await nextTick()
    expect(answers.since).toBe('2026-09-01')
    expect(focused()).toBe('promise')

    await entry('promise').trigger('keydown', { key: '1' })
    expect(answers.promise).toBe('yes')
    await entry('promise').trigger('keydown', { key: 'Enter' })
    await nextTick()
    expect(wrapper.emitted('done')).toHaveLength(1)
  })

  it('leaves Enter to the input method while a word is composed', async () => {
    const { entry } = draw()
    entry('phone').element.focus()
    await entry('phone').trigger('keydown', { key: 'Enter', keyCode: 229 })
    expect(focused()).toBe('phone')
  })

  it('keeps the old code when what was typed fits nothing', async () => {
    const { answers, entry } = draw()
    answers.reason = '1'
    await entry('reason').trigger('focus')
    await entry('reason').setValue('xyz')
    await entry('reason').trigger('blur')
    expect(answers.reason).toBe('1')
    expect(entry('reason').element.value).toBe('毕业')
  })

  it('empties a code when its text is emptied', async () => {
    const { answers, entry } = draw()
    answers.reason = '1'
    await nextTick()
    await entry('reason').setValue('')
    await entry('reason').trigger('blur')
    expect(answers.reason).toBe('')
  })

  it('says what is missing only where the hand has been', async () => {
    const missing: CheckLine = {
      rule: 'form',
      about: 'phone',
      check: 'fail',
      reason: { code: 'answer.missing' },
      basis: 'act',
    }
    const { wrapper, entry } = draw([missing])
    expect(wrapper.find('[data-check="fail"]').exists()).toBe(false)
    entry('phone').element.focus()
    await entry('phone').trigger('focusout')
    expect(wrapper.find('[data-check="fail"]').exists()).toBe(true)
  })
})
