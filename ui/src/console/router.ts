import { createRouter, createWebHashHistory } from 'vue-router'

import AuditPage from './audit/AuditPage.vue'
import CasePage from './case/CasePage.vue'
import CeremonyPage from './escrow/CeremonyPage.vue'
import EscrowPage from './escrow/EscrowPage.vue'
import FerryPage from './ferry/FerryPage.vue'
import HeldPage from './held/HeldPage.vue'
import SettlePage from './held/SettlePage.vue'
import InboxPage from './inbox/InboxPage.vue'
import LoginPage from './login/LoginPage.vue'
import MissingPage from './MissingPage.vue'
import StationPage from './stations/StationPage.vue'
import StationsPage from './stations/StationsPage.vue'
import RecordPage from './records/RecordPage.vue'
import RecordsPage from './records/RecordsPage.vue'
import { me, restore } from './session'

export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/inbox' },
    { path: '/login', component: LoginPage },
    { path: '/inbox', component: InboxPage },
    { path: '/held', component: HeldPage },
    { path: '/held/:command', component: SettlePage, props: true },
    { path: '/records', component: RecordsPage },
    { path: '/records/:person', component: RecordPage, props: true },
    { path: '/stations', component: StationsPage },
    { path: '/stations/:installation', component: StationPage, props: true },
    { path: '/ferry', component: FerryPage },
    { path: '/audit', component: AuditPage },
    { path: '/cases/:id', component: CasePage, props: true },
    { path: '/escrow', component: EscrowPage },
    { path: '/escrow/new', component: CeremonyPage },
    { path: '/:rest(.*)', component: MissingPage },
  ],
})

router.beforeEach(async (to) => {
  if (to.path === '/login') return true
  if (me.value || (await restore())) return ownPage(to.path)
  return { path: '/login', query: { then: to.fullPath } }
})

/** A key officer sees the escrow and nothing else; nobody else sees it. */
function ownPage(path: string): boolean | string {
  const escrow = path === '/escrow' || path.startsWith('/escrow/')
  if (me.value?.role === 'escrow') return escrow || '/escrow'
  return escrow ? '/inbox' : true
}
