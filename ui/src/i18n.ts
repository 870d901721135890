import { createI18n } from 'vue-i18n'

/** The languages there are; the first is where everybody starts. */
export const LANGUAGES = ['zh-CN', 'en'] as const
export type Language = (typeof LANGUAGES)[number]

const KEPT_UNDER = 'yizhan.language'

/** `locales/<language>/<area>.json` becomes `<area>.…`. */
const files = import.meta.glob<Record<string, unknown>>('./locales/*/*.json', {
  eager: true,
  import: 'default',
})

export function messagesOf(language: Language): Record<string, unknown> {
  const prefix = `./locales/${language}/`
  const mine = Object.entries(files).filter(([path]) => path.startsWith(prefix))
  return Object.fromEntries(
    mine.map(([path, words]) => [path.slice(prefix.length, -'.json'.length), words]),
  )
}

export const i18n = createI18n({
  legacy: false,
  locale: kept(),
  fallbackLocale: 'zh-CN',
  messages: Object.fromEntries(
    LANGUAGES.map((language) => [language, messagesOf(language)]),
  ) as Record<Language, never>,
})

document.documentElement.lang = i18n.global.locale.value

/** Switches at once. A browser remembers it here; a window's engine keeps nothing, its station does. */
export function setLanguage(language: Language): void {
  i18n.global.locale.value = language
  document.documentElement.lang = language
  localStorage.setItem(KEPT_UNDER, language)
}

function kept(): Language {
  const language = window.yizhanLanguage ?? localStorage.getItem(KEPT_UNDER)
  return LANGUAGES.find((known) => known === language) ?? LANGUAGES[0]
}
