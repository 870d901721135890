import type { FerryAnswer } from '../generated/console/FerryAnswer'
import type { FerryView } from '../generated/console/FerryView'
import { send, sendBytes } from './send'

export type { FerryAnswer, FerryView }

/** What has to lie on a stick, word for word. */
export interface StickFile {
  body: string
  signature: string
}

export const getFerry = () => send<FerryView>('GET', '/api/ferry')

/** Takes a station's file in; the answer's file comes with it, as hex. */
export const takeFerry = (file: Blob) => sendBytes<FerryAnswer>('/api/ferry', file)

export const registerStick = (name: string) =>
  send<StickFile>('POST', '/api/ferry/sticks', { name })

export const getStickFile = (stick: string) => send<StickFile>('GET', `/api/ferry/sticks/${stick}`)

export const withdrawStick = (stick: string) =>
  send<void>('POST', `/api/ferry/sticks/${stick}/withdraw`)
