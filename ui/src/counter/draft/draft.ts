import { computed, onScopeDispose, ref, shallowRef } from 'vue'

import { saveAnswers, getDraft } from '@/api/drafts'
import { failureOf } from '@/api/failure'
import type { CheckLine } from '@/api/generated/CheckLine'
import type { Draft } from '@/api/generated/Draft'
import type { DraftPage } from '@/api/generated/DraftPage'
import type { Failure } from '@/api/generated/Failure'
import type { PagesChanged } from '@/api/generated/PagesChanged'
import { type Answers, applies, fieldsOf } from '@/form/applies'
import { blocks, isMissing } from '@/form/checks'
import { businessOn } from '@/words'

import { createAutosave } from './autosave'

/** An open form: its answers as typed, saved at every change, and what Rust says about them. */
export function useDraft(id: string) {
  const draft = shallowRef<Draft | null>(null)
  const answers = ref<Answers>({})
  const filledFrom = ref<Record<string, string>>({})
  const checks = shallowRef<CheckLine[]>([])
  const pages = shallowRef<DraftPage[]>([])
  const blocking = ref(0)
  const savedAt = ref<string | null>(null)
  const isSaving = ref(false)
  const failure = shallowRef<Failure | null>(null)

  const business = computed(() => businessOn(draft.value?.business, draft.value?.acted_on))
  const fields = computed(() => (business.value ? fieldsOf(business.value) : new Map()))
  const materials = computed(() =>
    (business.value?.material ?? []).filter((material) => applies(material.when, answers.value)),
  )
  const isAnswered = (check: CheckLine) => (answers.value[check.about] ?? '') !== ''
  /** What was answered since the rules spoke last is not called missing meanwhile. */
  const isOld = (check: CheckLine) => isSaving.value && isMissing(check) && isAnswered(check)
  /** A rule about a field that is empty holds, but says nothing. */
  const isIdle = (check: CheckLine) =>
    check.check === 'pass' && fields.value.has(check.about) && !isAnswered(check)
  const current = computed(() => checks.value.filter((check) => !isOld(check) && !isIdle(check)))
  const left = computed(() => blocking.value - checks.value.filter(isOld).length)
  /** What stands in the way of submitting, in the form's order. */
  const lacking = computed(() => {
    const about = current.value.filter(blocks).map((check) => check.about)
    return [...new Set(about)].filter((id) => id !== 'person')
  })
  /** What cannot be mended by filling in: it lies in the person. */
  const stops = computed(() =>
    checks.value.flatMap((check) =>
      check.about === 'person' && check.check === 'fail' && check.basis === 'act'
        ? [check.reason]
        : [],
    ),
  )

  const autosave = createAutosave((next: Answers) => saveAnswers(id, next), {
    saved(saved) {
      savedAt.value = saved.saved_at
      isSaving.value = false
      failure.value = null
      judged(saved)
    },
    failed(thrown) {
      isSaving.value = false
      failure.value = failureOf(thrown)
    },
  })
  onScopeDispose(() => {
    void autosave.flush()
    autosave.stop()
  })

  function judged(next: { checks: CheckLine[]; blocking: number }) {
    checks.value = next.checks
    blocking.value = next.blocking
  }

  async function load() {
    try {
      const loaded = await getDraft(id)
      answers.value = { ...loaded.answers }
      filledFrom.value = { ...loaded.filled_from }
      pages.value = loaded.pages
      judged(loaded)
      draft.value = loaded
    } catch (thrown) {
      failure.value = failureOf(thrown)
    }
  }

  function answer(field: string, value: string) {
    if ((answers.value[field] ?? '') === value) return
    answers.value[field] = value
    delete filledFrom.value[field]
    isSaving.value = true
    autosave.change({ ...answers.value })
  }

  function takePages(changed: PagesChanged) {
    pages.value = changed.pages
    judged(changed)
  }

  return {
    draft,
    business,
    answers,
    filledFrom,
    checks: current,
    pages,
    materials,
    blocking: left,
    lacking,
    stops,
    savedAt,
    isSaving,
    failure,
    load,
    answer,
    takePages,
    flush: autosave.flush,
  }
}
