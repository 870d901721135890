//! The ledger and its exports, the notice, copies for residents, retention.

use domain::Id;
use station::policy::Notice;
use station::view::{
    ExportTerms, ExportWish, Exported, Kept, Ledger, LedgerWish, NoticeState, Printed,
};

use super::{Answer, AtStation};

/// Every filing of this machine, filtered and counted.
#[tauri::command(async)]
pub fn get_ledger(station: AtStation<'_>, wish: LedgerWish) -> Answer<Ledger> {
    station.get_ledger(&wish)
}

/// What an export needs here and now.
#[tauri::command(async)]
pub fn get_export_terms(station: AtStation<'_>) -> Answer<ExportTerms> {
    station.get_export_terms()
}

/// Writes an export.
#[tauri::command(async)]
pub fn export_ledger(station: AtStation<'_>, asked: ExportWish) -> Answer<Exported> {
    station.export_ledger(&asked)
}

/// What is kept here, how long, and why.
#[tauri::command(async)]
pub fn get_kept(station: AtStation<'_>) -> Answer<Kept> {
    station.get_kept()
}

/// The notice in force.
#[tauri::command(async)]
pub fn get_notice(station: AtStation<'_>) -> Answer<Notice> {
    station.get_notice()
}

/// Notes that a resident was told.
#[tauri::command(async)]
pub fn tell_notice(
    station: AtStation<'_>,
    reading: Option<Id>,
    person: Option<Id>,
) -> Answer<NoticeState> {
    station.tell_notice(reading, person)
}

/// Writes the notice and opens it.
#[tauri::command(async)]
pub fn print_notice(station: AtStation<'_>) -> Answer<Printed> {
    station.print_notice()
}

/// Writes what is kept about a resident and opens it.
#[tauri::command(async)]
pub fn print_copy(
    station: AtStation<'_>,
    reading: Option<Id>,
    person: Option<Id>,
) -> Answer<Printed> {
    station.print_copy(reading, person)
}

/// Writes the papers of a case as one PDF and opens it.
#[tauri::command(async)]
pub fn print_materials(station: AtStation<'_>, case: Id) -> Answer<Printed> {
    station.print_materials(case)
}
