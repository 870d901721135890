//! Log-in and what the whole window needs.

use station::view::{CatalogView, Status};

use super::{Answer, AtStation};

/// The state of the desk.
#[tauri::command(async)]
pub fn get_status(station: AtStation<'_>) -> Answer<Status> {
    Ok(station.get_status())
}

/// First run: joins the city with a one-time code.
#[tauri::command(async)]
pub fn enrol(
    station: AtStation<'_>,
    centre_url: String,
    code: String,
    ca_path: Option<String>,
    login: String,
    password: String,
) -> Answer<Status> {
    station.enrol(&centre_url, &code, ca_path, &login, &password)
}

/// Goes on in a new log, with a one-time code.
#[tauri::command(async)]
pub fn begin_new_log(station: AtStation<'_>, code: String) -> Answer<Status> {
    station.begin_new_log(&code)
}

/// Opens the store.
#[tauri::command(async)]
pub fn log_in(station: AtStation<'_>, login: String, password: String) -> Answer<Status> {
    station.log_in(&login, &password)
}

/// Lets somebody of another station in by a code.
#[tauri::command(async)]
pub fn let_in_substitute(
    station: AtStation<'_>,
    name: String,
    code: String,
    password: String,
) -> Answer<Status> {
    station.let_in_substitute(&name, &code, &password)
}

/// Closes it; the key leaves memory.
#[tauri::command(async)]
pub fn lock(station: AtStation<'_>) -> Answer<Status> {
    station.lock()
}

/// Somebody is at the desk: it is not locked.
#[tauri::command(async)]
pub fn note_activity(station: AtStation<'_>) -> Answer<()> {
    station.note_activity();
    Ok(())
}

/// A new password, here and at the centre.
#[tauri::command(async)]
pub fn change_password(station: AtStation<'_>, old: String, fresh: String) -> Answer<()> {
    station.change_password(&old, &fresh)
}

/// Businesses, code tables, divisions.
#[tauri::command(async)]
pub fn get_catalog(station: AtStation<'_>) -> Answer<CatalogView> {
    station.get_catalog()
}

/// Remembers the window's language.
#[tauri::command(async)]
pub fn set_language(station: AtStation<'_>, language: String) -> Answer<()> {
    station.set_language(&language)
}
