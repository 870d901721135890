import type { BackupLine } from './generated/BackupLine'
import type { RebuiltView } from './generated/RebuiltView'
import type { RebuildView } from './generated/RebuildView'
import type { RestoreView } from './generated/RestoreView'
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

/** From the best that is left. */
export const rebuildStore = (login: string, password: string) =>
  call<RebuiltView>('rebuild_store', { login, password })

export const onStorage = (take: () => void) => listen('storage', take)

/** Backups that can be restored, and the one that was chosen. */
export const getRestore = () => call<RestoreView>('get_restore')

/** Looks at a backup without its keys, and takes it up. */
export const chooseRestore = (backup: string) => call<RestoreView>('choose_restore', { backup })

export const cancelRestore = () => call<RestoreView>('cancel_restore')

/** All three restore and log in; the desk is open afterwards. */
export const restoreByPassword = (login: string, password: string) =>
  call<RebuiltView>('restore_by_password', { login, password })

export const restoreByPrinted = (code: string, login: string, password: string) =>
  call<RebuiltView>('restore_by_printed', { code, login, password })

export const restoreByRelease = (code: string, password: string) =>
  call<RebuiltView>('restore_by_release', { code, password })
