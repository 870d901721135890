import type { BackupLine } from './generated/BackupLine'
import type { RebuiltView } from './generated/RebuiltView'
import type { RebuildView } from './generated/RebuildView'
import type { StorageView } from './generated/StorageView'
import { call, listen } from './transport'

export const getStorage = () => call<StorageView>('get_storage')

/** Begins; `onStorage` tells when it is done. */
export const backUp = () => call<void>('back_up')

/** Begins; `onStorage` tells when it is done. */
export const checkStore = () => call<void>('check_store')

export const stopCheck = () => call<void>('stop_check')

/** An empty path chooses the folder beside the station's own. */
export const chooseJournalFolder = (folder: string) =>
  call<StorageView>('choose_journal_folder', { folder })

/** An empty path chooses the folder beside the station's own. */
export const chooseBackupFolder = (folder: string) =>
  call<StorageView>('choose_backup_folder', { folder })

export const getRebuild = () => call<RebuildView>('get_rebuild')

export const listBackups = (folder: string) => call<BackupLine[]>('list_backups', { folder })

/** From the best that is left, or from one backup alone. */
export const rebuildStore = (login: string, password: string, backup: string | null) =>
  call<RebuiltView>('rebuild_store', { login, password, backup })

export const onStorage = (take: () => void) => listen('storage', take)
