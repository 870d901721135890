import { computed, type Ref } from 'vue'

import type { CaseView } from '@/api/console/cases'
import type { Answers } from '@/form/applies'
import { businessOn } from '@/words'

import { askedOf, papersOf, pickable } from './answers'

/** The form of the case on screen, filled in. */
export function useCaseForm(view: Ref<CaseView | null>) {
  const form = computed(() => businessOn(view.value?.case.business, view.value?.case.acted_on))
  const answers = computed(() => (view.value?.case.answers ?? {}) as Answers)
  const pages = computed(() => view.value?.case.pages ?? [])
  const asked = computed(() => (form.value ? askedOf(form.value, answers.value) : []))
  const papers = computed(() =>
    form.value ? papersOf(form.value, answers.value, pages.value) : [],
  )
  /** Everything that a return can name. */
  const rows = computed(() => pickable(asked.value, papers.value))
  const count = computed(() => pages.value.length)

  /** The first page of a material. */
  const firstPage = (material: string): number | undefined =>
    papers.value.find((part) => part.material.id === material)?.ordinals[0]

  return { answers, asked, papers, rows, count, firstPage }
}
