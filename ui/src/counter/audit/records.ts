import { useI18n } from 'vue-i18n'

import type { AuditLine } from '@/api/generated/AuditLine'
import { useWords } from '@/words'

/** What a record says, in words; a kind without words is shown as it is. */
export function useRecordWords() {
  const { t, te } = useI18n()
  const words = useWords()

  return (line: AuditLine): string => {
    const key = `audit.kind.${line.kind}`
    if (!te(key)) return line.kind
    const shown: Record<string, string> = {}
    for (const [name, value] of Object.entries(line.with)) shown[name] = particular(name, value)
    return t(key, shown)
  }

  function particular(name: string, value: string | number | boolean): string {
    const text = String(value)
    if (name === 'business') return words.business(text)
    if (name === 'document' && te(`face.kind.${text}`)) return t(`face.kind.${text}`)
    const known = `audit.${name}.${text}`
    return te(known) ? t(known) : text
  }
}

/** The day so many days after one, both `YYYY-MM-DD`. */
export function nextDay(day: string, by: number): string {
  const at = new Date(`${day}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + by)
  return at.toISOString().slice(0, 10)
}
