//! The card tray and the line switch: only where the program was started with a tray.

use station::view::TrayCard;

use super::{Answer, AtStation};

/// The sample cards.
#[tauri::command(async)]
pub fn list_tray(station: AtStation<'_>) -> Answer<Vec<TrayCard>> {
    station.list_tray()
}

/// Puts one on the virtual reader.
#[tauri::command(async)]
pub fn insert_card(station: AtStation<'_>, id: String) -> Answer<()> {
    station.insert_card(&id)
}

/// Takes it away.
#[tauri::command(async)]
pub fn lift_card(station: AtStation<'_>) -> Answer<()> {
    station.lift_card()
}

/// Cuts or restores the line.
#[tauri::command(async)]
pub fn cut_line(station: AtStation<'_>, cut: bool) -> Answer<()> {
    station.cut_line(cut)
}
