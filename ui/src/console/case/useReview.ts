import { computed, ref, shallowRef, watch } from 'vue'

import { getCase, review, type CaseView } from '@/api/console/cases'
import { Refused } from '@/api/console/send'

import { inbox, refresh } from '../work'
import { nextAfter } from '../inbox/next'
import { decisionOf, lacks, nothingSaid, type Choice } from './decision'

/** Where a case under review leads. */
export interface Ways {
  /** The decision is kept; `next` waits, null when nothing does. */
  decided(choice: Choice, view: CaseView, next: string | null): void
  /** Corrected or decided by somebody else since it was opened; read again. */
  stale(): void
  /** Not here, or not in this person's area. */
  missing(): void
  /** Anything else that went wrong. */
  failed(thrown: unknown): void
}

/** Codes by which the centre says that the case on screen is not the case any more. */
const STALE = ['review.stale', 'review.not_in_review']

/** One case on screen: read, and decided on exactly the version that was read. */
export function useReview(id: string, ways: Ways) {
  const view = shallowRef<CaseView | null>(null)
  const choice = ref<Choice | null>(null)
  const said = ref(nothingSaid())
  const busy = ref(false)

  const waits = () => inbox.value?.some((line) => line.case === id) ?? false
  const waited = ref(false)

  /** It lay in the inbox and left it: somebody else decided. */
  const overtaken = computed(
    () => waited.value && !busy.value && !waits() && view.value?.case.stage.stage === 'in_review',
  )

  watch(inbox, () => (waited.value ||= waits()), { immediate: true })

  async function load(): Promise<void> {
    try {
      const again = view.value !== null
      view.value = await getCase(id)
      // Fresh: only an inbox read after this can tell that it left.
      if (again) waited.value = false
    } catch (thrown) {
      if (thrown instanceof Refused && thrown.says('request.not_found')) ways.missing()
      else ways.failed(thrown)
    }
  }

  function choose(what: Choice): void {
    choice.value = what
    said.value = nothingSaid()
  }

  function cancel(): void {
    choice.value = null
    said.value = nothingSaid()
  }

  async function confirm(): Promise<void> {
    const [what, seen] = [choice.value, view.value]
    if (busy.value || !what || !seen || lacks(what, said.value) !== null) return
    busy.value = true
    const before = (inbox.value ?? []).map((line) => line.case)
    try {
      await review(id, seen.case.version, decisionOf(what, said.value))
      await refresh()
      const now = (inbox.value ?? []).map((line) => line.case)
      ways.decided(what, seen, nextAfter(id, before, now))
    } catch (thrown) {
      await refused(thrown)
    } finally {
      busy.value = false
    }
  }

  async function refused(thrown: unknown): Promise<void> {
    if (!(thrown instanceof Refused)) return ways.failed(thrown)
    if (thrown.says('request.not_found')) return ways.missing()
    if (!STALE.some((code) => thrown.says(code))) return ways.failed(thrown)
    cancel()
    await load()
    void refresh()
    ways.stale()
  }

  return { view, choice, said, busy, overtaken, load, choose, cancel, confirm }
}
