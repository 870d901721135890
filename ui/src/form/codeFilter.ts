import type { CodeItem } from '@/api/generated/CodeItem'

/**
 * The first character of every pinyin initial in the order of the `zh-CN` collation: a character
 * belongs to the last of these that does not come after it.
 */
const FIRST_OF: readonly (readonly [string, string])[] = [
  ['阿', 'a'],
  ['八', 'b'],
  ['嚓', 'c'],
  ['哒', 'd'],
  ['妸', 'e'],
  ['发', 'f'],
  ['旮', 'g'],
  ['哈', 'h'],
  ['讥', 'j'],
  ['咔', 'k'],
  ['垃', 'l'],
  ['痳', 'm'],
  ['拏', 'n'],
  ['噢', 'o'],
  ['妑', 'p'],
  ['七', 'q'],
  ['呥', 'r'],
  ['仨', 's'],
  ['他', 't'],
  ['屲', 'w'],
  ['夕', 'x'],
  ['丫', 'y'],
  ['帀', 'z'],
]

const byPinyin = new Intl.Collator('zh-CN')

/** `应届毕业生` → `yjbys`; what is no Chinese character is left out. */
export function initials(text: string): string {
  return [...text].map(initialOf).join('')
}

function initialOf(character: string): string {
  if (!/\p{Script=Han}/u.test(character)) return ''
  let initial = ''
  for (const [first, letter] of FIRST_OF) {
    if (byPinyin.compare(first, character) > 0) break
    initial = letter
  }
  return initial
}

/** The items that fit what was typed: by code, words or initials; the exact code comes first. */
export function matching(items: CodeItem[], typed: string): CodeItem[] {
  const wanted = typed.trim().toLowerCase()
  if (wanted === '') return items
  const exact = items.filter((item) => item.code.toLowerCase() === wanted)
  const begins = items.filter((item) => beginsWith(item, wanted))
  const holds = items.filter((item) => holdsWithin(item, wanted))
  return [...new Set([...exact, ...begins, ...holds])]
}

function beginsWith(item: CodeItem, wanted: string): boolean {
  return (
    item.code.toLowerCase().startsWith(wanted) ||
    item.zh.startsWith(wanted) ||
    item.en.toLowerCase().startsWith(wanted) ||
    initials(item.zh).startsWith(wanted)
  )
}

function holdsWithin(item: CodeItem, wanted: string): boolean {
  return (
    item.zh.includes(wanted) ||
    item.en.toLowerCase().includes(wanted) ||
    initials(item.zh).includes(wanted)
  )
}
