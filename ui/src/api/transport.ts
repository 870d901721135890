import { convertFileSrc, invoke, isTauri } from '@tauri-apps/api/core'
import { listen as listenTauri } from '@tauri-apps/api/event'

import { CallFailed, failureOf } from './failure'
import { send } from './fetch'

/** How a page reaches the station: the same names in a window and in a browser. */
interface Transport {
  call<T>(name: string, args: Record<string, unknown>): Promise<T>
  /** Resolves to what ends the listening. */
  listen<T>(event: string, take: (payload: T) => void): Promise<() => void>
  /** Where an image of the station is. */
  image(path: string): string
}

const window: Transport = {
  async call<T>(name: string, args: Record<string, unknown>) {
    try {
      return await invoke<T>(name, args)
    } catch (thrown) {
      throw new CallFailed(failureOf(thrown))
    }
  },
  listen: (event, take) => listenTauri<never>(event, ({ payload }) => take(payload)),
  image: (path) => convertFileSrc(path, 'page'),
}

const browser: Transport = {
  call: (name, args) => send('POST', `/api/${name}`, args),
  async listen<T>(event: string, take: (payload: T) => void) {
    const source = new EventSource('/api/events')
    source.addEventListener(event, (message) => take(JSON.parse(message.data as string) as T))
    return () => source.close()
  },
  image: (path) => `/api/pages/${path}`,
}

const transport = isTauri() ? window : browser

export const call = <T>(name: string, args: Record<string, unknown> = {}): Promise<T> =>
  transport.call(name, args)

export const listen = <T>(event: string, take: (payload: T) => void): Promise<() => void> =>
  transport.listen(event, take)

export const imageAt = (path: string): string => transport.image(path)
