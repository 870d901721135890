import { computed, ref, shallowRef, watch } from 'vue'
import { useI18n } from 'vue-i18n'

import { settle } from '@/api/console/held'

import { useProblem } from '../problem'
import { say } from '../said'
import { held, refresh } from '../work'
import { settlementOf, waysOf, type Settling, type Way } from './settlement'

/** One held command and the word that settles it; `settled` is called when it was taken. */
export function useSettle(command: string, settled: () => void) {
  const { t } = useI18n()
  const { wordsOf } = useProblem()

  const said = ref<Settling>({ way: null, person: null, reason: '' })
  const busy = ref(false)
  const problem = ref('')

  const found = computed(() => held.value?.find((line) => line.command === command))
  /** Stays on screen when the list loses it. */
  const line = shallowRef(found.value)
  watch(found, (now) => now && (line.value = now))

  const ways = computed(() => waysOf(line.value))
  const settlement = computed(() => settlementOf(said.value))

  function choose(way: Way, person: string | null): void {
    said.value = { ...said.value, way, person }
  }

  async function confirm(): Promise<void> {
    const how = settlement.value
    if (!how || busy.value) return
    busy.value = true
    problem.value = ''
    try {
      await settle(command, how)
      say(t(`console.held.done_${how.settlement}`, { name: line.value?.filing?.name ?? '' }))
      settled()
    } catch (thrown) {
      problem.value = wordsOf(thrown)
    } finally {
      busy.value = false
      void refresh()
    }
  }

  return { line, ways, said, settlement, busy, problem, choose, confirm }
}
