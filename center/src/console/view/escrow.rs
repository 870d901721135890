//! What the key officers' page reads and writes. No key and no share is in any of it.

use chrono::{DateTime, Utc};
use domain::recovery::Cause;
use domain::{Division, Id};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `GET /api/escrow`: everything on the page.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct EscrowView {
    /// The keys, the one in force first; none before the first was made.
    pub keys: Vec<EscrowKeyLine>,
    /// Stations whose data key is sealed to the key in force.
    #[ts(type = "number")]
    pub sealed: u64,
    /// Stations that may speak.
    #[ts(type = "number")]
    pub stations: u64,
    /// Requests of the reader's area, the newest first.
    pub requests: Vec<RecoveryLine>,
    /// What was done, the newest first.
    pub history: Vec<RecoveryStep>,
}

/// One escrow key.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct EscrowKeyLine {
    /// Sixteen hex digits.
    pub id: String,
    /// Suite 1 or 2.
    pub suite: u8,
    /// SHA-256, hex.
    pub fingerprint: String,
    /// When it was made.
    #[ts(type = "string")]
    pub made_at: DateTime<Utc>,
    /// Names of the officers with a share.
    pub officers: Vec<String>,
    /// Whether the reader is one of them.
    pub mine: bool,
}

/// One request.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct RecoveryLine {
    /// Which.
    pub request: Id,
    /// SHA-256 of its text, hex.
    pub hash: String,
    /// What both sides read to each other.
    pub code: String,
    /// Where.
    pub community: Division,
    /// Its name.
    pub community_name: String,
    /// The machine's number there.
    pub number: Option<u32>,
    /// What happened.
    pub cause: Cause,
    /// Who asks, as they wrote it.
    pub by: String,
    /// Who is to get a new password.
    pub login: String,
    /// Their name; None when nobody of that log-in name works there.
    pub staff_name: Option<String>,
    /// What else they say.
    pub note: String,
    /// When it came.
    #[ts(type = "string")]
    pub received_at: DateTime<Utc>,
    /// Until when it may be decided, or its answer used.
    #[ts(type = "string")]
    pub expires_at: DateTime<Utc>,
    /// How it stands.
    pub state: RecoveryState,
    /// Names of the officers who approved.
    pub approved_by: Vec<String>,
    /// Whether the reader is one of them.
    pub approved_by_me: bool,
    /// Whether the reader holds a share of the key it needs.
    pub mine: bool,
    /// Why it was refused.
    pub refusal: Option<String>,
}

/// How a request stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, export_to = "console/")]
pub enum RecoveryState {
    /// For officers.
    Waiting,
    /// Refused.
    Refused,
    /// Opened, and the answer may be used.
    Answered,
    /// Too old.
    Expired,
}

/// One step.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct RecoveryStep {
    /// When.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
    /// `key_made`, `asked`, `approved` …
    pub what: String,
    /// Which officer.
    pub officer: Option<String>,
    /// Which station.
    pub community_name: Option<String>,
    /// The code of the request.
    pub code: Option<String>,
}

/// `POST /api/escrow/keys`: three officers at one desk.
#[derive(Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct CeremonyWord {
    /// Suite 1 or 2.
    pub suite: u8,
    /// Three.
    pub officers: Vec<CeremonyHand>,
}

/// What one of them types.
#[derive(Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct CeremonyHand {
    /// Log-in name.
    pub login: String,
    /// Log-in password.
    pub password: String,
    /// The passphrase they choose.
    pub passphrase: String,
}

/// `POST /api/escrow/requests`: a request that came as a file.
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct BringWord {
    /// Its text.
    pub ask: String,
}

/// Which request that is.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct Brought {
    /// Its id.
    pub request: Id,
}

/// `POST /api/escrow/requests/{id}/approve`
#[derive(Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct ApproveWord {
    /// The hash of the request on screen.
    pub hash: String,
    /// The officer's passphrase, typed anew.
    pub passphrase: String,
}

/// What it came to.
#[derive(Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct ApprovedView {
    /// How many officers have approved.
    pub approvals: u32,
    /// With the second: what to read to the station. It is told this once.
    pub release_code: Option<String>,
}

/// `POST /api/escrow/requests/{id}/refuse`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct RefuseWord {
    /// Why; the station reads it.
    pub reason: String,
}

/// `GET /api/escrow/requests/{id}/answer`: for carrying it by hand.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct AnswerText {
    /// The text.
    pub answer: String,
}

/// `POST /api/escrow/passphrase`
#[derive(Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct PassphraseWord {
    /// As it is.
    pub old: String,
    /// As it shall be.
    pub new: String,
}
