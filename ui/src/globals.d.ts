/** The version of this package, put in by Vite. */
declare const __APP_VERSION__: string

interface Window {
  /** The language that the station remembers; told to a window before its page is drawn. */
  yizhanLanguage?: string | null
}
