import { computed, reactive } from 'vue'

/** Shortest passphrase, in characters; the centre checks it too. */
export const PASSPHRASE_MIN = 10

/** What one officer types. */
export interface Hand {
  login: string
  password: string
  passphrase: string
  again: string
}

const emptyHand = (): Hand => ({ login: '', password: '', passphrase: '', again: '' })

/** What is still wrong with a hand, as the last part of a locale key; null when nothing is. */
export function wrongWith(hand: Hand, others: Hand[]): string | null {
  if (hand.login.trim() === '' || hand.password === '') return 'empty'
  if (others.some((other) => other.login.trim() === hand.login.trim())) return 'same_officer'
  if ([...hand.passphrase].length < PASSPHRASE_MIN) return 'short'
  if (hand.passphrase === hand.password) return 'is_password'
  if (others.some((other) => other.passphrase === hand.passphrase)) return 'same_passphrase'
  return hand.again === hand.passphrase ? null : 'differs'
}

/** Three hands, one after another. */
export function useHands() {
  const hands = reactive([emptyHand(), emptyHand(), emptyHand()])
  const wrong = computed(() =>
    hands.map((hand, at) => wrongWith(hand, hands.slice(0, at) as Hand[])),
  )
  const complete = computed(() => wrong.value.every((what) => what === null))

  function wipe(): void {
    for (const hand of hands) Object.assign(hand, emptyHand())
  }

  return { hands, wrong, complete, wipe }
}
