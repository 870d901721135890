import { computed, ref, shallowRef, watch } from 'vue'
import { useRoute, useRouter } from 'vue-router'

import { getFleet, type FleetPage, type FleetWish } from '@/api/console/fleet'

import { useInterval } from '../interval'
import { useProblem } from '../problem'

const REFRESH_MS = 30_000
const PARTS = ['area', 'trouble', 'troubled', 'search', 'offset'] as const

/** The stations that the page's address asks for: a link or the way back brings the same list. */
export function useFleet() {
  const route = useRoute()
  const router = useRouter()
  const { wordsOf } = useProblem()
  const page = shallowRef<FleetPage | null>(null)
  const problem = ref('')
  let asked = 0

  const wish = computed<FleetWish>(() => {
    const given = PARTS.map((part) => [part, String(route.query[part] ?? '')])
    return Object.fromEntries(given.filter(([, value]) => value))
  })

  /** Asks for others; the first page of them, unless a page is asked for. */
  const ask = (change: FleetWish): void => {
    const next = { ...wish.value, offset: undefined, ...change }
    const given = Object.entries(next).filter(([, value]) => value)
    void router.replace({ path: '/stations', query: Object.fromEntries(given) })
  }

  /** Only the last question's answer is shown. */
  async function read(): Promise<void> {
    const mine = ++asked
    try {
      const found = await getFleet(wish.value)
      if (mine !== asked) return
      const offset = Number(wish.value.offset ?? 0)
      if (found.rows.length === 0 && offset > 0) {
        // The list has become shorter than where its reader stood: back to what there is.
        const before = Math.max(offset - found.page, 0)
        ask({ offset: before > 0 ? String(before) : undefined })
        return
      }
      page.value = found
      problem.value = ''
    } catch (thrown) {
      if (mine === asked) problem.value = wordsOf(thrown)
    }
  }

  watch(wish, (now, before) => {
    if (route.path === '/stations' && JSON.stringify(now) !== JSON.stringify(before)) void read()
  })
  useInterval(() => {
    if (!document.hidden) void read()
  }, REFRESH_MS)
  void read()

  return { page, problem, wish, ask, read }
}
