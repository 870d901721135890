import { describe, expect, it } from 'vitest'

import type { RestoreChosen } from '@/api/generated/RestoreChosen'

import { firstStep } from './restore'

const chosen = (request: RestoreChosen['recovery']['request']): RestoreChosen => ({
  backup: {
    folder: '/media/stick/yizhan',
    community_name: '示范社区',
    made_at: '2026-11-28T00:00:00Z',
    log_last: 12,
    pages: 3,
    size_bytes: 4096,
  },
  there: true,
  by_password: false,
  recovery: {
    people: [],
    key_file: true,
    machine_secret: false,
    sealed: true,
    printed: null,
    suggested: null,
    request,
  },
})

describe('restoring a backup', () => {
  it('goes on where it was before the program was started anew', () => {
    expect(firstStep(null)).toBe('choose')
    expect(firstStep(chosen(null))).toBe('who')
    const request = {
      code: '0000 0000 0000 0000',
      cause: 'new_computer' as const,
      by: '张协理',
      login: 'zhang',
      made_at: '2026-11-28T00:00:00Z',
      stands: { stands: 'not_sent' as const },
      failure: null,
      qr: [],
    }
    expect(firstStep(chosen(request))).toBe('request')
  })
})
