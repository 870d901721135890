//! What is kept here and how long; what residents were told; what was printed.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use ts_rs::TS;

use crate::policy::Kind;

/// What is kept on this computer.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Kept {
    /// Each kind of data.
    pub kinds: Vec<KeptKind>,
    /// First day of the rule.
    pub valid_from: NaiveDate,
    /// The time that days are counted by; None before the centre ever answered.
    pub counted_until: Option<DateTime<Utc>>,
    /// When what had run out was last taken away.
    pub last_purge: Option<DateTime<Utc>>,
}

/// One kind of data.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct KeptKind {
    /// The rule.
    pub kind: Kind,
    /// How many there are, where that is counted.
    #[ts(type = "number | null")]
    pub count: Option<u64>,
}

/// Whether a resident was told how their data are handled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct NoticeState {
    /// The version in force.
    pub version: String,
    /// When they were told that one.
    pub told_at: Option<DateTime<Utc>>,
}

/// Something that was made for printing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Printed {
    /// Where it lies until the desk is locked.
    pub path: String,
}
