//! The audit, and numbers in full.

use domain::Id;
use station::view::{AuditDay, AuditFile, AuditVerdict, WhatFor};

use super::{Answer, AtStation};

/// One's own acts of a day (`YYYY-MM-DD`).
#[tauri::command(async)]
pub fn get_audit(station: AtStation<'_>, day: chrono::NaiveDate) -> Answer<AuditDay> {
    station.get_audit(day)
}

/// Verifies the whole chain.
#[tauri::command(async)]
pub fn verify_audit(station: AtStation<'_>) -> Answer<AuditVerdict> {
    station.verify_audit()
}

/// Writes it down for an auditor.
#[tauri::command(async)]
pub fn export_audit(station: AtStation<'_>, what_for: WhatFor) -> Answer<AuditFile> {
    station.export_audit(&what_for)
}

/// A number in full, for a reason that is recorded.
#[tauri::command(async)]
pub fn show_number(
    station: AtStation<'_>,
    reading: Option<Id>,
    person: Option<Id>,
    reason: String,
    words: String,
) -> Answer<String> {
    station.show_number(reading, person, &reason, &words)
}
