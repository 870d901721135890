import { computed, reactive, shallowRef } from 'vue'

import type { Exported } from '@/api/generated/Exported'
import type { ExportFormat } from '@/api/generated/ExportFormat'
import type { ExportTerms } from '@/api/generated/ExportTerms'
import type { LedgerWish } from '@/api/generated/LedgerWish'
import { exportLedger, getExportTerms } from '@/api/ledger'

import { useCall } from '../call'

/** An export being filled in: what for, where to, with which numbers, who agrees. */
export function useExport() {
  const { busy, failure, run } = useCall()
  const terms = shallowRef<ExportTerms | null>(null)
  const done = shallowRef<Exported | null>(null)
  const asked = reactive({
    format: 'xlsx' as ExportFormat,
    purpose: '',
    words: '',
    withNumbers: false,
    reason: '',
    folder: '',
    login: '',
    password: '',
  })

  const needsWords = computed(
    () => terms.value?.purposes.find((purpose) => purpose.code === asked.purpose)?.words ?? false,
  )
  const needsSecond = computed(() => {
    const known = terms.value
    if (!known) return false
    return known.second_always || (known.second_for_numbers && asked.withNumbers)
  })
  const complete = computed(
    () =>
      asked.purpose !== '' &&
      asked.folder.trim() !== '' &&
      (!needsWords.value || asked.words.trim() !== '') &&
      (!asked.withNumbers || asked.reason.trim() !== '') &&
      (!needsSecond.value || (asked.login !== '' && asked.password !== '')),
  )

  async function load() {
    const found = await run(getExportTerms)
    if (!found) return
    terms.value = found
    asked.folder = found.places[0]?.path ?? ''
    asked.login = found.others[0] ?? ''
  }

  async function write(wish: LedgerWish) {
    const second = needsSecond.value ? { login: asked.login, password: asked.password } : null
    done.value =
      (await run(() =>
        exportLedger({
          wish: { ...wish },
          format: asked.format,
          purpose: asked.purpose,
          words: asked.words,
          numbers: asked.withNumbers ? asked.reason : null,
          folder: asked.folder,
          second,
        }),
      )) ?? null
    asked.password = ''
  }

  return { terms, asked, done, busy, failure, needsWords, needsSecond, complete, load, write }
}
