//! The storage page, and making the store again or restoring a backup.

use station::view::{BackupLine, RebuildView, RebuiltView, RestoreView, StorageView};

use super::{Answer, AtStation};

#[tauri::command(async)]
pub fn get_storage(station: AtStation<'_>) -> Answer<StorageView> {
    station.get_storage()
}

#[tauri::command(async)]
pub fn back_up(station: AtStation<'_>) -> Answer<()> {
    station.back_up()
}

#[tauri::command(async)]
pub fn check_store(station: AtStation<'_>) -> Answer<()> {
    station.check_store()
}

#[tauri::command(async)]
pub fn stop_check(station: AtStation<'_>) -> Answer<()> {
    station.stop_check()
}

#[tauri::command(async)]
pub fn choose_journal_folder(station: AtStation<'_>, folder: String) -> Answer<StorageView> {
    station.choose_journal_folder(&folder)
}

#[tauri::command(async)]
pub fn choose_backup_folder(station: AtStation<'_>, folder: String) -> Answer<StorageView> {
    station.choose_backup_folder(&folder)
}

#[tauri::command(async)]
pub fn get_rebuild(station: AtStation<'_>) -> Answer<RebuildView> {
    station.get_rebuild()
}

#[tauri::command(async)]
pub fn list_backups(station: AtStation<'_>, folder: String) -> Answer<Vec<BackupLine>> {
    station.list_backups(&folder)
}

#[tauri::command(async)]
pub fn rebuild_store(
    station: AtStation<'_>,
    login: String,
    password: String,
) -> Answer<RebuiltView> {
    station.rebuild_store(&login, &password)
}

#[tauri::command(async)]
pub fn get_restore(station: AtStation<'_>) -> Answer<RestoreView> {
    station.get_restore()
}

#[tauri::command(async)]
pub fn choose_restore(station: AtStation<'_>, backup: String) -> Answer<RestoreView> {
    station.choose_restore(&backup)
}

#[tauri::command(async)]
pub fn cancel_restore(station: AtStation<'_>) -> Answer<RestoreView> {
    station.cancel_restore()
}

#[tauri::command(async)]
pub fn restore_by_password(
    station: AtStation<'_>,
    login: String,
    password: String,
) -> Answer<RebuiltView> {
    station.restore_by_password(&login, &password)
}

#[tauri::command(async)]
pub fn restore_by_printed(
    station: AtStation<'_>,
    code: String,
    login: String,
    password: String,
) -> Answer<RebuiltView> {
    station.restore_by_printed(&code, &login, &password)
}

#[tauri::command(async)]
pub fn restore_by_release(
    station: AtStation<'_>,
    code: String,
    password: String,
) -> Answer<RebuiltView> {
    station.restore_by_release(&code, &password)
}
