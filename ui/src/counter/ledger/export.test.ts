import { beforeEach, describe, expect, it, vi } from 'vitest'

import type { Exported } from '@/api/generated/Exported'
import type { ExportTerms } from '@/api/generated/ExportTerms'

const terms: ExportTerms = {
  allowed: true,
  numbers_allowed: true,
  purposes: [
    { code: 'report', title: { zh: '', en: '' }, words: false },
    { code: 'other', title: { zh: '', en: '' }, words: true },
  ],
  places: [{ path: '/media/stick', removable: true }],
  second_always: false,
  second_for_numbers: true,
  others: ['li'],
}
const sent = vi.fn<(asked: unknown) => Promise<Exported>>(() =>
  Promise.resolve({ path: 'p', number: 'E1', rows: 3 }),
)
vi.mock('@/api/ledger', () => ({
  getExportTerms: () => Promise.resolve(terms),
  exportLedger: (asked: unknown) => sent(asked),
}))

const { useExport } = await import('./export')
const wish = { from: '2026-11-01', to: '2026-11-23', business: null, state: null, text: '' }

describe('an export', () => {
  beforeEach(() => sent.mockClear())

  it('asks for a purpose, and for words where the purpose says nothing', async () => {
    const form = useExport()
    await form.load()
    expect(form.asked.folder).toBe('/media/stick')
    expect(form.complete.value).toBe(false)
    form.said.purpose = 'report'
    expect(form.complete.value).toBe(true)
    form.said.purpose = 'other'
    expect(form.complete.value).toBe(false)
    form.said.words = '街道来函'
    expect(form.complete.value).toBe(true)
  })

  it('with full numbers asks for a reason and a second person, and forgets the password', async () => {
    const form = useExport()
    await form.load()
    form.said.purpose = 'report'
    form.asked.withNumbers = true
    expect(form.needsSecond.value).toBe(true)
    form.asked.reason = '比对'
    expect(form.complete.value).toBe(false)
    form.said.password = 'secret word'
    expect(form.complete.value).toBe(true)
    await form.write(wish)
    expect(sent.mock.calls[0]?.[0]).toMatchObject({
      numbers: '比对',
      what_for: { purpose: 'report', second: { login: 'li', password: 'secret word' } },
    })
    expect(form.said.password).toBe('')
    expect(form.done.value?.number).toBe('E1')
  })

  it('sends no reason and nobody where numbers stay masked', async () => {
    const form = useExport()
    await form.load()
    form.said.purpose = 'report'
    form.asked.reason = 'left over'
    await form.write(wish)
    expect(sent.mock.calls[0]?.[0]).toMatchObject({ numbers: null, what_for: { second: null } })
  })
})
