import { onScopeDispose } from 'vue'

import { onChanged } from '@/api/worklist'

/** Reloads what is shown when facts arrive; several in a row are one reload. */
export function useChanged(reload: () => unknown): void {
  let ended = false
  let running = false
  let again = false

  async function take() {
    if (running) {
      again = true
      return
    }
    running = true
    do {
      again = false
      await reload()
    } while (again && !ended)
    running = false
  }

  const listening = onChanged(() => void take())
  onScopeDispose(() => {
    ended = true
    void listening.then((end) => end())
  })
}
