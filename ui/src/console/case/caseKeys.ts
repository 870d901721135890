import type { Ref } from 'vue'

import type { Keys } from '../keys'
import { stepPick, type Choice } from './decision'
import { FITTED, rotate, turnTo, zoomBy, type View } from './viewer'

/** What the keys of a case act on. */
export interface Desk {
  view: Ref<View>
  count: number
  choice: Choice | null
  /** What can be picked in a return, from top to bottom. */
  rows: string[]
  picked: string | null | undefined
  start(choice: Choice): void
  pick(id: string | null): void
  cancel(): void
  confirm(): void
  skip(): void
  leave(): void
  help(): void
}

/** The pages can be turned at any time; letters decide only while nothing is being said. */
export function keysOf(desk: Desk): Keys {
  const { view, count } = desk
  const turn = (by: number) => () => (view.value = turnTo(view.value, view.value.at + by, count))
  const zoom = (by: 1 | -1) => () => (view.value = zoomBy(view.value, by))
  const pages: Keys = {
    ArrowLeft: turn(-1),
    ArrowRight: turn(1),
    k: turn(-1),
    j: turn(1),
    '+': zoom(1),
    '=': zoom(1),
    '-': zoom(-1),
    0: () => (view.value = { ...FITTED, at: view.value.at }),
    r: () => (view.value = rotate(view.value)),
    '?': () => desk.help(),
  }
  return { ...pages, ...(desk.choice === null ? deciding(desk) : saying(desk)) }
}

function deciding(desk: Desk): Keys {
  return {
    a: () => desk.start('approve'),
    b: () => desk.start('return'),
    x: () => desk.start('refuse'),
    n: () => desk.skip(),
    i: () => desk.leave(),
    Escape: () => desk.leave(),
  }
}

function saying(desk: Desk): Keys {
  const keys: Keys = { Escape: () => desk.cancel(), 'ctrl+Enter': () => desk.confirm() }
  if (desk.choice !== 'return') return keys
  const step = (by: 1 | -1) => () => desk.pick(stepPick(desk.rows, desk.picked, by))
  return { ...keys, ArrowDown: step(1), ArrowUp: step(-1), Enter: toReason }
}

/** The pick is made: the hand goes to the reason. */
export function toReason(): void {
  document.querySelector<HTMLElement>('[data-test="return-reason"]')?.focus()
}
