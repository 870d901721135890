import { onScopeDispose, ref, shallowRef, watch } from 'vue'

import { failureOf } from '@/api/failure'
import type { Failure } from '@/api/generated/Failure'
import type { PeopleFound } from '@/api/generated/PeopleFound'
import { searchPeople } from '@/api/people'

/** What the code on a receipt begins with; a scanner types all of it and Enter. */
export const isReceipt = (text: string): boolean => /^yz1\./i.test(text.trim())

/** Finds people while somebody types. The newest text counts: an answer to an older one is dropped. */
export function useSearch() {
  const text = ref('')
  const found = shallowRef<PeopleFound | null>(null)
  const failure = shallowRef<Failure | null>(null)
  /** What `found` is for. */
  const searched = ref('')
  let turn = 0

  async function search() {
    const mine = ++turn
    const wanted = text.value.trim()
    failure.value = null
    if (wanted === '' || isReceipt(wanted)) {
      found.value = null
      searched.value = ''
      return
    }
    try {
      const next = await searchPeople(wanted)
      if (mine !== turn) return
      found.value = next
      searched.value = wanted
    } catch (thrown) {
      if (mine === turn) failure.value = failureOf(thrown)
    }
  }

  watch(text, () => void search())
  onScopeDispose(() => turn++)
  return { text, found, failure, searched }
}
