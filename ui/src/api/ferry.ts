import type { FerryRead } from './generated/FerryRead'
import type { FerryView } from './generated/FerryView'
import type { FerryWritten } from './generated/FerryWritten'
import { call } from './transport'

/** What there is to carry, and the sticks that are plugged in; a folder can be typed too. */
export const getFerry = (folder: string) => call<FerryView>('get_ferry', { folder })

/** Writes what is unsent onto a registered stick. */
export const writeFerry = (folder: string) => call<FerryWritten>('write_ferry', { folder })

/** Takes in the centre's answers on it. */
export const readFerry = (folder: string) => call<FerryRead>('read_ferry', { folder })
