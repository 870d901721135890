import { ref, shallowRef } from 'vue'

import {
  correctRecord,
  getRecord,
  type CorrectionWish,
  type RecordPage,
} from '@/api/console/records'
import { Refused } from '@/api/console/send'

import { useProblem } from '../problem'

/** One record, and what corrects it. */
export function useRecord(person: string, fromCase: boolean) {
  const { wordsOf } = useProblem()
  const page = shallowRef<RecordPage | null>(null)
  const missing = ref(false)
  const busy = ref(false)
  const problem = ref('')

  async function read(): Promise<void> {
    try {
      page.value = await getRecord(person, fromCase)
      problem.value = ''
    } catch (thrown) {
      missing.value = thrown instanceof Refused && thrown.says('request.not_found')
      problem.value = wordsOf(thrown)
    }
  }

  /** True once the centre has decided so. */
  async function correct(wish: CorrectionWish): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = ''
    try {
      page.value = await correctRecord(page.value?.person.id ?? person, wish)
      return true
    } catch (thrown) {
      problem.value = wordsOf(thrown)
      return false
    } finally {
      busy.value = false
    }
  }

  void read()
  return { page, missing, busy, problem, read, correct }
}
