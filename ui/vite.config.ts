import { readdirSync } from 'node:fs'
import { fileURLToPath, URL } from 'node:url'

import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

import pkg from './package.json' with { type: 'json' }

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

const pages = readdirSync(path('.')).filter((name) => name.endsWith('.html'))

export default defineConfig({
  plugins: [vue()],
  resolve: { alias: { '@': path('./src') } },
  define: {
    __APP_VERSION__: JSON.stringify(pkg.version),
    // Smaller runtime: no options API, no devtools, no legacy message API.
    __VUE_OPTIONS_API__: 'true',
    __VUE_PROD_DEVTOOLS__: 'false',
    __VUE_I18N_FULL_INSTALL__: 'false',
    __VUE_I18N_LEGACY_API__: 'false',
    __INTLIFY_PROD_DEVTOOLS__: 'false',
  },
  server: { port: 5173, strictPort: true },
  build: {
    // The oldest web view we start in: WebKitGTK 2.40 and Chromium 109.
    target: ['chrome109', 'safari16.4'],
    chunkSizeWarningLimit: 900,
    // Every page here is an entry.
    rollupOptions: { input: pages.map((page) => path(`./${page}`)) },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.ts'] },
})
