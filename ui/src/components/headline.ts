import { useI18n } from 'vue-i18n'

import type { CaseStanding } from '@/api/generated/CaseStanding'
import type { Reason } from '@/api/generated/Reason'
import type { Tone } from '@/form/checks'
import { useWords } from '@/words'

import { useStanding } from './standing'

/** What has become of what was submitted: how it stands, why, and what to do. */
export interface Headline {
  tone: Tone
  title: string
  word: string
  /** What somebody will still look at, each said once. */
  pending: string[]
  next: string
}

const TONE: Record<string, Tone> = {
  waiting: 'good',
  granted: 'good',
  accepted: 'good',
  returned: 'bad',
  refused: 'bad',
  rejected: 'bad',
  held: 'warn',
}

/** Follows a case from this machine to its end; `filed` is what filing itself left pending. */
export function useHeadline() {
  const { t, te } = useI18n()
  const words = useWords()
  const { shown } = useStanding()

  const once = (reasons: Reason[]) => [...new Set(reasons.map(words.reason))]
  const said = (key: string) => (te(key) ? t(key) : '')

  function headline(
    standing: CaseStanding | null,
    business: string,
    filed: Reason[] = [],
  ): Headline {
    const kind = kindOf(standing)
    return {
      tone: TONE[kind] ?? 'note',
      title: t(`headline.title.${kind}`),
      word: said(`headline.word.${kind}`) || wordOf(standing, business),
      pending: once(pendingOf(standing, filed)),
      next:
        causeOf(standing, business) ||
        words.sentences([said(`headline.next.${kind}`), look(standing, business)]),
    }
  }

  /** The reviewer's step, or the reason in the words of who gave it. */
  function wordOf(standing: CaseStanding | null, business: string): string {
    if (standing?.at === 'answered' && standing.outcome.outcome === 'rejected')
      return words.sentences(once(standing.outcome.reasons))
    if (!standing) return ''
    const { word, more } = shown(standing, business)
    return standing.at === 'centre' && standing.stage.stage === 'in_review' ? word : more
  }

  /** The field or paper that the reviewer named. */
  function look(standing: CaseStanding | null, business: string): string {
    if (standing?.at !== 'centre' || standing.stage.stage !== 'returned') return ''
    const field = standing.stage.field
    return field ? t('cases.look_at', { field: words.asked(field, business) }) : ''
  }

  /** Why it has not left, unless it is about to. */
  function causeOf(standing: CaseStanding | null, business: string): string {
    const waits = standing?.at === 'waiting' && standing.reason.code !== 'outbox.next'
    return waits ? shown(standing, business).more : ''
  }

  return { headline }
}

function kindOf(standing: CaseStanding | null): string {
  if (!standing) return 'waiting'
  if (standing.at === 'centre') return standing.stage.stage
  if (standing.at === 'answered') return standing.outcome.outcome
  return standing.at
}

function pendingOf(standing: CaseStanding | null, filed: Reason[]): Reason[] {
  if (!standing || standing.at === 'waiting' || standing.at === 'sent') return filed
  if (standing.at === 'answered')
    return standing.outcome.outcome === 'awaiting' ? standing.outcome.reasons : []
  const open = standing.stage.stage === 'pre_accepted' || standing.stage.stage === 'in_review'
  return open ? standing.pending : []
}
