import { createRouter, createWebHashHistory } from 'vue-router'

import CasePage from './case/CasePage.vue'
import HeldPage from './held/HeldPage.vue'
import SettlePage from './held/SettlePage.vue'
import InboxPage from './inbox/InboxPage.vue'
import LoginPage from './login/LoginPage.vue'
import MissingPage from './MissingPage.vue'
import { me, restore } from './session'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/inbox' },
    { path: '/login', component: LoginPage },
    { path: '/inbox', component: InboxPage },
    { path: '/held', component: HeldPage },
    { path: '/held/:command', component: SettlePage, props: true },
    { path: '/cases/:id', component: CasePage, props: true },
    { path: '/:rest(.*)', component: MissingPage },
  ],
})

router.beforeEach(async (to) => {
  if (to.path === '/login') return true
  if (me.value || (await restore())) return true
  return { path: '/login', query: { then: to.fullPath } }
})
