import { onMounted, onUnmounted, shallowRef } from 'vue'

import { failureOf } from '@/api/failure'
import type { Failure } from '@/api/generated/Failure'
import type { StorageView } from '@/api/generated/StorageView'
import { getStorage, onStorage } from '@/api/storage'

/** How the station's data are, kept up to date while the page is open. */
export function useStorage() {
  const view = shallowRef<StorageView | null>(null)
  const failure = shallowRef<Failure | null>(null)

  async function reload() {
    try {
      view.value = await getStorage()
      failure.value = null
    } catch (thrown) {
      failure.value = failureOf(thrown)
    }
  }

  let stop: (() => void) | undefined
  let gone = false
  onMounted(async () => {
    await reload()
    const end = await onStorage(() => void reload())
    if (gone) end()
    else stop = end
  })
  onUnmounted(() => {
    gone = true
    stop?.()
  })

  return { view, failure, reload }
}
