import { computed, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

import type { CaseView } from '@/api/console/cases'
import { useWords } from '@/words'

import { useProblem } from '../problem'
import { me } from '../session'
import { useStep } from '../step'
import { barsOf } from './bars'
import type { Words } from './decision'

/** What the decision bar says of the case on screen. */
export function useCaseWords(view: Ref<CaseView | null>, said: Ref<Words>) {
  const { t } = useI18n()
  const { asked } = useWords()
  const { words } = useProblem()
  const stepName = useStep()

  const bars = computed(() => barsOf(view.value?.bars ?? []))

  /** Why nothing can be decided here; empty when something can. */
  const barred = computed(() => {
    if (me.value?.role !== 'reviewer') return words({ code: 'auth.not_allowed' })
    const stage = view.value?.case.stage.stage
    if (stage === 'awaiting_pages') return t('console.decision.awaiting_pages')
    if (stage !== 'in_review') return t('console.decision.not_in_review')
    return bars.value.all.map(words).join(' ')
  })

  /** Why it cannot be approved; empty when it can. */
  const unapproved = computed(() => bars.value.approval.map(words).join(' '))

  const step = computed(() => {
    const its = view.value?.case
    return its?.stage.stage === 'in_review'
      ? stepName(its.business, its.acted_on, its.stage.step)
      : ''
  })

  /** What a return names. */
  const picked = computed(() =>
    said.value.field
      ? asked(said.value.field, view.value?.case.business)
      : t('console.decision.whole'),
  )

  return { barred, unapproved, step, picked }
}
