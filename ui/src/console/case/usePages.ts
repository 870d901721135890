import { onScopeDispose, shallowReactive, watch, type Ref } from 'vue'

import { getPage, getPreview } from '@/api/console/cases'
import { Refused } from '@/api/console/send'
import type { Reason } from '@/api/generated/Reason'

/** A page on its way, there, or not to be had; `small` is a preview of one that has not come yet. */
export type Loaded = { url: string; small: boolean } | { failed: Reason } | 'loading'

/** By this the centre says that there is a page, and that it has not come yet. */
const ON_ITS_WAY = 'page.on_its_way'

/** Loads the page in view, then its neighbours, so that turning does not wait. */
export function usePages(id: string, count: Ref<number>, at: Ref<number>) {
  const pages = shallowReactive(new Map<number, Loaded>())
  let ended = false

  async function load(ordinal: number): Promise<void> {
    const known = pages.get(ordinal)
    const isThere = known === 'loading' || (known && 'url' in known && !known.small)
    if (ended || isThere || ordinal < 0 || ordinal >= count.value) return
    pages.set(ordinal, 'loading')
    revoke(known)
    const loaded = await whole(ordinal)
    if (ended) revoke(loaded)
    else pages.set(ordinal, loaded)
  }

  async function whole(ordinal: number): Promise<Loaded> {
    try {
      return { url: await getPage(id, ordinal), small: false }
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown
      const failed = { failed: thrown.failure.reason }
      return thrown.says(ON_ITS_WAY) ? small(ordinal, failed) : failed
    }
  }

  /** The page has not come; where no preview has either, that is what is said. */
  async function small(ordinal: number, failed: Loaded): Promise<Loaded> {
    try {
      return { url: await getPreview(id, ordinal), small: true }
    } catch (thrown) {
      if (!(thrown instanceof Refused)) throw thrown
      return failed
    }
  }

  /** Everything again: the case was corrected. */
  function reload(): void {
    drop()
    void load(at.value)
  }

  function drop(): void {
    for (const page of pages.values()) revoke(page)
    pages.clear()
  }

  function revoke(page: Loaded | undefined): void {
    if (typeof page === 'object' && 'url' in page) URL.revokeObjectURL(page.url)
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
