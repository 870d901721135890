import { computed, ref, shallowRef } from 'vue'

import { getSubstitute, giveSubstituteCode } from '@/api/console/fleet'
import type { SubstituteCode, SubstitutePage } from '@/api/console/fleet'

import { useInterval } from '../interval'
import { useProblem } from '../problem'

const REFRESH_MS = 10_000

/** Letting a substitute in at one station: whom, why, and the code that is read out. */
export function useSubstitute(installation: string) {
  const { wordsOf } = useProblem()
  const page = shallowRef<SubstitutePage | null>(null)
  const asking = ref(false)
  const staff = ref('')
  const reason = ref('')
  const given = shallowRef<SubstituteCode | null>(null)
  const busy = ref(false)
  const problem = ref('')
  const isReady = computed(() => staff.value !== '' && reason.value.trim() !== '')

  async function read(): Promise<void> {
    try {
      page.value = await getSubstitute(installation)
    } catch (thrown) {
      problem.value = wordsOf(thrown)
    }
  }

  async function give(): Promise<void> {
    if (busy.value || !isReady.value) return
    busy.value = true
    problem.value = ''
    try {
      const word = { staff: staff.value, reason: reason.value.trim() }
      given.value = await giveSubstituteCode(installation, word)
      asking.value = false
      staff.value = ''
      reason.value = ''
      await read()
    } catch (thrown) {
      problem.value = wordsOf(thrown)
    } finally {
      busy.value = false
    }
  }

  useInterval(() => {
    if (!document.hidden) void read()
  }, REFRESH_MS)
  void read()

  return { page, asking, staff, reason, given, busy, problem, isReady, give }
}
