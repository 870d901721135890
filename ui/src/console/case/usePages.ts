import { onScopeDispose, shallowReactive, watch, type Ref } from 'vue'

import { getPage } from '@/api/console/cases'
import { Refused } from '@/api/console/send'
import type { Reason } from '@/api/generated/Reason'

/** A page on its way, there, or not to be had. */
export type Loaded = { url: string } | { failed: Reason } | 'loading'

/** Loads the page in view, then its neighbours, so that turning does not wait. */
export function usePages(id: string, count: Ref<number>, at: Ref<number>) {
  const pages = shallowReactive(new Map<number, Loaded>())
  let ended = false

  async function load(ordinal: number): Promise<void> {
    const known = pages.get(ordinal)
    const again = known === undefined || (typeof known === 'object' && 'failed' in known)
    if (ended || !again || ordinal < 0 || ordinal >= count.value) return
    pages.set(ordinal, 'loading')
    try {
      const url = await getPage(id, ordinal)
      if (ended) URL.revokeObjectURL(url)
      else pages.set(ordinal, { url })
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown
      pages.set(ordinal, { failed: thrown.failure.reason })
    }
  }

  /** Everything again: the case was corrected. */
  function reload(): void {
    drop()
    void load(at.value)
  }

  function drop(): void {
    for (const page of pages.values()) {
      if (typeof page === 'object' && 'url' in page) URL.revokeObjectURL(page.url)
    }
    pages.clear()
  }

  watch(
    [at, count],
    async () => {
      await load(at.value)
      await Promise.all([load(at.value + 1), load(at.value - 1)])
    },
    { immediate: true },
  )

  onScopeDispose(() => {
    ended = true
    drop()
  })

  return { pages, load, reload }
}
