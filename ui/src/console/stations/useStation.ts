import { ref, shallowRef } from 'vue'

import { Refused } from '@/api/console/send'
import { getStation, type StationPage } from '@/api/console/fleet'

import { useInterval } from '../interval'
import { useProblem } from '../problem'

const REFRESH_MS = 10_000

/** One station, read again while it is looked at. */
export function useStation(installation: string) {
  const { wordsOf } = useProblem()
  const page = shallowRef<StationPage | null>(null)
  const problem = ref('')
  const missing = ref(false)

  async function read(): Promise<void> {
    try {
      page.value = await getStation(installation)
      problem.value = ''
    } catch (thrown) {
      missing.value = thrown instanceof Refused && thrown.says('request.not_found')
      problem.value = wordsOf(thrown)
    }
  }

  useInterval(() => {
    if (!document.hidden) void read()
  }, REFRESH_MS)
  void read()

  return { page, problem, missing, read }
}
