//! Enrolment without hands: `--enrol FILE` with what the first-run page would ask for, for rolling
//! out many stations. The file holds a one-time code and a password, so it is removed once used.

use std::path::Path;

use serde::Deserialize;
use station::Station;
use station::view::Door;

/// The file's content (JSON).
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    centre_url: String,
    code: String,
    ca_path: Option<String>,
    /// What the city published, in place of the file.
    ca_fingerprint: Option<String>,
    login: String,
    password: String,
}

/// Enrols a station that has no keys yet, leaves it locked, and removes the file. A station that
/// has keys is left as it is.
pub fn enrol_from(file: &Path, station: &Station) -> Result<(), String> {
    if !matches!(station.get_status().door, Door::Enrol) {
        return Ok(());
    }
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    let asked: Request = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    if let Some(fingerprint) = &asked.ca_fingerprint {
        station
            .find_centre(&asked.centre_url)
            .and_then(|_| station.confirm_centre(fingerprint))
            .map_err(|failure| failure.reason.code)?;
    }
    station
        .enrol(
            &asked.centre_url,
            &asked.code,
            asked.ca_path,
            &asked.login,
            &asked.password,
        )
        .and_then(|_| station.lock())
        .map_err(|failure| failure.reason.code)?;
    std::fs::remove_file(file).map_err(|error| error.to_string())
}
