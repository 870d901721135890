import type { DevicesView } from './generated/DevicesView'
import type { FoundScanner } from './generated/FoundScanner'
import type { PageSource } from './generated/PageSource'
import type { TestPage } from './generated/TestPage'
import { call, listen } from './transport'

export const listDevices = () => call<DevicesView>('list_devices')

/** Lines to copy for support; they name nobody. */
export const getDiagnosis = () => call<string>('get_diagnosis')

export const lookForDevices = () => call<void>('look_for_devices')

/** Scanners that announce themselves on the network now; takes two seconds. */
export const findScanners = () => call<FoundScanner[]>('find_scanners')

/** The scanner at the address is asked what it is first. */
export const addScanner = (address: string) => call<void>('add_scanner', { address })

export const removeScanner = (id: string) => call<void>('remove_scanner', { id })

export const chooseSource = (source: string) => call<void>('choose_source', { source })

/** An empty path ends the watching. */
export const chooseFolder = (folder: string) => call<void>('choose_folder', { folder })

/** Makes a page to look at; it is not kept. */
export const testSource = (source: string) => call<TestPage>('test_source', { source })

/** Gives up the card that is being read. */
export const cancelRead = () => call<void>('cancel_read')

export const listSources = () => call<PageSource[]>('list_sources')

export const onDevices = (take: () => void) => listen('devices', take)
