//! What the audit page shows.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::Reason;
use serde::Serialize;
use serde_json::Value;
use ts_rs::TS;

/// One day of the audit.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct AuditDay {
    /// Newest first.
    pub lines: Vec<AuditLine>,
    /// Records in all.
    #[ts(type = "number")]
    pub records: u64,
    /// When the centre's head was last kept here.
    pub witnessed: Option<DateTime<Utc>>,
}

/// One record.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct AuditLine {
    /// Its number.
    #[ts(type = "number")]
    pub n: u64,
    /// When, by this computer's clock.
    pub at: DateTime<Utc>,
    /// Nobody did it: the program by itself.
    pub by_program: bool,
    /// `area.what`.
    pub kind: String,
    /// Particulars.
    #[ts(type = "Record<string, string | number | boolean>")]
    pub with: BTreeMap<String, Value>,
}

/// What verifying came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct AuditVerdict {
    /// Records looked at.
    #[ts(type = "number")]
    pub records: u64,
    /// The head's first bytes, hex.
    pub head: String,
    /// The first bad record, and what is wrong with it.
    pub fault: Option<Reason>,
}

/// An exported audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct AuditFile {
    /// Where it is.
    pub path: String,
    /// Records in it.
    #[ts(type = "number")]
    pub records: u64,
}
