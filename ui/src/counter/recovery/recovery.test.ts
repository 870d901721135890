import { describe, expect, it } from 'vitest'

import type { RecoveryView } from '@/api/generated/RecoveryView'
import { messagesOf } from '@/i18n'

import { CAUSES, firstStep } from './recovery'

const view = (request: RecoveryView['request']): RecoveryView => ({
  people: [],
  key_file: true,
  machine_secret: true,
  sealed: true,
  printed: null,
  suggested: null,
  request,
})

describe('getting back in', () => {
  it('begins with what happened, and with the request where there is one', () => {
    expect(firstStep(view(null))).toBe('what')
    const request = {
      code: '0000 0000 0000 0000',
      cause: 'disk_moved',
      by: '张协理',
      login: 'zhang',
      made_at: '2026-11-28T00:00:00Z',
      stands: { stands: 'not_sent' },
      failure: null,
      qr: [],
    } as const
    expect(firstStep(view({ ...request, qr: [] }))).toBe('request')
  })

  it('has a name, a sign and an advice for each cause, in both languages', () => {
    for (const language of ['zh-CN', 'en'] as const) {
      const words = messagesOf(language).recovery as Record<string, Record<string, string>>
      for (const cause of CAUSES) {
        for (const part of ['cause', 'cause_sign', 'what_to_do']) {
          expect(words[part]?.[cause], `${language} ${part}.${cause}`).toBeTruthy()
        }
      }
    }
  })
})
