//! What the sync page shows: how the three lanes are, and what waits in them.

use chrono::{DateTime, NaiveDate, Utc};
use domain::person::Conflict;
use domain::{Id, Reason};
use serde::Serialize;
use ts_rs::TS;

use super::LineStatus;

/// The exchange with the centre, as people see it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SyncView {
    /// The line.
    pub line: LineStatus,
    /// Commands up.
    pub commands: SyncLane,
    /// Pages up.
    pub pages: SyncLane,
    /// Facts down.
    pub facts: SyncLane,
    /// On the way: not acknowledged, or not answered yet.
    pub waiting: SyncGroup,
    /// The centre has the case and waits for pages.
    pub awaiting_pages: SyncGroup,
    /// A person at the centre has to look first.
    pub held: SyncGroup,
    /// Refused lately, and not repaired.
    pub refused: SyncGroup,
    /// Answers that were changed twice: the newest.
    pub conflicts: Vec<SyncConflict>,
    /// People who have such answers.
    #[ts(type = "number")]
    pub conflicts_total: u64,
    /// The city sends by stick too.
    pub ferry: bool,
    /// Another catalogue is here, and holds from the next log-in.
    pub new_catalogue: bool,
    /// Drafts: on this computer only.
    #[ts(type = "number")]
    pub drafts: u64,
}

/// One lane.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SyncLane {
    /// How it is.
    pub state: LaneState,
    /// Commands, pages or facts that are left.
    #[ts(type = "number")]
    pub left: u64,
    /// Their bytes, where that says more.
    #[ts(type = "number | null")]
    pub left_bytes: Option<u64>,
    /// How far this run is, of one: while something is left and something was done.
    pub part_done: Option<f64>,
    /// Seconds until it is done, at the speed of the last minute; None while that is not known.
    #[ts(type = "number | null")]
    pub left_s: Option<u64>,
    /// When it last succeeded, since the desk was opened.
    pub last_success: Option<DateTime<Utc>>,
}

/// How a lane is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum LaneState {
    /// Nothing is left.
    Idle,
    /// Under way.
    Busy,
    /// No line; it goes on by itself.
    NoLine {
        /// `line.…`
        reason: Reason,
        /// The next try.
        next_try: Option<DateTime<Utc>>,
    },
    /// The last try failed; it goes on by itself.
    Waiting {
        /// Why.
        reason: Reason,
        /// The next try.
        next_try: Option<DateTime<Utc>>,
    },
    /// The centre asked for a pause, which nobody shortens.
    Paused {
        /// Why.
        reason: Option<Reason>,
        /// When it goes on.
        until: DateTime<Utc>,
    },
    /// It does not go on before a person has acted.
    Stopped {
        /// Why, and what to do.
        reason: Reason,
    },
}

/// Items of a kind: the newest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SyncGroup {
    /// Newest first, as many as are shown.
    pub items: Vec<SyncItem>,
    /// All of them.
    #[ts(type = "number")]
    pub total: u64,
    /// There are more than were counted.
    pub uncounted: bool,
}

/// A case in a lane.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SyncItem {
    /// The case.
    pub case: Id,
    /// Its command, where the item is one; a case has several.
    pub command: Option<Id>,
    /// Business name.
    pub business: String,
    /// Person's name; empty where it is not known here whose it is.
    pub name: String,
    /// Masked number.
    pub masked_number: String,
    /// Business date.
    pub acted_on: NaiveDate,
    /// When it was filed, by this computer's clock.
    pub made_at: Option<DateTime<Utc>>,
    /// A correction of a case that had come back.
    pub correction: bool,
    /// It is no case: one of two values of this answer was chosen, and `case` is whose.
    pub settles: Option<String>,
    /// How it is.
    pub state: SyncState,
}

/// How an item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum SyncState {
    /// Has not left yet; the lane of commands says why and when.
    Waiting,
    /// The centre has it; its answer is on the way.
    Sent,
    /// The centre waits for its pages; the lane of pages says why and when.
    Pages {
        /// All of them.
        #[ts(type = "number")]
        all: u64,
        /// At the centre.
        #[ts(type = "number")]
        stored: u64,
        /// Cannot be read here any more, and the centre does not have them.
        #[ts(type = "number")]
        lost: u64,
        /// To be sent by another computer.
        #[ts(type = "number")]
        elsewhere: u64,
        /// Why one of them does not arrive although others do.
        reason: Option<Reason>,
        /// When that one is tried again.
        next_try: Option<DateTime<Utc>>,
    },
    /// Held at the centre.
    Held {
        /// Why.
        reason: Reason,
    },
    /// Refused.
    Refused {
        /// Why.
        reasons: Vec<Reason>,
    },
}

/// The answers of one person that were changed twice.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct SyncConflict {
    /// Whose.
    pub person: Id,
    /// Name.
    pub name: String,
    /// Masked number.
    pub masked_number: String,
    /// Both values of each.
    pub fields: Vec<Conflict>,
}

/// The centre's word that nothing was unsent, kept as a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Certificate {
    /// Where it lies.
    pub path: String,
    /// The last entry of this machine's log, which the centre has.
    #[ts(type = "number")]
    pub last: u64,
    /// When it was issued.
    pub issued_at: DateTime<Utc>,
}
