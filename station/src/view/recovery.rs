//! What the pages for getting back in are told.

use chrono::{DateTime, Utc};
use domain::Reason;
use domain::recovery::Cause;
use serde::Serialize;
use ts_rs::TS;

use super::Colleague;

/// A locked station, and its request if there is one.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RecoveryView {
    /// Everybody with a key on this machine.
    pub people: Vec<Colleague>,
    /// The key file is there and readable.
    pub key_file: bool,
    /// The machine secret is there.
    pub machine_secret: bool,
    /// The data key is sealed to the city's officers, here or in the centre's copy.
    pub sealed: bool,
    /// When the code was printed that opens this machine; None when there is none.
    #[ts(type = "string | null")]
    pub printed: Option<DateTime<Utc>>,
    /// What this looks like.
    pub suggested: Option<Cause>,
    /// The request that waits.
    pub request: Option<RecoveryRequest>,
}

/// A request on its way.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RecoveryRequest {
    /// Sixteen digits that both sides read to each other.
    pub code: String,
    /// What happened.
    pub cause: Cause,
    /// Who asks.
    pub by: String,
    /// Who is to get a new password.
    pub login: String,
    /// When it was made.
    #[ts(type = "string")]
    pub made_at: DateTime<Utc>,
    /// How it stands.
    pub stands: RecoveryStands,
    /// Why the centre could not be asked just now.
    pub failure: Option<Reason>,
    /// The request as a QR code: rows of `0` and `1`.
    pub qr: Vec<String>,
}

/// How a request stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "stands", rename_all = "snake_case")]
#[ts(export)]
pub enum RecoveryStands {
    /// The centre has not been told yet.
    NotSent,
    /// Officers have to approve.
    Waiting {
        /// How many have.
        approvals: u32,
    },
    /// An officer refused.
    Refused {
        /// Why.
        reason: String,
    },
    /// Too old.
    Expired,
    /// Opened: the release code and a new password are wanted.
    Answered,
}

/// The printed code, shown once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct PrintedCodeView {
    /// `XXX-XXX-…`
    pub code: String,
    /// The station's name, for the envelope.
    pub station: String,
    /// When it was made.
    #[ts(type = "string")]
    pub made: DateTime<Utc>,
}

/// A centre that was found, before a person has compared its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct FoundCentre {
    /// The city's name.
    pub city: String,
    /// SHA-256 of its CA in sixteen groups of four.
    pub fingerprint: Vec<String>,
}
