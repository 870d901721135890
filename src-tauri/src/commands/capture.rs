//! Pages from a camera, and pages made anew from their pictures.

use domain::Id;
use station::drafts::shape::{Corners, Onto};
use station::view::{Made, PagesChanged};

use super::{Answer, AtStation};

/// Opens a camera.
#[tauri::command(async)]
pub fn open_camera(station: AtStation<'_>, source: String, automatic: bool) -> Answer<()> {
    station.open_camera(&source, automatic)
}

/// Closes it.
#[tauri::command(async)]
pub fn close_camera(station: AtStation<'_>) -> Answer<()> {
    station.close_camera()
}

/// Switches taking by itself on or off.
#[tauri::command(async)]
pub fn set_automatic(station: AtStation<'_>, on: bool) -> Answer<()> {
    station.set_automatic(on)
}

/// Takes a page from the open camera.
#[tauri::command(async)]
pub fn take_picture(
    station: AtStation<'_>,
    draft: Id,
    material: String,
    onto: Onto,
    automatic: bool,
) -> Answer<PagesChanged> {
    station.take_picture(draft, &material, &onto, automatic)
}

/// Makes a page again with other corners.
#[tauri::command(async)]
pub fn shape_page(
    station: AtStation<'_>,
    draft: Id,
    page: String,
    side: usize,
    corners: Option<Corners>,
) -> Answer<PagesChanged> {
    station.shape_page(draft, &page, side, corners)
}

/// How a page lies in its picture.
#[tauri::command(async)]
pub fn get_shape(station: AtStation<'_>, page: String) -> Answer<Made> {
    station.get_shape(&page)
}
