//! Pages of a draft.

use domain::Id;
use station::view::PagesChanged;

use super::{Answer, AtStation};

/// Takes pages from a device; `paper` is `flatbed`, `feeder` or `duplex`.
#[tauri::command(async)]
pub fn scan_pages(
    station: AtStation<'_>,
    draft: Id,
    material: String,
    source: Option<String>,
    paper: String,
) -> Answer<PagesChanged> {
    station.scan_pages(draft, &material, source.as_deref(), &paper)
}

/// Takes one page from a device in the place of another one.
#[tauri::command(async)]
pub fn scan_again(
    station: AtStation<'_>,
    draft: Id,
    page: String,
    source: Option<String>,
    paper: String,
) -> Answer<PagesChanged> {
    station.scan_again(draft, &page, source.as_deref(), &paper)
}

/// What comes from now on is of another material.
#[tauri::command(async)]
pub fn scan_into(station: AtStation<'_>, material: String) -> Answer<()> {
    station.scan_into(&material)
}

/// Stops the scanner.
#[tauri::command(async)]
pub fn cancel_scan(station: AtStation<'_>) -> Answer<()> {
    station.cancel_scan()
}

/// Takes a file that was dropped in; `bytes` is base64.
#[tauri::command(async)]
pub fn add_page(
    station: AtStation<'_>,
    draft: Id,
    material: String,
    name: String,
    bytes: String,
) -> Answer<PagesChanged> {
    station.add_page(draft, &material, &name, &bytes)
}

/// Turns a page clockwise.
#[tauri::command(async)]
pub fn turn_page(
    station: AtStation<'_>,
    draft: Id,
    page: String,
    quarters: u8,
) -> Answer<PagesChanged> {
    station.turn_page(draft, &page, quarters)
}

/// Moves a page.
#[tauri::command(async)]
pub fn move_page(
    station: AtStation<'_>,
    draft: Id,
    page: String,
    to: usize,
) -> Answer<PagesChanged> {
    station.move_page(draft, &page, to)
}

/// Removes a page; `undo` brings it back.
#[tauri::command(async)]
pub fn remove_page(station: AtStation<'_>, draft: Id, page: String) -> Answer<PagesChanged> {
    station.remove_page(draft, &page)
}

/// Brings it back.
#[tauri::command(async)]
pub fn restore_page(station: AtStation<'_>, draft: Id, undo: String) -> Answer<PagesChanged> {
    station.restore_page(draft, &undo)
}
