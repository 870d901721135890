import { useI18n } from 'vue-i18n'

import type { CaseStanding } from '@/api/generated/CaseStanding'
import type { Outcome } from '@/api/generated/Outcome'
import type { Reason } from '@/api/generated/Reason'
import type { Stage } from '@/api/generated/Stage'
import type { Tone } from '@/form/checks'
import { cityDay, moment } from '@/times'
import { businessOn, useWords } from '@/words'

/** Where a case stands: a colour, a word, and what more there is to say. */
export interface Shown {
  tone: Tone
  word: string
  more: string
}

export function useStanding() {
  const { t } = useI18n()
  const words = useWords()

  /** `day` is the case's; what is filed now is of today. */
  function shown(
    standing: CaseStanding,
    business: string,
    day: string = cityDay(new Date()),
  ): Shown {
    switch (standing.at) {
      case 'waiting':
        return { tone: 'warn', word: t('standings.waiting'), more: waitingFor(standing) }
      case 'sent':
        return { tone: 'note', word: t('standings.sent'), more: '' }
      case 'centre':
        return staged(standing.stage, business, day, standing.pending)
      case 'answered':
        return answered(standing.outcome)
    }
  }

  function waitingFor(standing: { reason: Reason; next_try: string | null }): string {
    const why = words.reason(standing.reason)
    if (!standing.next_try) return why
    return words.sentences([why, t('standings.next_try', { time: moment(standing.next_try) })])
  }

  function staged(stage: Stage, business: string, day: string, pending: Reason[]): Shown {
    const more = all(pending)
    switch (stage.stage) {
      case 'pre_accepted':
        return { tone: 'note', word: t('standings.pre_accepted'), more }
      case 'awaiting_pages':
        return { tone: 'note', word: t('standings.awaiting_pages'), more: '' }
      case 'in_review':
        return { tone: 'note', word: stepOf(business, day, stage.step), more }
      case 'returned':
        return {
          tone: 'bad',
          word: t('standings.returned'),
          more: stage.reason || words.sentences([t('standings.rules_changed'), more]),
        }
      case 'granted':
        return { tone: 'good', word: t('standings.granted'), more: '' }
      case 'refused':
        return { tone: 'bad', word: t('standings.refused'), more: stage.reason }
    }
  }

  function stepOf(business: string, day: string, step: number): string {
    const title = words.of(businessOn(business, day)?.step[step]?.title)
    return title ? t('standings.in_review', { step: title }) : t('standings.in_some_review')
  }

  function answered(outcome: Outcome): Shown {
    switch (outcome.outcome) {
      case 'accepted':
        return { tone: 'good', word: t('standings.accepted'), more: '' }
      case 'awaiting':
        return { tone: 'note', word: t('standings.awaiting'), more: all(outcome.reasons) }
      case 'rejected':
        return { tone: 'bad', word: t('standings.rejected'), more: all(outcome.reasons) }
      case 'held':
        return { tone: 'warn', word: t('standings.held'), more: words.reason(outcome.reason) }
    }
  }

  const all = (reasons: Reason[]) => words.sentences([...new Set(reasons.map(words.reason))])

  return { shown }
}
