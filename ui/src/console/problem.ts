import { useI18n } from 'vue-i18n'

import { failureOf } from '@/api/failure'
import { Refused } from '@/api/console/send'
import type { Reason } from '@/api/generated/Reason'
import { useWords } from '@/words'

/** Says a reason for a reader at the centre: some codes mean something else than at a station. */
export function useProblem() {
  const { t, te } = useI18n()
  const { reason } = useWords()

  const words = (why: Reason): string => {
    const key = `console.problem.${why.code}`
    return te(key) ? t(key, why.with ?? {}) : reason(why)
  }

  /** All that a refusal says; what was thrown otherwise is a bug and said as one. */
  const wordsOf = (thrown: unknown): string => {
    if (thrown instanceof Refused && thrown.reasons.length > 0) {
      return thrown.reasons.map(words).join(' ')
    }
    return words(failureOf(thrown).reason)
  }

  return { words, wordsOf }
}
