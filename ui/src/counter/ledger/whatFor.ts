import { computed, reactive, shallowRef } from 'vue'

import type { ExportTerms } from '@/api/generated/ExportTerms'
import type { WhatFor } from '@/api/generated/WhatFor'

/** What for something leaves, and who agrees, being filled in. */
export function useWhatFor() {
  const terms = shallowRef<ExportTerms | null>(null)
  const said = reactive({ purpose: '', words: '', login: '', password: '' })
  const needsWords = computed(
    () => terms.value?.purposes.find((purpose) => purpose.code === said.purpose)?.words ?? false,
  )

  /** Enough is said; `second` where somebody else must agree. */
  const isSaid = (second: boolean) =>
    said.purpose !== '' &&
    (!needsWords.value || said.words.trim() !== '') &&
    (!second || (said.login !== '' && said.password !== ''))

  function begin(found: ExportTerms): void {
    terms.value = found
    said.login = found.others[0] ?? ''
  }

  /** As it is asked for; the password is not kept. */
  function take(second: boolean): WhatFor {
    const { purpose, words, login, password } = said
    said.password = ''
    return { purpose, words, second: second ? { login, password } : null }
  }

  return { terms, said, needsWords, isSaid, begin, take }
}
