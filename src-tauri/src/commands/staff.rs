//! Colleagues on this machine.

use station::view::StaffRow;

use super::{Answer, AtStation};

/// Everybody with a key here.
#[tauri::command(async)]
pub fn list_staff(station: AtStation<'_>) -> Answer<Vec<StaffRow>> {
    station.list_staff()
}

/// Lets one in by their own password.
#[tauri::command(async)]
pub fn add_colleague(
    station: AtStation<'_>,
    login: String,
    password: String,
) -> Answer<Vec<StaffRow>> {
    station.add_colleague(&login, &password)
}

/// Takes one's key away and changes the data key.
#[tauri::command(async)]
pub fn dismiss_colleague(station: AtStation<'_>, login: String) -> Answer<Vec<StaffRow>> {
    station.dismiss_colleague(&login)
}
