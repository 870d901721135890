import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent } from 'vue'

import { type Keys, moveBetween, onKeydown, useKeys } from './keys'

function listen(keys: Keys) {
  return mount(defineComponent({ setup: () => useKeys(keys), template: '<i />' }))
}

function press(key: string, more: KeyboardEventInit = {}, target: EventTarget = document.body) {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more })
  target.dispatchEvent(event)
  return event
}

describe('keys of the counter', () => {
  beforeEach(() => window.addEventListener('keydown', onKeydown))
  afterEach(() => {
    window.removeEventListener('keydown', onKeydown)
    document.body.innerHTML = ''
  })

  it('go to the newest listener, and to the one below when that one passes', () => {
    const below = vi.fn()
    const above = vi.fn(() => false)
    const desk = listen({ Escape: below })
    const viewer = listen({ Escape: above })
    press('Escape')
    expect([above.mock.calls.length, below.mock.calls.length]).toEqual([1, 1])
    viewer.unmount()
    press('Escape')
    expect([above.mock.calls.length, below.mock.calls.length]).toEqual([1, 2])
    desk.unmount()
    press('Escape')
    expect(below).toHaveBeenCalledTimes(2)
  })

  it('leave plain characters to the text that is being written', () => {
    const file = vi.fn()
    const screen = listen({ '1': file, F9: file })
    const input = document.body.appendChild(document.createElement('input'))
    press('1', {}, input)
    expect(file).not.toHaveBeenCalled()
    press('F9', {}, input)
    expect(file).toHaveBeenCalledOnce()
    press('1')
    expect(file).toHaveBeenCalledTimes(2)
    screen.unmount()
  })

  it('leave a row of choices the characters that choose in it, and no others anything', () => {
    const act = vi.fn()
    const screen = listen({ t: act, ' ': act })
    document.body.innerHTML =
      '<div role="radiogroup"><button id="way"></button></div>' +
      '<div role="radiogroup" data-takes-keys><button id="answer"></button></div>' +
      '<input id="box" type="checkbox" />'
    const at = (id: string) => document.getElementById(id) ?? document.body
    press('t', {}, at('way'))
    expect(press(' ', {}, at('way')).defaultPrevented).toBe(true)
    expect(act).toHaveBeenCalledTimes(2)
    press('t', {}, at('answer'))
    expect(act).toHaveBeenCalledTimes(2)
    press('t', {}, at('box'))
    expect(act).toHaveBeenCalledTimes(3)
    expect(press(' ', {}, at('box')).defaultPrevented).toBe(false)
    expect(act).toHaveBeenCalledTimes(3)
    screen.unmount()
  })

  it('do nothing while an input method composes a word', () => {
    const submit = vi.fn()
    const screen = listen({ Enter: submit })
    press('Enter', { isComposing: true })
    expect(submit).not.toHaveBeenCalled()
    screen.unmount()
  })

  it('tell Alt and Ctrl apart', () => {
    const today = vi.fn()
    const undo = vi.fn()
    const screen = listen({ 'Alt+1': today, 'Ctrl+z': undo })
    press('1', { altKey: true })
    press('z', { ctrlKey: true })
    press('z')
    expect([today.mock.calls.length, undo.mock.calls.length]).toEqual([1, 1])
    screen.unmount()
  })

  it('never reload the page', () => {
    expect(press('F5').defaultPrevented).toBe(true)
    expect(press('r', { ctrlKey: true }).defaultPrevented).toBe(true)
  })
})

describe('rows of a list', () => {
  afterEach(() => (document.body.innerHTML = ''))

  it('are walked with the arrows and end where the list ends', () => {
    document.body.innerHTML =
      '<div id="l"><a href="#1" data-row>1</a><a href="#2" data-row>2</a></div>'
    const list = document.getElementById('l') ?? undefined
    const at = () => document.activeElement?.textContent
    moveBetween(list, 1)
    expect(at()).toBe('1')
    moveBetween(list, 1)
    moveBetween(list, 1)
    expect(at()).toBe('2')
    moveBetween(list, -1)
    expect(at()).toBe('1')
    expect(moveBetween(undefined, 1)).toBe(false)
  })
})
