//! Getting back into a station that cannot be opened, the printed code, and the centre before it is
//! believed.

use domain::recovery::Cause;
use station::view::{FoundCentre, PrintedCodeView, RecoveryView, Status};

use super::{Answer, AtStation};

/// What can be said about the locked station, and its request.
#[tauri::command(async)]
pub fn get_recovery(station: AtStation<'_>) -> Answer<RecoveryView> {
    station.get_recovery()
}

/// Asks the city's key officers.
#[tauri::command(async)]
pub fn ask_recovery(
    station: AtStation<'_>,
    cause: Cause,
    by: String,
    login: String,
    note: String,
) -> Answer<RecoveryView> {
    station.ask_recovery(cause, &by, &login, &note)
}

/// Asks the centre how the request stands.
#[tauri::command(async)]
pub fn look_recovery(station: AtStation<'_>) -> Answer<RecoveryView> {
    station.look_recovery()
}

/// Gives the request up.
#[tauri::command(async)]
pub fn cancel_recovery(station: AtStation<'_>) -> Answer<RecoveryView> {
    station.cancel_recovery()
}

/// Saves the request as a file; answers where.
#[tauri::command(async)]
pub fn save_recovery(station: AtStation<'_>) -> Answer<String> {
    station.save_recovery()
}

/// Takes in an answer that came as a file.
#[tauri::command(async)]
pub fn bring_recovery(station: AtStation<'_>, answer: String) -> Answer<RecoveryView> {
    station.bring_recovery(&answer)
}

/// The release code and a new password.
#[tauri::command(async)]
pub fn finish_recovery(station: AtStation<'_>, code: String, password: String) -> Answer<Status> {
    station.finish_recovery(&code, &password)
}

/// The printed code and a new password.
#[tauri::command(async)]
pub fn open_printed(
    station: AtStation<'_>,
    code: String,
    login: String,
    password: String,
) -> Answer<Status> {
    station.open_printed(&code, &login, &password)
}

/// A new printed code, told this once.
#[tauri::command(async)]
pub fn make_printed_code(station: AtStation<'_>) -> Answer<PrintedCodeView> {
    station.make_printed_code()
}

/// The printed code opens nothing any more.
#[tauri::command(async)]
pub fn revoke_printed_code(station: AtStation<'_>) -> Answer<()> {
    station.revoke_printed_code()
}

/// Who answers at an address, before anything is told to it.
#[tauri::command(async)]
pub fn find_centre(station: AtStation<'_>, centre_url: String) -> Answer<FoundCentre> {
    station.find_centre(&centre_url)
}

/// A person has compared the fingerprint.
#[tauri::command(async)]
pub fn confirm_centre(station: AtStation<'_>, fingerprint: String) -> Answer<()> {
    station.confirm_centre(&fingerprint)
}
