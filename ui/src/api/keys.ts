import type { Keeper } from './generated/Keeper'
import type { KeysPage } from './generated/KeysPage'
import { call } from './transport'

export const getKeys = () => call<KeysPage>('get_keys')

export const moveMachineSecret = (to: Keeper) => call<KeysPage>('move_machine_secret', { to })

export const chooseSuite = (suite: number) => call<KeysPage>('choose_suite', { suite })
