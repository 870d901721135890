//! What the part of a station's page about substitutes reads and writes.

use chrono::{DateTime, Utc};
use domain::Id;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `GET /api/stations/{installation}/substitute`
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct SubstitutePage {
    /// Since when there is a code that nobody has used; None while there is none.
    #[ts(type = "string | null")]
    pub code_since: Option<DateTime<Utc>>,
    /// Hours that somebody works with it.
    pub hours: u32,
    /// Whether the reader may give it out.
    pub may_give: bool,
    /// For whom: those the station was told of while it had a line.
    pub people: Vec<PersonLine>,
    /// The last times it was given out, the newest first.
    pub given: Vec<GivenLine>,
    /// Who used a code that had not been given for them, by name.
    pub strangers: Vec<String>,
}

/// Somebody of another station.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct PersonLine {
    /// Who.
    pub staff: Id,
    /// Name.
    pub name: String,
    /// Log-in name.
    pub login: String,
    /// Where they work.
    pub area_name: String,
}

/// A time that a code was given out.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct GivenLine {
    /// For whom, by name.
    pub name: String,
    /// Why.
    pub reason: String,
    /// By whom, by name.
    pub by: String,
    /// When.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
    /// When they sat down with it, by the station's clock.
    #[ts(type = "string | null")]
    pub used_at: Option<DateTime<Utc>>,
    /// When the centre heard of it.
    #[ts(type = "string | null")]
    pub told_at: Option<DateTime<Utc>>,
}

/// `POST /api/stations/{installation}/substitute`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct SubstituteWord {
    /// Who is let in.
    pub staff: Id,
    /// Why.
    pub reason: String,
}

/// Its answer: shown once.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct SubstituteCode {
    /// To be read out.
    pub code: String,
    /// For whom.
    pub name: String,
    /// Hours that they work with it.
    pub hours: u32,
}
