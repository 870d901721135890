import { computed, nextTick, onScopeDispose, ref, type Ref, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import type { DraftPage } from '@/api/generated/DraftPage'
import type { Material } from '@/api/generated/Material'
import type { PagesChanged } from '@/api/generated/PagesChanged'
import { addPage, movePage, onScan, removePage, restorePage, turnPage } from '@/api/pages'
import { useWords } from '@/words'

import { useCall } from '../call'
import { useDesk } from '../desk'

/** The papers of a draft: which material and page the hand is at, and what is done to them. */
export function usePapers(
  draft: string,
  materials: Ref<Material[]>,
  pages: Ref<DraftPage[]>,
  changed: (pages: PagesChanged) => void,
) {
  const { t } = useI18n()
  const words = useWords()
  const desk = useDesk()
  const { busy, failure, run } = useCall()
  const material = ref('')
  const page = ref('')
  const percent = ref<number | null>(null)

  const own = computed(() => pages.value.filter((held) => held.material === material.value))
  const chosen = computed(() => own.value.find((held) => held.page === page.value))
  const title = computed(() =>
    words.of(materials.value.find((known) => known.id === material.value)?.title),
  )

  watch(
    materials,
    (now) => {
      if (!now.some((known) => known.id === material.value)) material.value = now[0]?.id ?? ''
    },
    { immediate: true },
  )
  const listening = onScan((progress) => (percent.value = progress.percent))
  onScopeDispose(() => void listening.then((end) => end()))

  function choose(id: string) {
    if (material.value !== id) page.value = ''
    material.value = id
  }

  function stepMaterial(step: number): boolean {
    const at = materials.value.findIndex((known) => known.id === material.value)
    const next = materials.value[at + step]
    if (next) choose(next.id)
    return next !== undefined
  }

  function stepPage(step: number): boolean {
    if (own.value.length === 0) return false
    const at = own.value.findIndex((held) => held.page === page.value)
    const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), own.value.length - 1)
    page.value = own.value[next]?.page ?? ''
    return true
  }

  /** Runs a change; the hand stays at the same place in the row of pages. */
  async function change(work: () => Promise<PagesChanged>, at: number) {
    const next = await run(work)
    if (!next) return undefined
    changed(next)
    // The pages come back as a property.
    await nextTick()
    page.value = own.value[Math.min(Math.max(at, 0), own.value.length - 1)]?.page ?? ''
    return next
  }

  const placeOf = (held: DraftPage) => own.value.indexOf(held)

  async function add(files: Iterable<File>, into = material.value) {
    if (!into) return
    choose(into)
    for (const file of files) {
      const done = await change(() => addPage(draft, into, file), own.value.length)
      if (!done) return
    }
  }

  async function turn(held: DraftPage) {
    const at = placeOf(held)
    const done = await change(() => turnPage(draft, held.page, 1), at)
    offerBack(done, t('draft.page_turned', { material: title.value }), at)
  }

  /** The token of a change brings the page back as it was. */
  function offerBack(done: PagesChanged | undefined, words: string, at: number) {
    const token = done?.undo
    if (token) desk.offerUndo(words, () => change(() => restorePage(draft, token), at))
  }

  /** Changes places with the neighbour of the same material. */
  async function move(held: DraftPage, step: number) {
    const neighbour = own.value[placeOf(held) + step]
    if (!neighbour) return
    const to = pages.value.indexOf(neighbour)
    await change(() => movePage(draft, held.page, to), placeOf(held) + step)
  }

  async function remove(held: DraftPage) {
    const at = placeOf(held)
    const done = await change(() => removePage(draft, held.page), at)
    offerBack(done, t('draft.page_removed', { material: title.value }), at)
  }

  return {
    busy,
    failure,
    material,
    page,
    own,
    chosen,
    title,
    percent,
    choose,
    stepMaterial,
    stepPage,
    add,
    turn,
    move,
    remove,
  }
}
