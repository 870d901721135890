import { onScopeDispose } from 'vue'

import { isComposing } from '@/form/enterNext'

/** What a key does; `false` passes it on to whoever listens below. */
export type Act = (event: KeyboardEvent) => boolean | void
export type Keys = Record<string, Act>

const listening: Keys[] = []

/** `Ctrl+Z`, `Alt+1`, `F6`, `Escape`, `a`: as it is looked up. */
export function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key
  return [event.ctrlKey && 'Ctrl', event.altKey && 'Alt', key].filter(Boolean).join('+')
}

/** Text, and what chooses by characters of its own. */
const WRITING = 'input:not([type="checkbox"]), textarea, [data-takes-keys]'

/** Whether the hand is writing: single characters belong to the text then. */
export function isWriting(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement | null
  return target?.closest?.(WRITING) != null
}

/** A box is ticked by Space, and by nothing else. */
function isTicking(event: KeyboardEvent): boolean {
  return event.key === ' ' && (event.target as HTMLInputElement | null)?.type === 'checkbox'
}

/** Asks the newest listener first. Plain characters are not asked while somebody writes. */
export function onKeydown(event: KeyboardEvent): void {
  if (isComposing(event) || event.defaultPrevented) return
  const name = nameOf(event)
  if (name.length === 1 && (isWriting(event) || isTicking(event))) return
  for (const keys of [...listening].reverse()) {
    const act = keys[name]
    if (!act || act(event) === false) continue
    event.preventDefault()
    return
  }
  // A reload would throw the hand out of the field.
  if (name === 'F5' || name === 'Ctrl+r') event.preventDefault()
}

/** Listens while the component lives. */
export function useKeys(keys: Keys): void {
  listening.push(keys)
  onScopeDispose(() => listening.splice(listening.indexOf(keys), 1))
}

/** ↑ and ↓ between the rows of a list; false when there is nowhere to go. */
export function moveBetween(list: HTMLElement | undefined, step: number): boolean {
  const rows = [...(list?.querySelectorAll<HTMLElement>('[data-row]') ?? [])]
  if (rows.length === 0) return false
  const at = rows.findIndex((row) => row === document.activeElement)
  const next = at < 0 ? (step > 0 ? 0 : rows.length - 1) : at + step
  rows[Math.min(Math.max(next, 0), rows.length - 1)]?.focus()
  return true
}
