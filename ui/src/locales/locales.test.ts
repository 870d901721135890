import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { describe, expect, it } from 'vitest'

import { WHY } from '@/counter/hand/entry'
import { messagesOf } from '@/i18n'

type Tree = { [key: string]: string | Tree }

const zh = flat(messagesOf('zh-CN') as Tree)
const en = flat(messagesOf('en') as Tree)

describe('locales', () => {
  it('say the same things in both languages', () => {
    expect([...en.keys()].filter((key) => !zh.has(key))).toEqual([])
    expect([...zh.keys()].filter((key) => !en.has(key))).toEqual([])
  })

  it('leave nothing empty and mention the same particulars', () => {
    for (const [key, words] of zh) {
      expect(words.trim(), key).not.toBe('')
      expect(named(en.get(key) ?? ''), key).toEqual(named(words))
    }
  })

  it('have a word for every code that the program gives', () => {
    const codes = codesInSource()
    expect(codes.length).toBeGreaterThan(100)
    expect(codes.filter((code) => !zh.has(`reason.${code}`))).toEqual([])
  })

  it('have every key that a page names', () => {
    const missing = keysInPages().filter((key) => !zh.has(key))
    expect(missing).toEqual([])
  })

  it('have a word for every value that is shown by its name', () => {
    const keys = [
      ...valuesOf('EventKind').map((value) => `event.${value}`),
      ...valuesOf('AlertLevel').map((value) => `person.alert.${value}`),
      ...valuesOf('Group').map((value) => `person.group.${value}`),
      ...valuesOf('DocumentKind').map((value) => `face.kind.${value}`),
      ...valuesOf('Sex').map((value) => `face.sex.${value}`),
      ...[...rules(), 'form', 'materials', 'document'].map((value) => `rule.${value}`),
      ...evidences().map((value) => `draft.evidence.${value}`),
      ...grants().map((value) => `standing.${value}`),
    ]
    expect(keys.length).toBeGreaterThan(30)
    expect(keys.filter((key) => !zh.has(key))).toEqual([])
  })
})

/** The values of a generated union: `"male" | "female"`. */
function valuesOf(type: string): string[] {
  const source = readFileSync(`src/api/generated/${type}.ts`, 'utf8')
  const union = source.slice(source.indexOf('export type'))
  return [...union.matchAll(/"(\w+)"/g)].map(([, value = '']) => value)
}

function rules(): string[] {
  const source = readFileSync('../domain/src/rule.rs', 'utf8')
  const list = /NAMES: &\[&str\] = &\[([^\]]*)\]/.exec(source)?.[1] ?? ''
  return [...list.matchAll(/"(\w+)"/g)].map(([, name = '']) => name)
}

/** Why no card was read, as the station writes it, and as the form for typing offers it. */
function evidences(): string[] {
  const source = readFileSync('../station/src/drafts.rs', 'utf8')
  const reasons = [...source.matchAll(/const FROM_\w+: &str = "(\w+)"/g)]
  expect(reasons).not.toEqual([])
  const offered = WHY.filter((why) => why !== 'other')
  return [...reasons.map(([, name = '']) => name), ...offered]
}

function grants(): string[] {
  const files = filesUnder('../catalog/businesses', /\.toml$/)
  const sources = files.map((path) => readFileSync(path, 'utf8'))
  return sources.flatMap((source) => /^grants = "(\w+)"/m.exec(source)?.[1] ?? [])
}

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const all = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') all.set(prefix + key, value)
    else flat(value, `${prefix}${key}.`).forEach((words, inner) => all.set(inner, words))
  }
  return all
}

function named(words: string): string[] {
  return [...words.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '').sort()
}

/** Lists of codes in the Rust sources: the `CODES` arrays and the tables that make them. */
function codesInSource(): string[] {
  const lists = [
    /const (?:\w+_)?CODES: &\[&str\] = &\[([^\]]*)\]/g,
    /\b(?:failures|refusals)! \{([\s\S]*?)\n\}/g,
    /const (?:REASONS|COMMAND_LINE): &\[&str\] = &\[([^\]]*)\]/g,
    /pub const \w+: &str = ("[a-z]+\.[a-z_]+");/g,
  ]
  const codes = new Set<string>()
  for (const path of rustSources()) {
    const source = readFileSync(path, 'utf8')
    for (const list of lists) {
      for (const [, body = ''] of source.matchAll(list)) {
        for (const [, code = ''] of body.matchAll(/"([a-z]+\.[a-z_0-9]+)"/g)) codes.add(code)
      }
    }
  }
  return [...codes].filter((code) => !code.endsWith('.toml')).sort()
}

const rustSources = () =>
  ['domain', 'drivers', 'station', 'center'].flatMap((crate) =>
    filesUnder(`../${crate}/src`, /\.rs$/),
  )

function filesUnder(folder: string, name: RegExp): string[] {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return all.filter((path) => name.test(path)).map((path) => join(folder, path))
}

/** Keys written out in `t('…')`; composed ones are tested where they are composed. */
function keysInPages(): string[] {
  const keys = new Set<string>()
  for (const path of filesUnder('src', /\.(vue|ts)$/)) {
    const source = readFileSync(path, 'utf8')
    for (const [, key = ''] of source.matchAll(/\bt\(\s*'([a-z_.]+)'/g)) keys.add(key)
  }
  return [...keys].sort()
}
