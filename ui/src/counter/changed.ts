import { onScopeDispose } from 'vue'

import { onChanged } from '@/api/worklist'

/**
 * Reloads what is shown when facts arrive; several in a row are one reload. Answers what loads by
 * the same road: a fact that arrives during the first load must not be missed.
 */
export function useChanged(reload: () => unknown): () => Promise<void> {
  let ended = false
  let running = false
  let again = false

  async function take() {
    if (ended) return
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
  // What changed before anybody listened.
  void listening.then(take)
  onScopeDispose(() => {
    ended = true
    void listening.then((end) => end())
  })
  return take
}
