/** `20261123` and `2026年11月23日` become `2026-11-23`; what is unfinished stays unfinished. */
export function dashed(typed: string): string {
  const digits = digitsOf(typed)
  const parts = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)]
  return parts.filter((part) => part !== '').join('-')
}

/** Where the caret belongs in the dashed text when it stood after `count` digits. */
export function caretAfter(text: string, count: number): number {
  let seen = 0
  for (let at = 0; at < text.length; at++) {
    if (seen === count) return at
    if (/\d/.test(text[at] ?? '')) seen++
  }
  return text.length
}

/** Single-digit months and days written with separators are filled up: `2026-3-5`. */
function digitsOf(typed: string): string {
  const parts = typed
    .replace(/[０-９]/g, narrow)
    .split(/\D+/)
    .filter((part) => part !== '')
  const [year = '', month = '', day = ''] = parts
  const separated = parts.length === 3 && year.length === 4 && month.length <= 2
  const digits = separated ? year + month.padStart(2, '0') + day : parts.join('')
  return digits.slice(0, 8)
}

const narrow = (digit: string) => String.fromCharCode(digit.charCodeAt(0) - 0xfee0)
