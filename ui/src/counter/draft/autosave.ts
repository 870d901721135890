/** Saves the newest value soon after it changed; one save at a time, retried until it is durable. */
export interface Autosave<V> {
  change(value: V): void
  /** Saves what is not saved yet; false when that failed. */
  flush(): Promise<boolean>
  stop(): void
}

/** A keystroke is on disk before the hand has left the key. */
export const SAVE_DELAY_MS = 120
export const RETRY_DELAY_MS = 2_000

export function createAutosave<V, R>(
  save: (value: V) => Promise<R>,
  on: { saved(result: R): void; failed(thrown: unknown): void },
): Autosave<V> {
  let unsaved: { value: V } | null = null
  let running: Promise<void> | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let stopped = false

  function later(delayMs: number) {
    clearTimeout(timer)
    if (!stopped) timer = setTimeout(() => void drain(), delayMs)
  }

  function drain(): Promise<void> {
    running ??= saveAll().finally(() => (running = null))
    return running
  }

  async function saveAll() {
    while (unsaved) {
      const taken: { value: V } = unsaved
      unsaved = null
      try {
        on.saved(await save(taken.value))
      } catch (thrown) {
        // What was typed meanwhile is newer than what failed.
        unsaved ??= taken
        on.failed(thrown)
        later(RETRY_DELAY_MS)
        return
      }
    }
  }

  return {
    change(value) {
      unsaved = { value }
      later(SAVE_DELAY_MS)
    },
    async flush() {
      clearTimeout(timer)
      await drain()
      return unsaved === null
    },
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
