import { onScopeDispose } from 'vue'

/** A keyboard map: `a`, `Enter`, `Escape`, `ctrl+Enter`, `?` … to what it does. */
export type Keys = Record<string, () => void>

/** The name of a key press in a `Keys` map; letters are lower case, whatever Caps Lock says. */
export function nameOf(press: KeyboardEvent): string {
  const key = press.key.length === 1 ? press.key.toLowerCase() : press.key
  return press.ctrlKey || press.metaKey ? `ctrl+${key}` : key
}

/** Whether the press belongs to what has the focus: text being typed, a button being pressed. */
export function isTaken(press: KeyboardEvent): boolean {
  if (press.isComposing || press.altKey || press.defaultPrevented) return true
  const target = press.target
  if (!(target instanceof HTMLElement)) return false
  if (press.key === 'Escape' || press.ctrlKey || press.metaKey) return false
  if (target.matches('input, textarea, select, [contenteditable]')) return true
  return (press.key === 'Enter' || press.key === ' ') && target.matches('button, a[href], summary')
}

/** Who hears the keys: the last that asked, so that a sheet on top takes them all. */
const listeners: (() => Keys)[] = []

function hear(press: KeyboardEvent): void {
  if (isTaken(press)) return
  const act = listeners.at(-1)?.()[nameOf(press)]
  if (!act) return
  press.preventDefault()
  act()
}

/** Listens while the component lives; `keys` is asked at each press. */
export function useKeys(keys: () => Keys): void {
  if (listeners.length === 0) document.addEventListener('keydown', hear)
  listeners.push(keys)
  onScopeDispose(() => {
    listeners.splice(listeners.indexOf(keys), 1)
    if (listeners.length === 0) document.removeEventListener('keydown', hear)
  })
}
