import { computed, onScopeDispose, ref, type Ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { getShape, setAutomatic, shapePage, takePicture } from '@/api/capture'
import { listSources, lookForDevices, onDevices } from '@/api/devices'
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
  scanInto,
  scanPages,
} from '@/api/pages'

import { useDesk } from '../desk'
import type { usePapers } from '../draft/papers'
import { useCamera } from './camera'
import type { Corners } from './corners'
import { type Way, wayAfter, waysOf } from './ways'

/** What a device that is not where it was fails with: it is looked for. */
const GONE = ['scan.no_scanner', 'scan.no_camera', 'scan.unplugged']
/** Nothing that was taken by itself waits any more. */
const NONE_WAITS = ['camera.nothing_taken', 'camera.closed']

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
  /** The materials that were shown when they were taken, the first one's first. */
  const takenFor: string[] = []
  const camera = useCamera(onTaken, fetchRest)
  const ways = computed(() => waysOf(sources.value))
  const isCamera = computed(() => way.value?.kind === 'camera')
  const isFolder = computed(() => way.value?.kind === 'folder')
  /** The work at hand; it never fails. */
  let hand = Promise.resolve()
  /** It was said that leaving the camera leaves pages behind. */
  let warned = false

  async function reload() {
    sources.value = await listSources().catch(() => sources.value)
    if (!way.value || !ways.value.some((one) => one.id === way.value?.id))
      await choose(ways.value[0] ?? null)
  }

  async function choose(next: Way | null) {
    if (working.value === 'scanning' || !(await fetchAll())) return
    failure.value = null
    waiting.value = false
    takenFor.length = 0
    way.value = next
    try {
      if (next?.kind === 'camera') await camera.open(next.id, automatic.value)
      else await camera.close()
    } catch (thrown) {
      if (way.value === next) fail(thrown)
    }
  }

  /** What is not where it was is looked for in the background; what is found is told. */
  function fail(thrown: unknown) {
    failure.value = failureOf(thrown)
    if (GONE.includes(failure.value.reason.code)) look()
  }

  const look = () => void lookForDevices().catch(() => undefined)

  const nextWay = () => choose(wayAfter(ways.value, way.value?.id ?? '', paper()) ?? null)
  const paper = (): Paper => way.value?.paper ?? 'flatbed'

  /** Shows what changed; the page that came, or changed in its place, is the one at hand. */
  function take_in(next: PagesChanged, place?: number) {
    changed(next)
    const mine = next.pages.filter((page) => page.material === papers.material.value)
    papers.page.value = (mine[place ?? mine.length - 1] ?? mine.at(-1))?.page ?? ''
  }

  function run(what: 'taking' | 'scanning', work: () => Promise<void>): Promise<void> {
    if (working.value !== '') return Promise.resolve()
    working.value = what
    failure.value = null
    hand = work()
      .catch(fail)
      .finally(() => (working.value = ''))
    return hand
  }

  /**
   * A picture from the camera, onto a page's place or behind the others; only a camera can. `into` is
   * the material of a page that was taken by itself, and is fetched.
   */
  const take = (onto: Onto, into?: string) =>
    run('taking', async () => {
      if (!isCamera.value) return
      camera.missed.value = null
      const place = onto.onto === 'end' ? undefined : placeOf(onto.page)
      const material = into ?? papers.material.value
      const next = await takePicture(draft, material, onto, into !== undefined)
      const added = next.pages.length - pages.value.length
      take_in(next, place)
      offerBack(next, added > 0 ? t('capture.taken', { count: added }) : t('capture.changed'))
    })

  function onTaken() {
    takenFor.push(papers.material.value)
    waiting.value = true
  }

  /** The next page that was taken by itself, until there is none. */
  async function collect() {
    if (working.value !== '') return
    waiting.value = false
    const known = takenFor.length
    await take({ onto: 'end' }, takenFor[0] ?? papers.material.value)
    if (!failure.value) {
      takenFor.shift()
      waiting.value = true
    } else if (NONE_WAITS.includes(failure.value.reason.code)) {
      failure.value = null
      takenFor.splice(0, known)
    }
  }

  /**
   * Fetches what was taken by itself, before the camera is left. False when some of it cannot be
   * kept: that is said, and whoever leaves once more leaves it.
   */
  async function fetchAll(): Promise<boolean> {
    if (camera.opened.value === '') return true
    do {
      await hand
      await collect()
    } while (waiting.value)
    warned = failure.value !== null && !warned
    return !warned
  }

  /** The form was left at once: what was taken for it is its page all the same. */
  async function fetchRest() {
    for (;;)
      await takePicture(draft, takenFor.shift() ?? papers.material.value, { onto: 'end' }, true)
  }

  /** Pages from a scanner or the folder; those that came before a fault stay. */
  const scan = () =>
    run('scanning', async () => {
      came.value = 0
      const watched = isFolder.value
      try {
        const next = await scanPages(draft, papers.material.value, way.value?.id ?? null, paper())
        // A saved picture was shown, and can be taken back, since it came.
        if (watched) return
        take_in(next)
      } catch (thrown) {
        // A folder is watched until it is stopped, with a picture or without.
        if (watched && failureOf(thrown).reason.code === 'scan.cancelled') return
        throw thrown
      }
      if (came.value === 1) offerRemoval(papers.page.value)
    })

  /** What another program saved came: the sheets of one picture go together. */
  function offerSaved(next: PagesChanged, before: { page: string }[]) {
    const added = next.pages.filter((page) => !before.some((held) => held.page === page.page))
    if (next.undo) offerBack(next, t('capture.taken', { count: added.length }))
    else if (added[0]) offerRemoval(added[0].page)
  }

  const offerRemoval = (page: string) =>
    desk.offerUndo(t('capture.taken', { count: 1 }), async () =>
      take_in(await removePage(draft, page)),
    )

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
  // A saved picture is of the material that is shown when it comes.
  watch(papers.material, (into) => {
    if (working.value === 'scanning' && isFolder.value) void scanInto(into).catch(() => undefined)
  })
  watch(automatic, (on) => {
    if (camera.opened.value) void setAutomatic(on).catch(() => undefined)
  })
  const listening = [
    onDevices(() => void reload()),
    onPages((told) => {
      if (told.draft !== draft) return
      came.value += 1
      const before = pages.value
      take_in(told.changed)
      if (isFolder.value) offerSaved(told.changed, before)
    }),
  ]
  void reload().then(() => {
    if (ways.value.length === 0) look()
  })
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
    fetchAll,
    take,
    retake,
    scan,
    stop: cancelScan,
    shape,
    beginShaping,
  }
}
