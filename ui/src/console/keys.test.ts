import { effectScope } from 'vue'
import { afterEach, describe, expect, it, vi } from 'vitest'

import { nameOf, useKeys } from './keys'

const press = (key: string, on: EventTarget = document.body, more: KeyboardEventInit = {}) => {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
  on.dispatchEvent(event)
  return event
}

const added = (tag: string) => document.body.appendChild(document.createElement(tag))

describe('keys', () => {
  afterEach(() => document.body.replaceChildren())

  it('have one name whatever Caps Lock says', () => {
    expect(nameOf(new KeyboardEvent('keydown', { key: 'A' }))).toBe('a')
    expect(nameOf(new KeyboardEvent('keydown', { key: 'Enter', ctrlKey: true }))).toBe('ctrl+Enter')
  })

  it('are not taken from text that is being typed, but Escape and Ctrl+Enter are', () => {
    const scope = effectScope()
    const [a, escape, confirm] = [vi.fn(), vi.fn(), vi.fn()]
    scope.run(() => useKeys(() => ({ a, Escape: escape, 'ctrl+Enter': confirm })))
    const box = added('textarea')
    press('a', box)
    press('Escape', box)
    press('Enter', box, { ctrlKey: true })
    expect([a, escape, confirm].map((heard) => heard.mock.calls.length)).toEqual([0, 1, 1])
    press('a')
    expect(a).toHaveBeenCalledOnce()
    scope.stop()
  })

  it('leave Enter to a button that has the focus', () => {
    const scope = effectScope()
    const confirm = vi.fn()
    scope.run(() => useKeys(() => ({ Enter: confirm })))
    press('Enter', added('button'))
    expect(confirm).not.toHaveBeenCalled()
    scope.stop()
  })

  it('go to what lies on top, and back when it closes', () => {
    const [page, sheet] = [effectScope(), effectScope()]
    const [below, above] = [vi.fn(), vi.fn()]
    page.run(() => useKeys(() => ({ a: below })))
    sheet.run(() => useKeys(() => ({ Escape: above })))
    press('a')
    expect(below).not.toHaveBeenCalled()
    sheet.stop()
    press('a')
    expect(below).toHaveBeenCalledOnce()
    page.stop()
    expect(press('a').defaultPrevented).toBe(false)
  })
})
