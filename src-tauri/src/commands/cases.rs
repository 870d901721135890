//! Cases.

use domain::Id;
use station::view::{CaseView, Certificate, Draft, Receipt, Submitted, SyncView, Worklist};

use super::{Answer, AtStation};

/// Everything that is under way.
#[tauri::command(async)]
pub fn get_worklist(station: AtStation<'_>) -> Answer<Worklist> {
    station.get_worklist()
}

/// How the exchange with the centre is.
#[tauri::command(async)]
pub fn get_sync(station: AtStation<'_>) -> Answer<SyncView> {
    station.get_sync()
}

/// Sends and fetches now.
#[tauri::command(async)]
pub fn ask_certificate(station: AtStation<'_>) -> Answer<Certificate> {
    station.ask_certificate()
}

#[tauri::command(async)]
pub fn send_now(station: AtStation<'_>) -> Answer<SyncView> {
    station.send_now()
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

/// The case of a receipt, by the code on it.
#[tauri::command(async)]
pub fn find_by_receipt(station: AtStation<'_>, text: String) -> Answer<Id> {
    station.find_by_receipt(&text)
}
