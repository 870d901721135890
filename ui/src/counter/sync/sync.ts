import { onMounted, onScopeDispose, ref, shallowRef, watch } from 'vue'

import type { SyncView } from '@/api/generated/SyncView'
import { getSync, sendNow } from '@/api/sync'

import { useCall } from '../call'
import { useChanged } from '../changed'
import { useDesk } from '../desk'
import { pauseMs } from './told'

/** How the exchange is, kept up to date while the page is open, and a clock for what is counted down. */
export function useSync() {
  const desk = useDesk()
  const view = shallowRef<SyncView | null>(null)
  const now = ref(Date.now())
  const loading = useCall()
  const sending = useCall()

  async function reload() {
    view.value = (await loading.run(getSync)) ?? view.value
    now.value = Date.now()
  }

  async function send() {
    view.value = (await sending.run(sendNow)) ?? view.value
  }

  const refresh = useChanged(reload)
  // Line and lanes move without a fact having arrived.
  watch(() => desk.status?.line, refresh)
  onMounted(refresh)

  let asked = Date.now()
  const ticking = setInterval(() => {
    now.value = Date.now()
    if (document.hidden || now.value - asked < pauseMs(view.value)) return
    asked = now.value
    void refresh()
  }, 1_000)
  onScopeDispose(() => clearInterval(ticking))

  return { view, now, send, sending, loading }
}
