import { onScopeDispose } from 'vue'

import { noteActivity } from '@/api/session'

const SIGNS = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const
/** Rust locks the desk after minutes; it is told at most this often that somebody is there. */
const TOLD_EVERY_MS = 15_000

/** Tells the station that a hand is at the desk, as long as the component lives. */
export function useActivity(now: () => number = Date.now): void {
  let told = -TOLD_EVERY_MS

  function sign() {
    if (now() - told < TOLD_EVERY_MS) return
    told = now()
    // A station that is locked meanwhile says so by its status.
    noteActivity().catch(() => undefined)
  }

  for (const name of SIGNS) window.addEventListener(name, sign, { passive: true })
  onScopeDispose(() => {
    for (const name of SIGNS) window.removeEventListener(name, sign)
  })
}
