import { onScopeDispose } from 'vue'

/** Repeats while the component lives. */
export function useInterval(act: () => void, everyMs: number): void {
  const timer = setInterval(act, everyMs)
  onScopeDispose(() => clearInterval(timer))
}
