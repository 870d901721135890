import { ref } from 'vue'

/** The page on which somebody of another station is let in stands before the door. */
export const substituting = ref(false)

/** Digits of a code; Rust says which group of them is wrong. */
export const CODE_DIGITS = 25

/** The digits of what was typed, in the groups in which they are read out. */
export function grouped(typed: string): string {
  const digits = typed.replace(/\D/g, '').slice(0, CODE_DIGITS)
  return digits.match(/.{1,5}/g)?.join(' ') ?? ''
}
