import { shallowRef } from 'vue'

/** One line on what was just done, for a few seconds. It takes no place and no focus. */
export const said = shallowRef<string | null>(null)

const SHOWN_MS = 5_000
let timer: ReturnType<typeof setTimeout> | undefined

/** Takes the line away: the next to log in does not read what the last one did. */
export function unsay(): void {
  clearTimeout(timer)
  said.value = null
}

export function say(words: string): void {
  clearTimeout(timer)
  said.value = words
  timer = setTimeout(() => (said.value = null), SHOWN_MS)
}
