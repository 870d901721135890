import { shallowRef } from 'vue'
import { useI18n } from 'vue-i18n'

import type { CatalogView } from '@/api/generated/CatalogView'
import type { Reason } from '@/api/generated/Reason'
import type { Words } from '@/api/generated/Words'
import { dayAndTime } from '@/times'

/** What names are looked up in; an entry fills it once after log-in. */
export const names = shallowRef<CatalogView>({ businesses: [], codes: {}, divisions: {} })

/** The version of a business that holds on a day (YYYY-MM-DD); versions come newest first. */
export const businessOn = (name: string | undefined, day: string | undefined) =>
  names.value.businesses.find((known) => known.name === name && known.valid_from <= (day ?? ''))

/** The businesses that can be done on a day, each in its version of that day. */
export const businessesOn = (day: string) =>
  [...new Set(names.value.businesses.map((known) => known.name))].flatMap(
    (name) => businessOn(name, day) ?? [],
  )

/** Turns what Rust answers into words of the current language. */
export function useWords() {
  const { t, te, locale } = useI18n()

  const of = (words: Words | null | undefined): string =>
    (locale.value === 'zh-CN' ? words?.zh : words?.en) ?? ''

  const business = (name: string): string =>
    of(names.value.businesses.find((known) => known.name === name)?.title) || name

  const division = (code: string): string => names.value.divisions[code] ?? code

  const code = (table: string, value: string): string => {
    const item = names.value.codes[table]?.item.find((known) => known.code === value)
    return item ? of(item) : value
  }

  const standing = (name: string): string => (te(`standing.${name}`) ? t(`standing.${name}`) : name)

  /** Several sentences in a row. */
  const sentences = (all: string[]): string =>
    all.filter((one) => one !== '').join(locale.value === 'zh-CN' ? '' : ' ')

  /** A code nobody knows is shown as it is, in a sentence that says so. */
  const reason = (why: Reason): string => {
    const key = `reason.${why.code}`
    if (!te(key)) return t('reason.unknown', { code: why.code })
    return t(key, particulars(why))
  }

  const particulars = (why: Reason): Record<string, string> => {
    const shown: Record<string, string> = {}
    for (const [name, value] of Object.entries(why.with ?? {})) {
      if (name === 'business') shown[name] = business(value)
      else if (name === 'station' || name === 'place') shown[name] = division(value)
      else if (name === 'standing') shown[name] = standing(value)
      else if (name === 'field') shown[name] = asked(value)
      else if (name === 'at') shown[name] = dayAndTime(value)
      else shown[name] = value
    }
    return shown
  }

  /** What a field or material is called, in whichever business has it. */
  const asked = (id: string, within?: string): string => {
    for (const known of names.value.businesses) {
      if (within && known.name !== within) continue
      const field = known.section.flatMap((section) => section.field).find((f) => f.id === id)
      const title = field?.title ?? known.material.find((m) => m.id === id)?.title
      if (title) return of(title)
    }
    return te(`about.${id}`) ? t(`about.${id}`) : id
  }

  return { of, business, division, code, standing, reason, sentences, asked }
}
