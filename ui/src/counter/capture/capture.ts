import { computed, onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { getShape, setAutomatic, shapePage, takePicture } from '@/api/capture'
import { listSources, onDevices } from '@/api/devices'
import { failureOf } from '@/api/failure'
import type { Failure } from '@/api/generated/Failure'
import type { Onto } from '@/api/generated/Onto'
import type { PagesChanged } from '@/api/generated/PagesChanged'
import type { PageSource } from '@/api/generated/PageSource'
import type { Side } from '@/api/generated/Side'
import {
  cancelScan,
  onPages,
  type Paper,
  removePage,
  restorePage,
  scanAgain,
  scanPages,
} from '@/api/pages'

import { useDesk } from '../desk'
import type { usePapers } from '../draft/papers'
import { useCamera } from './camera'
import type { Corners } from './corners'
import { type Way, wayAfter, waysOf } from './ways'

/** Taking pages into a form: from which device, onto which page, and the corners put right. */
export function useCapture(
  draft: string,
  papers: ReturnType<typeof usePapers>,
  pages: Ref<{ page: string; material: string }[]>,
  changed: (pages: PagesChanged) => void,
) {
  const { t } = useI18n()
  const desk = useDesk()
  const sources = shallowRef<PageSource[]>([])
  const way = shallowRef<Way | null>(null)
  const automatic = ref(true)
  const working = ref<'' | 'taking' | 'scanning'>('')
  const failure = shallowRef<Failure | null>(null)
  const came = ref(0)
  const shaping = shallowRef<{ page: string; at: number; side: Side } | null>(null)
  /** A page was taken by itself; whether more than one is known when they are fetched. */
  const waiting = ref(false)
  const camera = useCamera(() => (waiting.value = true))
  const ways = computed(() => waysOf(sources.value))
  const isCamera = computed(() => way.value?.kind === 'camera')

  async function reload() {
    sources.value = await listSources().catch(() => sources.value)
    if (!way.value || !ways.value.some((one) => one.id === way.value?.id))
      await choose(ways.value[0] ?? null)
  }

  async function choose(next: Way | null) {
    failure.value = null
    waiting.value = false
    way.value = next
    try {
      if (next?.kind === 'camera') await camera.open(next.id, automatic.value)
      else await camera.close()
    } catch (thrown) {
      if (way.value === next) failure.value = failureOf(thrown)
    }
  }

  const nextWay = () => choose(wayAfter(ways.value, way.value?.id ?? '', paper()) ?? null)
  const paper = (): Paper => way.value?.paper ?? 'flatbed'

  /** Shows what changed; the page that came, or changed in its place, is the one at hand. */
  function take_in(next: PagesChanged, place?: number) {
    changed(next)
    const mine = next.pages.filter((page) => page.material === papers.material.value)
    papers.page.value = (mine[place ?? mine.length - 1] ?? mine.at(-1))?.page ?? ''
  }

  async function run(what: 'taking' | 'scanning', work: () => Promise<void>) {
    if (working.value !== '') return
    working.value = what
    failure.value = null
    try {
      await work()
    } catch (thrown) {
      failure.value = failureOf(thrown)
    } finally {
      working.value = ''
    }
  }

  /** A picture from the camera, onto a page's place or behind the others; only a camera can. */
  const take = (onto: Onto, fetched = false) =>
    run('taking', async () => {
      if (!isCamera.value) return
      camera.missed.value = null
      const place = onto.onto === 'end' ? undefined : placeOf(onto.page)
      const next = await takePicture(draft, papers.material.value, onto, fetched)
      const added = next.pages.length - pages.value.length
      take_in(next, place)
      offerBack(next, added > 0 ? t('capture.taken', { count: added }) : t('capture.changed'))
    })

  /** The next page that was taken by itself, until there is none. */
  async function collect() {
    waiting.value = false
    await take({ onto: 'end' }, true)
    if (failure.value?.reason.code === 'camera.nothing_taken') failure.value = null
    else if (!failure.value) waiting.value = true
  }

  /** Pages from a scanner or the folder; those that came before a fault stay. */
  const scan = () =>
    run('scanning', async () => {
      came.value = 0
      const [into, before] = [papers.material.value, pages.value.length]
      const next = await scanPages(draft, into, way.value?.id ?? null, paper())
      take_in(next)
      const only = came.value === 1 ? papers.page.value : ''
      // A saved picture may have several sheets: they go together.
      if (only && next.undo)
        offerBack(next, t('capture.taken', { count: next.pages.length - before }))
      else if (only)
        desk.offerUndo(t('capture.taken', { count: 1 }), async () =>
          take_in(await removePage(draft, only)),
        )
    })

  /** One page from a scanner or the folder in the place of another one. */
  const again = (page: string) =>
    run('scanning', async () => {
      came.value = 0
      const place = placeOf(page)
      const next = await scanAgain(draft, page, way.value?.id ?? null, paper())
      take_in(next, place)
      offerBack(next, t('capture.changed'))
    })

  /** The page at hand is taken again in its place, from wherever pages come. */
  const retake = (page: string) => (isCamera.value ? take({ onto: 'instead', page }) : again(page))

  const shape = (corners: Corners | null) =>
    run('taking', async () => {
      const at = shaping.value
      if (!at) return
      const place = placeOf(at.page)
      const next = await shapePage(draft, at.page, at.at, corners)
      take_in(next, place)
      shaping.value = null
      offerBack(next, t('capture.changed'))
    })

  async function beginShaping() {
    const page = papers.chosen.value?.page
    if (!page) return
    await run('taking', async () => {
      const made = await getShape(page)
      // The back of a card is put right when it was the last to come.
      const at = made.sides.length - 1
      const side = made.sides[at]
      if (side) shaping.value = { page, at, side }
    })
  }

  /** Ctrl Z takes the last thing back: new pages go, a changed one is as it was. */
  function offerBack(next: PagesChanged, words: string) {
    const token = next.undo
    if (token) desk.offerUndo(words, async () => take_in(await restorePage(draft, token)))
  }

  const placeOf = (page: string) =>
    pages.value
      .filter((held) => held.material === papers.material.value)
      .findIndex((held) => held.page === page)

  // One thing at a time: it is fetched when the hand is free, and the corners are put right.
  watch([waiting, working, shaping], () => {
    if (waiting.value && working.value === '' && !shaping.value) void collect()
  })
  watch(automatic, (on) => {
    if (camera.opened.value) void setAutomatic(on).catch(() => undefined)
  })
  const listening = [
    onDevices(() => void reload()),
    onPages((told) => {
      if (told.draft !== draft) return
      came.value += 1
      take_in(told.changed)
    }),
  ]
  void reload()
  onScopeDispose(() => {
    // Whoever leaves the panel leaves nothing at work.
    if (working.value === 'scanning') void cancelScan()
    listening.forEach((one) => void one.then((end) => end()))
  })

  return {
    sources,
    way,
    automatic,
    working,
    failure,
    came,
    shaping,
    camera,
    isCamera,
    paper,
    choose,
    nextWay,
    take,
    retake,
    scan,
    stop: cancelScan,
    shape,
    beginShaping,
  }
}
