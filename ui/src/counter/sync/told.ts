import type { LaneState } from '@/api/generated/LaneState'
import type { Reason } from '@/api/generated/Reason'
import type { SyncLane } from '@/api/generated/SyncLane'
import type { SyncView } from '@/api/generated/SyncView'
import type { Tone } from '@/form/checks'

/** The states, the one that matters most first. */
const GRAVITY: LaneState['state'][] = ['stopped', 'no_line', 'paused', 'waiting', 'busy', 'idle']

/** How everything stands, in a word: what leads the page. */
export type Whole = LaneState['state'] | 'unknown'

/** What is left decides; where nothing is left, whether news could come. */
export function whole(view: SyncView): Whole {
  const up = [view.commands, view.pages]
  const states = up.map((lane) => lane.state.state)
  const worst = GRAVITY.find((state) => states.includes(state)) ?? 'idle'
  if (worst !== 'idle') return worst
  const facts = view.facts.state.state
  if (facts === 'stopped') return 'stopped'
  return view.line.up ? 'idle' : 'unknown'
}

/** With everything sent: whether a person should look at something below. */
export function idle(view: SyncView): 'idle' | 'look' | 'rest' {
  const lost = view.awaiting_pages.items.some(
    ({ state }) => state.state === 'pages' && state.lost > 0,
  )
  if (view.refused.total > 0 || lost) return 'look'
  const waits = view.awaiting_pages.total + view.held.total + view.waiting.total
  return waits > 0 ? 'rest' : 'idle'
}

/** Why, as the lane that leads says. */
export function cause(view: SyncView): Reason | null {
  const leads = whole(view)
  const lanes = [view.commands, view.pages, view.facts]
  const lane = lanes.find(({ state }) => state.state === leads)
  return lane ? reasonOf(lane) : null
}

export const reasonOf = ({ state }: SyncLane): Reason | null =>
  'reason' in state ? state.reason : null

/** Green when all is sent, red where a person has to act; waiting is nothing bad. */
export const toneOf = (state: Whole): Tone =>
  state === 'idle' ? 'good' : state === 'stopped' ? 'bad' : 'note'

/** When a lane goes on by itself. */
export function goesOnAt({ state }: SyncLane): string | null {
  if (state.state === 'paused') return state.until
  return 'next_try' in state ? state.next_try : null
}

/** Whole seconds until then; 0 once it is due. */
export function secondsUntil(iso: string, now: number): number {
  return Math.max(0, Math.ceil((Date.parse(iso) - now) / 1000))
}

/** A length of time as people say it, rounded up: they should not wait in vain. */
export type Length = { unit: 'seconds' | 'minutes' | 'hours'; count: number }

export function length(seconds: number): Length {
  if (seconds < 60) return { unit: 'seconds', count: Math.max(1, seconds) }
  const minutes = Math.ceil(seconds / 60)
  if (minutes < 90) return { unit: 'minutes', count: minutes }
  return { unit: 'hours', count: Math.ceil(minutes / 60) }
}

/** An estimate is no clock: coarse, so that it does not jump about. */
export function estimate(seconds: number): Length {
  return seconds < 60 ? { unit: 'minutes', count: 1 } : length(seconds)
}

/** How many of a list are not shown. */
export const more = (shown: number, total: number): number => Math.max(0, total - shown)

/** How long until the page asks again: while something moves, a gentle tick. */
export function pauseMs(view: SyncView | null): number {
  const lanes = view ? [view.commands, view.pages, view.facts] : []
  return lanes.some(({ state }) => state.state === 'busy') ? 1_000 : 3_000
}
