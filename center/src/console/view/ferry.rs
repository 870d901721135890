//! What the page about the ferry reads and writes.

use chrono::{DateTime, Utc};
use domain::Id;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::store::ferry_stick::Kept;

/// `GET /api/ferry`
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct FerryView {
    /// Whether the city allows it at all.
    pub allowed: bool,
    /// The sticks of the reader's area, the newest first.
    pub sticks: Vec<StickLine>,
}

/// A registered stick.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct StickLine {
    /// Its id.
    pub stick: Id,
    /// What it is called.
    pub name: String,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// When it has to be registered anew.
    pub until: DateTime<Utc>,
    /// Since when it is used no more.
    pub withdrawn_at: Option<DateTime<Utc>>,
}

/// `POST /api/ferry/sticks`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct StickWord {
    /// What the stick is to be called.
    pub name: String,
}

/// The answer to `POST /api/ferry`: what came of a station's file, and the file to take back.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct FerryAnswer {
    /// Whose file it was.
    pub community: String,
    /// Commands that were new.
    #[ts(type = "number")]
    pub entries: u64,
    /// Commands that wait for what lies before them.
    #[ts(type = "number")]
    pub parked: u64,
    /// Pages that are here, of those in the file.
    #[ts(type = "number")]
    pub pages: u64,
    /// Pages that are not what they should be; the station sends them again.
    #[ts(type = "number")]
    pub damaged: u64,
    /// Where the station's log ends now.
    #[ts(type = "number")]
    pub acked: u64,
    /// Reports on orders in the file.
    #[ts(type = "number")]
    pub reports: u64,
    /// The station may speak no more; the answer tells it so.
    pub revoked: bool,
    /// How the file is called.
    pub name: String,
    /// The file, hex.
    pub file: String,
}

impl From<Kept> for StickLine {
    fn from(kept: Kept) -> StickLine {
        StickLine {
            stick: kept.stick.id,
            name: kept.stick.name,
            registered_at: kept.stick.registered_at,
            until: kept.stick.until,
            withdrawn_at: kept.withdrawn_at,
        }
    }
}
