//! How this machine's keys are kept.

use station::keys::machine::Keeper;
use station::view::KeysPage;

use super::{Answer, AtStation};

/// How they are kept now.
#[tauri::command(async)]
pub fn get_keys(station: AtStation<'_>) -> Answer<KeysPage> {
    station.get_keys()
}

/// Moves the machine secret.
#[tauri::command(async)]
pub fn move_machine_secret(station: AtStation<'_>, to: Keeper) -> Answer<KeysPage> {
    station.move_machine_secret(to)
}

/// Chooses what is sealed anew.
#[tauri::command(async)]
pub fn choose_suite(station: AtStation<'_>, suite: u8) -> Answer<KeysPage> {
    station.choose_suite(suite)
}
