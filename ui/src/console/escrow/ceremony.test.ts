import { describe, expect, it } from 'vitest'

import { useHands, wrongWith, type Hand } from './ceremony'

const hand = (login: string, passphrase: string): Hand => ({
  login,
  password: `${login} logs in`,
  passphrase,
  again: passphrase,
})

describe('an officer at the making of a key', () => {
  it('needs a passphrase that is long, typed twice, and not the log-in password', () => {
    expect(wrongWith(hand('a', 'short'), [])).toBe('short')
    expect(wrongWith({ ...hand('a', 'long enough 1'), again: 'long enough' }, [])).toBe('differs')
    expect(wrongWith({ ...hand('a', 'a very long one'), password: 'a very long one' }, [])).toBe(
      'is_password',
    )
    expect(wrongWith(hand('a', 'long enough 1'), [])).toBeNull()
  })

  it('is another person with another passphrase than those before', () => {
    const first = hand('a', 'long enough 1')
    expect(wrongWith(hand('a', 'long enough 2'), [first])).toBe('same_officer')
    expect(wrongWith(hand('b', 'long enough 1'), [first])).toBe('same_passphrase')
    expect(wrongWith(hand('b', 'long enough 2'), [first])).toBeNull()
  })

  it('leaves nothing on the page', () => {
    const { hands, complete, wipe } = useHands()
    expect(complete.value).toBe(false)
    hands.forEach((one, at) => Object.assign(one, hand(`o${at}`, `long enough ${at}`)))
    expect(complete.value).toBe(true)
    wipe()
    expect(hands.every((one) => one.passphrase === '' && one.password === '')).toBe(true)
  })
})
