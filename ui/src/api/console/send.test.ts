import { describe, expect, it } from 'vitest'

import { refusedBy } from './send'

describe('a refusal of the centre', () => {
  it('carries its code and when to try again', () => {
    const refused = refusedBy({ code: 'auth.wait', retry_after_s: 30 }, 429)
    expect(refused.code).toBe('auth.wait')
    expect(refused.retryAfterS).toBe(30)
    expect(refused.failure.reason).toEqual({ code: 'auth.wait' })
  })

  it('is spoken of by the reason it was given for', () => {
    const reasons = [{ code: 'review.stale', with: {} }]
    const refused = refusedBy({ code: 'review.rejected', reasons }, 409)
    expect(refused.says('review.stale')).toBe(true)
    expect(refused.says('review.own_entry')).toBe(false)
    expect(refused.failure.reason.code).toBe('review.stale')
  })

  it('without a code comes from what stands between us and the centre', () => {
    expect(refusedBy(undefined, 502).code).toBe('line.unreachable')
    expect(refusedBy('<html>', 500).code).toBe('centre.fault')
  })
})
