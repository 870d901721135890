import { computed, reactive, shallowRef } from 'vue'

import type { Exported } from '@/api/generated/Exported'
import type { ExportFormat } from '@/api/generated/ExportFormat'
import type { LedgerWish } from '@/api/generated/LedgerWish'
import { exportLedger, getExportTerms } from '@/api/ledger'

import { useCall } from '../call'
import { useWhatFor } from './whatFor'

/** An export of the ledger being filled in: what for, where to, with which numbers, who agrees. */
export function useExport() {
  const { busy, failure, run } = useCall()
  const { terms, said, needsWords, isSaid, begin, take } = useWhatFor()
  const done = shallowRef<Exported | null>(null)
  const asked = reactive({
    format: 'xlsx' as ExportFormat,
    withNumbers: false,
    reason: '',
    folder: '',
  })

  const needsSecond = computed(() => {
    const known = terms.value
    if (!known) return false
    return known.second_always || (known.second_for_numbers && asked.withNumbers)
  })
  const complete = computed(
    () =>
      isSaid(needsSecond.value) &&
      asked.folder.trim() !== '' &&
      (!asked.withNumbers || asked.reason.trim() !== ''),
  )

  async function load() {
    const found = await run(getExportTerms)
    if (!found) return
    begin(found)
    asked.folder = found.places[0]?.path ?? ''
  }

  async function write(wish: LedgerWish) {
    done.value =
      (await run(() =>
        exportLedger({
          wish: { ...wish },
          format: asked.format,
          what_for: take(needsSecond.value),
          numbers: asked.withNumbers ? asked.reason : null,
          folder: asked.folder,
        }),
      )) ?? null
  }

  return { terms, asked, said, done, busy, failure, needsWords, needsSecond, complete, load, write }
}
