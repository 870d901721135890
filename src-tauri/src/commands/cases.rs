//! Cases.

use domain::Id;
use station::view::{CaseView, Draft, Receipt, Submitted, Worklist};

use super::{Answer, AtStation};

/// Everything that is under way.
#[tauri::command(async)]
pub fn get_worklist(station: AtStation<'_>) -> Answer<Worklist> {
    station.get_worklist()
}

/// One case, whole.
#[tauri::command(async)]
pub fn get_case(station: AtStation<'_>, case: Id) -> Answer<CaseView> {
    station.get_case(case)
}

/// Opens a returned case for correction.
#[tauri::command(async)]
pub fn amend_case(station: AtStation<'_>, case: Id) -> Answer<Draft> {
    station.amend_case(case)
}

/// Files a draft: durable when it answers.
#[tauri::command(async)]
pub fn submit(station: AtStation<'_>, draft: Id) -> Answer<Submitted> {
    station.submit(draft)
}

/// Writes the receipt as PDF.
#[tauri::command(async)]
pub fn make_receipt(station: AtStation<'_>, case: Id) -> Answer<Receipt> {
    station.make_receipt(case)
}

/// Writes it and opens it with the system's viewer.
#[tauri::command(async)]
pub fn open_receipt(station: AtStation<'_>, case: Id) -> Answer<Receipt> {
    station.open_receipt(case)
}
