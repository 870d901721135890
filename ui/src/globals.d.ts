/** The version of this package, put in by Vite. */
declare const __APP_VERSION__: string
