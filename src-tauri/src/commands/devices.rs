//! The device page.

use station::view::{DevicesView, FoundScanner, PageSource, TestPage};

use super::{Answer, AtStation};

/// Every device.
#[tauri::command(async)]
pub fn list_devices(station: AtStation<'_>) -> Answer<DevicesView> {
    station.list_devices()
}

/// Lines for support.
#[tauri::command(async)]
pub fn get_diagnosis(station: AtStation<'_>) -> Answer<String> {
    station.get_diagnosis()
}

/// Looks for scanners and cameras anew.
#[tauri::command(async)]
pub fn look_for_devices(station: AtStation<'_>) -> Answer<()> {
    station.look_for_devices()
}

/// Adds a scanner by its address.
#[tauri::command(async)]
pub fn add_scanner(station: AtStation<'_>, address: String) -> Answer<()> {
    station.add_scanner(&address)
}

/// Scanners that announce themselves on the network.
#[tauri::command(async)]
pub fn find_scanners(station: AtStation<'_>) -> Answer<Vec<FoundScanner>> {
    station.find_scanners()
}

/// Takes it away.
#[tauri::command(async)]
pub fn remove_scanner(station: AtStation<'_>, id: String) -> Answer<()> {
    station.remove_scanner(&id)
}

/// Pages come from this device first.
#[tauri::command(async)]
pub fn choose_source(station: AtStation<'_>, source: String) -> Answer<()> {
    station.choose_source(&source)
}

/// Files that appear in this folder are pages.
#[tauri::command(async)]
pub fn choose_folder(station: AtStation<'_>, folder: String) -> Answer<()> {
    station.choose_folder(&folder)
}

/// Makes a page to look at.
#[tauri::command(async)]
pub fn test_source(station: AtStation<'_>, source: String) -> Answer<TestPage> {
    station.test_source(&source)
}

/// Gives up the card that is being read.
#[tauri::command(async)]
pub fn cancel_read(station: AtStation<'_>) -> Answer<()> {
    station.cancel_read()
}

/// What pages can be taken from.
#[tauri::command(async)]
pub fn list_sources(station: AtStation<'_>) -> Answer<Vec<PageSource>> {
    station.list_sources()
}
