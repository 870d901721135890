import { computed, onScopeDispose, ref, type Ref } from 'vue'

import type { Failure } from '@/api/generated/Failure'

/** Seconds until another try is taken: Rust says how many, the page counts them down. */
export function useWait(failure: Readonly<Ref<Failure | null>>) {
  const wait = ref(0)
  const ticking = setInterval(() => {
    if (wait.value > 0) wait.value -= 1
  }, 1000)
  onScopeDispose(() => clearInterval(ticking))

  const shown = computed(() => {
    const told = failure.value
    if (!told || told.reason.code !== 'auth.wait') return told
    const seconds = String(wait.value)
    return wait.value > 0 ? { ...told, reason: { ...told.reason, with: { seconds } } } : null
  })
  return { wait, shown }
}
