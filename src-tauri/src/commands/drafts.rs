//! Drafts.

use domain::{Id, case::Answers};
use station::view::{Draft, Saved};

use super::{Answer, AtStation};

/// Begins or reopens a form.
#[tauri::command(async)]
pub fn open_draft(
    station: AtStation<'_>,
    business: String,
    reading: Option<Id>,
    person: Option<Id>,
) -> Answer<Draft> {
    station.open_draft(&business, reading, person)
}

/// A form as saved.
#[tauri::command(async)]
pub fn get_draft(station: AtStation<'_>, draft: Id) -> Answer<Draft> {
    station.get_draft(draft)
}

/// Durable when it answers.
#[tauri::command(async)]
pub fn save_answers(station: AtStation<'_>, draft: Id, answers: Answers) -> Answer<Saved> {
    station.save_answers(draft, answers)
}

/// Removes a draft; the answer brings it back.
#[tauri::command(async)]
pub fn discard_draft(station: AtStation<'_>, draft: Id) -> Answer<String> {
    station.discard_draft(draft)
}

/// Brings it back.
#[tauri::command(async)]
pub fn restore_draft(station: AtStation<'_>, undo: String) -> Answer<Draft> {
    station.restore_draft(&undo)
}
