//! Commands: what a person asked or did. Immutable, numbered and signed per installation; decided
//! by the centre.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::case::{Answers, Page};
use crate::identity::Evidence;
use crate::person::FieldChange;
use crate::record::{Merge, MoveHome, Renumber, SettleAnswer, Split};
use crate::{Division, Id, Identity, Reason};

/// Who acted, and for which area.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Staff {
    /// Given by the centre.
    pub id: Id,
    /// Shown name.
    pub name: String,
    /// The area they work for.
    pub area: Division,
}

/// The envelope every act travels in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// UUID v7; outlives re-numbering.
    pub id: Id,
    /// The command that must have been decided first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Id>,
    /// The rejected or held command that this one repairs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Id>,
    /// Who acted.
    pub by: Staff,
    /// The business date the law counts from (受理日). Evidence, never used for order.
    pub acted_on: NaiveDate,
    /// The author's clock. Evidence, never used for order.
    pub made_at: DateTime<Utc>,
    /// Hash of the catalogue in force when it was made.
    pub catalogue: String,
    /// What was done.
    pub act: Act,
}

/// What can be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Act {
    /// File a case.
    Submit(Submit),
    /// Correct a returned case.
    Amend(Amend),
    /// Decide a review step (console).
    Review(Review),
    /// All pages of a case are stored and re-hashed (the centre itself).
    PagesStored {
        /// The case.
        case: Id,
    },
    /// Settle a held command (console).
    Settle(Settle),
    /// An employer's filing, as imported by the centre.
    RecordEmployment(RecordEmployment),
    /// Choose one of two values of a remembered answer.
    SettleAnswer(SettleAnswer),
    /// Correct the number a person is known by (console).
    Renumber(Renumber),
    /// Join two records of one person (console).
    Merge(Merge),
    /// Take somebody else's cases out of a record (console).
    Split(Split),
    /// Give a person another home community (console).
    MoveHome(MoveHome),
}

/// A case as asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submit {
    /// Business name.
    pub business: String,
    /// The community of the station.
    pub community: Division,
    /// Station code and local serial.
    pub serial: String,
    /// The person, by the document seen.
    pub identity: Identity,
    /// How the document was seen.
    pub evidence: Evidence,
    /// The form.
    pub answers: Answers,
    /// Remembered answers that this form changed.
    pub changes: Vec<FieldChange>,
    /// The papers.
    pub pages: Vec<Page>,
}

/// A correction.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Amend {
    /// The returned case.
    pub case: Id,
    /// The version that was on screen.
    pub version: u32,
    /// The form, whole.
    pub answers: Answers,
    /// Remembered answers that this form changed.
    pub changes: Vec<FieldChange>,
    /// The papers, whole.
    pub pages: Vec<Page>,
}

/// A reviewer's word.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Review {
    /// The case.
    pub case: Id,
    /// The version that was on screen.
    pub version: u32,
    /// What was decided.
    pub decision: Decision,
}

/// What a reviewer can decide.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "decision", rename_all = "snake_case")]
#[ts(export)]
pub enum Decision {
    /// Pass the step.
    Approve {
        /// 审核意见; may be empty.
        opinion: String,
    },
    /// Back to the station.
    Return {
        /// Why.
        reason: String,
        /// What to look at.
        field: Option<String>,
    },
    /// Refuse for good, naming why.
    Refuse {
        /// Why.
        reason: String,
    },
}

/// What a person decided about a held command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settle {
    /// The held command.
    pub command: Id,
    /// How.
    pub how: Settlement,
}

/// Ways to settle "this number is known under another name".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "settlement", rename_all = "snake_case")]
#[ts(export)]
pub enum Settlement {
    /// The same person, whose name was changed or mistyped before.
    SamePerson {
        /// Which.
        person: Id,
    },
    /// Another person who really carries the same number (重号).
    AnotherPerson,
    /// A mistake: the station must look again.
    Refuse {
        /// Why, for the station.
        reason: Reason,
    },
}

/// One employment from an employer's filing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordEmployment {
    /// Whose.
    pub identity: Identity,
    /// Their home community.
    pub home: Division,
    /// The employer's name.
    pub employer: String,
    /// First day.
    pub since: NaiveDate,
    /// Last day.
    pub until: Option<NaiveDate>,
    /// Source with date.
    pub source: String,
}
