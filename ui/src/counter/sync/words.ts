import { useI18n } from 'vue-i18n'

import type { SyncLane } from '@/api/generated/SyncLane'
import { moment } from '@/times'
import { useWords } from '@/words'

import { estimate, goesOnAt, length, reasonOf, secondsUntil } from './told'

/** Sentences about a lane: why it does not get on, when it goes on, how long it takes. */
export function useSyncWords() {
  const { t } = useI18n()
  const words = useWords()

  /** What is the matter, without what to do: `连不上市中心`. */
  function why(lane: SyncLane): string {
    const reason = reasonOf(lane)
    return reason ? (words.reason(reason).split(/[。.;；]/, 1)[0] ?? '') : ''
  }

  function inFull(lane: SyncLane): string {
    const reason = reasonOf(lane)
    return reason ? words.reason(reason) : ''
  }

  /** The next try, counted down. */
  function next(lane: SyncLane, now: number): string {
    const at = goesOnAt(lane)
    if (!at) return ''
    const seconds = secondsUntil(at, now)
    if (lane.state.state === 'paused') return t('sync.goes_on', { time: moment(at) })
    if (seconds === 0) return t('sync.next_now')
    const { unit, count } = length(seconds)
    return t(`sync.next_in_${unit}`, { count })
  }

  function howLong(seconds: number): string {
    const { unit, count } = estimate(seconds)
    return t(`sync.takes_${unit}`, { count })
  }

  return { why, inFull, next, howLong }
}
