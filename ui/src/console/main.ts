import '@/element'
import '@/tokens.css'
import '@/base.css'
import './console.css'

import { createApp } from 'vue'

import { i18n } from '@/i18n'

import App from './App.vue'
import { router } from './router'

createApp(App).use(i18n).use(router).mount('#app')
