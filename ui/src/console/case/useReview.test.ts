import { effectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

import { clear, inbox, refresh } from '../work'
import { useReview, type Ways } from './useReview'

/** What the centre answers, by method and path; a list is answered from its head on. */
type Answers = Record<string, { status: number; body: unknown }[]>

const ok = (body: unknown) => ({ status: 200, body })
const refused = (status: number, code: string, reasons: string[] = []) => ({
  status,
  body: { code, reasons: reasons.map((reason) => ({ code: reason, with: {} })) },
})
const line = (id: string) => ({ case: id, pending: [] })
const view = (version: number) => ({
  case: { id: 'b', version, stage: { stage: 'in_review', step: 0 } },
  bars: [],
})

const asked: { path: string; body: unknown }[] = []

function centre(answers: Answers): void {
  vi.stubGlobal('fetch', (path: string, init: RequestInit) => {
    asked.push({ path: `${init.method} ${path}`, body: JSON.parse(String(init.body ?? 'null')) })
    const all = answers[`${init.method} ${path}`] ?? [refused(404, 'request.not_found')]
    const answer = all.length > 1 ? all.shift()! : all[0]!
    return Promise.resolve(new Response(JSON.stringify(answer.body), { status: answer.status }))
  })
}

const ways = () => ({ decided: vi.fn(), stale: vi.fn(), missing: vi.fn(), failed: vi.fn() })

async function opened(answers: Answers, to: Ways) {
  centre({ 'GET /api/held': [ok([])], ...answers })
  await refresh()
  const scope = effectScope()
  const review = scope.run(() => useReview('b', to))!
  await review.load()
  return { ...review, end: () => scope.stop() }
}

describe('a case under review', () => {
  beforeEach(() => {
    asked.length = 0
    clear()
  })
  afterEach(() => vi.unstubAllGlobals())

  it('is decided on the version that was read, and leads to the next', async () => {
    const to = ways()
    const page = await opened(
      {
        'GET /api/inbox': [ok([line('a'), line('b'), line('c')]), ok([line('a'), line('c')])],
        'GET /api/cases/b': [ok(view(7))],
        'POST /api/cases/b/review': [ok(view(8))],
      },
      to,
    )
    page.choose('approve')
    await page.confirm()
    const sent = asked.find((request) => request.path === 'POST /api/cases/b/review')
    expect(sent?.body).toEqual({ version: 7, decision: { decision: 'approve', opinion: '' } })
    expect(to.decided).toHaveBeenCalledWith('approve', expect.anything(), 'c')
    page.end()
  })

  it('that was corrected meanwhile is read again and said to be', async () => {
    const to = ways()
    const page = await opened(
      {
        'GET /api/inbox': [ok([line('b')]), ok([])],
        'GET /api/cases/b': [ok(view(7)), ok(view(9))],
        'POST /api/cases/b/review': [refused(409, 'review.rejected', ['review.stale'])],
      },
      to,
    )
    page.choose('approve')
    await page.confirm()
    expect(to.stale).toHaveBeenCalledOnce()
    expect(to.decided).not.toHaveBeenCalled()
    expect(page.view.value?.case.version).toBe(9)
    expect(page.choice.value).toBeNull()
    await vi.waitFor(() => expect(inbox.value).toEqual([]))
    expect(page.overtaken.value).toBe(false)
    page.end()
  })

  it('of another area is not found', async () => {
    const to = ways()
    const page = await opened({ 'GET /api/inbox': [ok([])] }, to)
    expect(to.missing).toHaveBeenCalledOnce()
    page.end()
  })

  it('keeps the words when the line fails', async () => {
    const to = ways()
    const page = await opened(
      {
        'GET /api/inbox': [ok([line('b')])],
        'GET /api/cases/b': [ok(view(7))],
        'POST /api/cases/b/review': [refused(503, 'centre.database_down')],
      },
      to,
    )
    page.choose('refuse')
    page.said.value = { ...page.said.value, reason: '不符合条件' }
    await page.confirm()
    expect(to.failed).toHaveBeenCalledOnce()
    expect(page.said.value.reason).toBe('不符合条件')
    expect(page.choice.value).toBe('refuse')
    page.end()
  })

  it('that left the inbox was decided by somebody else', async () => {
    const page = await opened(
      { 'GET /api/inbox': [ok([line('b')])], 'GET /api/cases/b': [ok(view(7))] },
      ways(),
    )
    expect(page.overtaken.value).toBe(false)
    inbox.value = []
    expect(page.overtaken.value).toBe(true)
    page.end()
  })
})
