//! Cases in lists and whole, the worklist, what filing answers.

use chrono::{DateTime, NaiveDate, Utc};
use domain::case::Answers;
use domain::person::Event;
use domain::{Id, Outcome, Reason, Stage};
use serde::Serialize;
use ts_rs::TS;

use super::{DraftPage, Face};

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CaseRow {
    /// Case id.
    pub case: Id,
    /// Business name.
    pub business: String,
    /// Person's name.
    pub name: String,
    /// Masked number.
    pub masked_number: String,
    /// Receipt serial.
    pub serial: String,
    /// Business date.
    pub acted_on: NaiveDate,
    /// Where it stands.
    pub standing: CaseStanding,
    /// Pages stored at the centre, and all pages.
    pub pages_stored: usize,
    /// See `pages_stored`.
    pub pages: usize,
}

/// Where a case stands, as the counter sees it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "at", rename_all = "snake_case")]
#[ts(export)]
pub enum CaseStanding {
    /// Durable here, not yet acknowledged by the centre.
    Waiting {
        /// Why it has not left: `line.cut`, `line.unreachable`, `outbox.next` …
        reason: Reason,
        /// Next try.
        next_try: Option<DateTime<Utc>>,
    },
    /// Acknowledged; being decided.
    Sent,
    /// Decided or in the workflow at the centre.
    Centre {
        /// Its stage.
        stage: Stage,
        /// What waits.
        pending: Vec<Reason>,
    },
    /// The command was refused or held.
    Answered {
        /// How.
        outcome: Outcome,
    },
}

/// A draft in a list.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct DraftRow {
    /// Draft id.
    pub draft: Id,
    /// Business name.
    pub business: String,
    /// Person's name.
    pub name: String,
    /// Masked number.
    pub masked_number: String,
    /// Last change.
    pub saved_at: DateTime<Utc>,
    /// Correction of this returned case.
    pub amends: Option<Id>,
}

/// The worklist.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Worklist {
    /// Back from review: these come first.
    pub returned: Vec<CaseRow>,
    /// Local drafts.
    pub drafts: Vec<DraftRow>,
    /// Waiting to send.
    pub waiting: Vec<CaseRow>,
    /// At the centre.
    pub at_centre: Vec<CaseRow>,
    /// Granted, refused, rejected or held, newest first.
    pub decided: Vec<CaseRow>,
}

/// Submitted: durable here, pending the centre.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Submitted {
    /// The case.
    pub case: Id,
    /// Receipt serial.
    pub serial: String,
    /// What the centre must still check.
    pub pending: Vec<Reason>,
}

/// A case, whole.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CaseView {
    /// As in lists.
    pub row: CaseRow,
    /// The person.
    pub face: Face,
    /// Known person.
    pub person: Option<Id>,
    /// The form.
    pub answers: Answers,
    /// The papers: `page://localhost/{page}`.
    pub pages: Vec<DraftPage>,
    /// What happened to it, oldest first.
    pub history: Vec<Event>,
    /// This station filed it, and it was returned, or waits for pages that are lost, or was rejected
    /// or held and can be asked again.
    pub can_amend: bool,
}

/// Where a receipt was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Receipt {
    /// Absolute path of the PDF.
    pub path: String,
    /// What the QR code says.
    pub qr: String,
}
