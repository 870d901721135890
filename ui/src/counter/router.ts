import { createRouter, createWebHashHistory } from 'vue-router'

import AuditScreen from './audit/AuditScreen.vue'
import CaseScreen from './cases/CaseScreen.vue'
import CasesScreen from './cases/CasesScreen.vue'
import DevicesScreen from './devices/DevicesScreen.vue'
import DraftScreen from './draft/DraftScreen.vue'
import SubmittedScreen from './draft/SubmittedScreen.vue'
import FerryScreen from './ferry/FerryScreen.vue'
import HandScreen from './hand/HandScreen.vue'
import KeptScreen from './kept/KeptScreen.vue'
import LedgerScreen from './ledger/LedgerScreen.vue'
import NoticeScreen from './notice/NoticeScreen.vue'
import PeopleScreen from './people/PeopleScreen.vue'
import PersonScreen from './people/PersonScreen.vue'
import KeysScreen from './settings/KeysScreen.vue'
import PasswordScreen from './settings/PasswordScreen.vue'
import SettingsScreen from './settings/SettingsScreen.vue'
import StaffScreen from './settings/StaffScreen.vue'
import StorageScreen from './storage/StorageScreen.vue'
import SyncScreen from './sync/SyncScreen.vue'
import TodayScreen from './today/TodayScreen.vue'

/** `rail` names the entry that is lit; `busyHands` keeps a tapped card from changing the screen. */
declare module 'vue-router' {
  interface RouteMeta {
    rail: 'today' | 'people' | 'cases' | 'ledger' | 'devices' | 'sync' | 'settings'
    busyHands?: boolean
    /** A card that is tapped here is tried out, not opened. */
    trial?: boolean
  }
}

/** A card is read for the desk, whichever page is shown: leaving one gives no read up. Where a card is
 * asked for on the page itself (at the door, on trial), that page gives it up. */
export const router = createRouter({
  history: createWebHashHistory(),
  routes: [
    { path: '/', redirect: '/today' },
    { path: '/today', component: TodayScreen, meta: { rail: 'today' } },
    { path: '/people', component: PeopleScreen, meta: { rail: 'people' } },
    { path: '/person/:person', component: PersonScreen, props: true, meta: { rail: 'people' } },
    { path: '/reading/:reading', component: PersonScreen, props: true, meta: { rail: 'people' } },
    { path: '/by-hand', component: HandScreen, meta: { rail: 'people' } },
    { path: '/cases', component: CasesScreen, meta: { rail: 'cases' } },
    { path: '/case/:id', component: CaseScreen, props: true, meta: { rail: 'cases' } },
    {
      path: '/draft/:id',
      component: DraftScreen,
      props: true,
      meta: { rail: 'cases', busyHands: true },
    },
    { path: '/submitted/:id', component: SubmittedScreen, props: true, meta: { rail: 'cases' } },
    { path: '/ledger', component: LedgerScreen, meta: { rail: 'ledger' } },
    { path: '/kept', component: KeptScreen, meta: { rail: 'settings' } },
    {
      path: '/notice/reading/:reading',
      component: NoticeScreen,
      props: true,
      meta: { rail: 'people', busyHands: true },
    },
    {
      path: '/notice/person/:person',
      component: NoticeScreen,
      props: true,
      meta: { rail: 'people', busyHands: true },
    },
    { path: '/devices', component: DevicesScreen, meta: { rail: 'devices', trial: true } },
    { path: '/sync', component: SyncScreen, meta: { rail: 'sync' } },
    { path: '/ferry', component: FerryScreen, meta: { rail: 'sync' } },
    { path: '/settings', component: SettingsScreen, meta: { rail: 'settings' } },
    { path: '/audit', component: AuditScreen, meta: { rail: 'settings' } },
    { path: '/settings/staff', component: StaffScreen, meta: { rail: 'settings' } },
    { path: '/settings/password', component: PasswordScreen, meta: { rail: 'settings' } },
    { path: '/settings/keys', component: KeysScreen, meta: { rail: 'settings' } },
    { path: '/storage', component: StorageScreen, meta: { rail: 'settings' } },
    { path: '/:rest(.*)*', redirect: '/today' },
  ],
})

/** Back to where the hand came from; home when the window started here. */
export function goBack(): void {
  if (router.options.history.state.back) router.back()
  else void router.push('/today')
}
