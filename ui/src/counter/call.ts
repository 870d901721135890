import { ref, shallowRef } from 'vue'

import { failureOf } from '@/api/failure'
import type { Failure } from '@/api/generated/Failure'

/** One call at a time, with what it waits for and what it failed with. */
export function useCall() {
  const busy = ref(false)
  const failure = shallowRef<Failure | null>(null)

  /** Runs it unless one is running; undefined when it failed or was not run. */
  async function run<T>(work: () => Promise<T>): Promise<T | undefined> {
    if (busy.value) return undefined
    busy.value = true
    failure.value = null
    try {
      return await work()
    } catch (thrown) {
      failure.value = failureOf(thrown)
      return undefined
    } finally {
      busy.value = false
    }
  }

  return { busy, failure, run }
}
