import { describe, expect, it } from 'vitest'

import type { LaneState } from '@/api/generated/LaneState'
import type { SyncItem } from '@/api/generated/SyncItem'
import type { SyncLane } from '@/api/generated/SyncLane'
import type { SyncView } from '@/api/generated/SyncView'
import { messagesOf } from '@/i18n'

import {
  cause,
  estimate,
  goesOnAt,
  idle as below,
  length,
  more,
  pauseMs,
  secondsUntil,
  toneOf,
  whole,
} from './told'

const LATER = '2026-11-28T02:00:30Z'
const cut = { code: 'line.cut', with: {} }
const noLine: LaneState = { state: 'no_line', reason: cut, next_try: LATER }
const paused: LaneState = { state: 'paused', reason: null, until: LATER }
const busy: LaneState = { state: 'busy' }
const idle: LaneState = { state: 'idle' }
const parted: LaneState = { state: 'stopped', reason: { code: 'log.conflict', with: {} } }

function lane(state: LaneState): SyncLane {
  const left = state.state === 'idle' ? 0 : 3
  return { state, left, left_bytes: null, part_done: null, left_s: null, last_success: null }
}

function view(commands: LaneState, pages: LaneState, facts: LaneState, up = true): SyncView {
  const none = { items: [], total: 0, uncounted: false }
  return {
    line: { up, reason: cut, last_contact: null, next_try: null, clock_off_s: null },
    commands: lane(commands),
    pages: lane(pages),
    facts: lane(facts),
    waiting: none,
    awaiting_pages: none,
    held: none,
    refused: none,
    conflicts: [],
    conflicts_total: 0,
    ferry: false,
    new_catalogue: false,
    drafts: 0,
  }
}

describe('how everything stands', () => {
  it('is what the lane with the most trouble says', () => {
    expect(whole(view(idle, idle, idle))).toBe('idle')
    expect(whole(view(busy, idle, busy))).toBe('busy')
    expect(whole(view(busy, paused, idle))).toBe('paused')
    expect(whole(view(noLine, paused, noLine, false))).toBe('no_line')
    expect(whole(view(parted, noLine, noLine, false))).toBe('stopped')
  })

  it('is no trouble while news is on the way or the line is down with nothing left', () => {
    expect(whole(view(idle, idle, busy))).toBe('idle')
    expect(whole(view(idle, idle, noLine, false))).toBe('unknown')
    expect(whole(view(idle, idle, parted, false))).toBe('stopped')
  })

  it('sends nobody to look where there is nothing to do', () => {
    const sent = view(idle, idle, idle)
    const one = { items: [], total: 1, uncounted: false }
    const item = { state: { state: 'pages', all: 2, stored: 1, lost: 1, elsewhere: 0 } }
    const lost = { ...one, items: [item as SyncItem] }
    expect(below(sent)).toBe('idle')
    expect(below({ ...sent, held: one })).toBe('rest')
    expect(below({ ...sent, awaiting_pages: one })).toBe('rest')
    expect(below({ ...sent, refused: one, held: one })).toBe('look')
    expect(below({ ...sent, awaiting_pages: lost })).toBe('look')
  })

  it('alarms only where a person has to act', () => {
    const states = ['idle', 'unknown', 'busy', 'waiting', 'paused', 'no_line', 'stopped'] as const
    expect(states.map(toneOf)).toEqual(['good', 'note', 'note', 'note', 'note', 'note', 'bad'])
  })

  it('names the cause of the lane that leads', () => {
    expect(cause(view(noLine, idle, noLine, false))?.code).toBe('line.cut')
    expect(cause(view(parted, noLine, noLine, false))?.code).toBe('log.conflict')
    expect(cause(view(paused, idle, idle))).toBeNull()
    expect(cause(view(idle, idle, idle))).toBeNull()
  })
})

describe('times', () => {
  it('are told from where the lane goes on', () => {
    expect(goesOnAt(lane(noLine))).toBe(LATER)
    expect(goesOnAt(lane(paused))).toBe(LATER)
    expect(goesOnAt(lane(busy))).toBeNull()
    expect(secondsUntil(LATER, Date.parse('2026-11-28T02:00:18.400Z'))).toBe(12)
    expect(secondsUntil(LATER, Date.parse('2026-11-28T02:01:00Z'))).toBe(0)
  })

  it('are rounded up', () => {
    expect([0, 59, 60, 61, 5399, 5401].map(length)).toEqual([
      { unit: 'seconds', count: 1 },
      { unit: 'seconds', count: 59 },
      { unit: 'minutes', count: 1 },
      { unit: 'minutes', count: 2 },
      { unit: 'hours', count: 2 },
      { unit: 'hours', count: 2 },
    ])
    expect(length(5340)).toEqual({ unit: 'minutes', count: 89 })
    expect(estimate(7)).toEqual({ unit: 'minutes', count: 1 })
    expect(estimate(200)).toEqual({ unit: 'minutes', count: 4 })
  })
})

describe('the list and its tick', () => {
  it('says how many more there are', () => {
    expect(more(50, 10_000)).toBe(9_950)
    expect(more(3, 3)).toBe(0)
  })

  it('ticks faster while something moves', () => {
    expect(pauseMs(view(busy, idle, idle))).toBe(1_000)
    expect(pauseMs(view(noLine, idle, idle))).toBe(3_000)
    expect(pauseMs(null)).toBe(3_000)
  })
})

describe('words', () => {
  it('are there for every state of a lane, an item and the whole', () => {
    const { sync } = messagesOf('zh-CN') as { sync: Record<string, Record<string, string>> }
    const lanes = ['idle', 'busy', 'no_line', 'waiting', 'paused', 'stopped']
    expect(Object.keys(sync.state ?? {}).sort()).toEqual([...lanes].sort())
    expect(Object.keys(sync.whole ?? {})).toEqual(expect.arrayContaining([...lanes, 'unknown']))
    const items = ['waiting', 'sent', 'pages', 'held', 'refused']
    expect(Object.keys(sync.item ?? {})).toEqual(expect.arrayContaining(items))
    const groups = ['waiting', 'awaiting_pages', 'held', 'refused', 'conflicts']
    expect(Object.keys(sync.list ?? {}).sort()).toEqual([...groups].sort())
    expect(Object.keys(sync.about ?? {}).sort()).toEqual([...groups].sort())
    const calm = ['idle', 'look', 'rest', 'unknown', 'busy', 'no_line', 'waiting', 'paused']
    expect(Object.keys(sync.after ?? {}).sort()).toEqual([...calm].sort())
    for (const lane of ['commands', 'pages', 'facts'])
      for (const what of ['left', 'none', 'last']) expect(sync).toHaveProperty(`${what}_${lane}`)
    for (const key of ['next_in_seconds', 'next_in_minutes', 'next_in_hours'])
      expect(sync).toHaveProperty(key)
    for (const key of ['takes_minutes', 'takes_hours']) expect(sync).toHaveProperty(key)
  })
})
