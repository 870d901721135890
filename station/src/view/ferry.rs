//! What the page about the ferry shows.

use chrono::{DateTime, Utc};
use domain::Reason;
use serde::Serialize;
use ts_rs::TS;

/// The ferry: files on a registered stick, where the city allows it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct FerryView {
    /// Whether the city allows it.
    pub allowed: bool,
    /// Sticks that are plugged in, and the folder that was typed.
    pub sticks: Vec<FerryStick>,
    /// Commands that are not acknowledged.
    #[ts(type = "number")]
    pub unsent_commands: u64,
    /// Pages likewise.
    #[ts(type = "number")]
    pub unsent_pages: u64,
    /// When files were written last.
    pub written_at: Option<DateTime<Utc>>,
}

/// A stick.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct FerryStick {
    /// Where it is.
    pub folder: String,
    /// What it is called, when it may be used.
    pub name: Option<String>,
    /// Until when it is registered.
    pub until: Option<DateTime<Utc>>,
    /// Why it may not be used.
    pub reason: Option<Reason>,
    /// Answers for this machine that lie on it.
    #[ts(type = "number")]
    pub answers: u64,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FerryWritten {
    /// Where.
    pub folder: String,
    /// Files.
    #[ts(type = "number")]
    pub files: u64,
    /// Their length.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Commands in them.
    #[ts(type = "number")]
    pub entries: u64,
    /// Pages in them.
    #[ts(type = "number")]
    pub pages: u64,
    /// Commands for another trip.
    #[ts(type = "number")]
    pub entries_left: u64,
    /// Pages for another trip.
    #[ts(type = "number")]
    pub pages_left: u64,
}

/// An answer that could not be used; it stays on the stick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FerryRefused {
    /// The file's name.
    pub file: String,
    /// Why.
    pub reason: Reason,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FerryRead {
    /// Answers.
    #[ts(type = "number")]
    pub files: u64,
    /// Where the centre's log ends.
    #[ts(type = "number")]
    pub acked: u64,
    /// Facts that were new.
    #[ts(type = "number")]
    pub facts: u64,
    /// Pages that the centre has.
    #[ts(type = "number")]
    pub pages: u64,
    /// Answers that could not be used.
    pub refused: Vec<FerryRefused>,
}
