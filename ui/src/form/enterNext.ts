/** Whatever takes an answer carries this attribute, with the field's id. */
const ENTRY = '[data-entry]'

/** Enter belongs to the input method while a word is being composed. */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === 229
}

/** Moves to the entry after the one that holds the focus; false when there is none. */
export function focusNext(form: HTMLElement, from: EventTarget | null): boolean {
  const entries = [...form.querySelectorAll<HTMLElement>(ENTRY)]
  const at = entries.findIndex((entry) => entry === from || entry.contains(from as Node | null))
  const next = entries[at + 1]
  if (at < 0 || !next) return false
  focusEntry(next)
  return true
}

/** Puts the hand into the entry of this field; false when it is not drawn. */
export function focusField(form: HTMLElement, id: string): boolean {
  const entry = form.querySelector<HTMLElement>(`[data-entry="${CSS.escape(id)}"]`)
  if (!entry) return false
  focusEntry(entry)
  return true
}

function focusEntry(entry: HTMLElement): void {
  entry.focus()
  entry.scrollIntoView({ block: 'nearest' })
  if (entry instanceof HTMLInputElement) entry.select()
}
