import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { messagesOf } from '@/i18n'

/** Names that one of our own types can have, as written in its generated file. */
function namesOf(type: string, tag?: string): string[] {
  const source = readFileSync(`src/api/generated/${type}.ts`, 'utf8')
  const pattern = tag ? new RegExp(`"${tag}": "(\\w+)"`, 'g') : /"(\w+)"(?= \||;)/g
  return [...source.matchAll(pattern)].map((match) => match[1] ?? '')
}

const words = messagesOf('zh-CN') as Record<string, Record<string, Record<string, string>>>
const console = words.console ?? {}

describe('words of the console', () => {
  const composed: [string, string[]][] = [
    ['sex', namesOf('Sex')],
    ['kind', namesOf('DocumentKind')],
  ]
  it.each(composed)('are there for every %s', (group, names) => {
    expect(names.length).toBeGreaterThan(3)
    expect(names.filter((name) => !(name in (words.face?.[group] ?? {})))).toEqual([])
  })

  it('are there for every event', () => {
    const named = namesOf('EventKind')
    expect(named.length).toBeGreaterThan(3)
    expect(named.filter((name) => !(name in (words.event ?? {})))).toEqual([])
  })

  it('are there for every decision and settlement', () => {
    const decision = Object.keys(console.decision ?? {})
    for (const part of ['title', 'hint', 'confirm', 'done']) {
      for (const choice of ['approve', 'return', 'refuse']) {
        expect(decision).toContain(`${part}_${choice}`)
      }
    }
    for (const way of namesOf('Settlement', 'settlement')) {
      expect(Object.keys(console.held ?? {})).toContain(`done_${way}`)
    }
  })

  it('are there for every key on the help sheet', () => {
    const sheet = readFileSync('src/console/HelpSheet.vue', 'utf8')
    const named = [...sheet.matchAll(/\], '(\w+)'\]/g)].map((match) => match[1] ?? '')
    expect(named.length).toBeGreaterThan(15)
    expect(named.filter((name) => !(name in (console.help ?? {})))).toEqual([])
  })

  it('stand in the locales only', () => {
    const files = readdirSync('src/console', { recursive: true, encoding: 'utf8' })
    const pages = files.filter((path) => path.endsWith('.vue'))
    const chinese = pages.filter((path) =>
      /\p{Script=Han}/u.test(readFileSync(join('src/console', path), 'utf8')),
    )
    expect(chinese).toEqual([])
  })
})
