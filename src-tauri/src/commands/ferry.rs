//! The ferry: files on a registered stick.

use station::view::{FerryRead, FerryView, FerryWritten};

use super::{Answer, AtStation};

#[tauri::command(async)]
pub fn get_ferry(station: AtStation<'_>, folder: String) -> Answer<FerryView> {
    station.get_ferry(&folder)
}

#[tauri::command(async)]
pub fn write_ferry(station: AtStation<'_>, folder: String) -> Answer<FerryWritten> {
    station.write_ferry(&folder)
}

#[tauri::command(async)]
pub fn read_ferry(station: AtStation<'_>, folder: String) -> Answer<FerryRead> {
    station.read_ferry(&folder)
}
