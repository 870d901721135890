//! What the pages of residents' records read and write.

use domain::{Case, Division, DocumentKind, Id, Person};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// `POST /api/records/find`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct RecordWish {
    /// Which document.
    pub kind: DocumentKind,
    /// Its number, whole.
    pub number: String,
}

/// A record that was found, as far as it takes to tell it from another.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct RecordLine {
    /// Whose.
    pub person: Id,
    /// The name.
    pub name: String,
    /// Masked.
    pub number_masked: String,
    /// Date of birth.
    #[ts(type = "string")]
    pub birth: chrono::NaiveDate,
    /// As on the document.
    pub address: String,
    /// Their home community.
    pub home_name: String,
    /// The number that was asked for is one they had before.
    pub formerly: bool,
}

/// A record, whole.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct RecordPage {
    /// Whose; numbers are masked.
    pub person: Person,
    /// Their cases that were filed in the reader's area.
    pub cases: Vec<Case>,
    /// How many there are elsewhere.
    #[ts(type = "number")]
    pub elsewhere: u64,
    /// Their home community.
    pub home_name: String,
    /// The communities that have the record, home first.
    pub carried: Vec<String>,
    /// The reader may correct it.
    pub may_correct: bool,
    /// The reader may give it another home.
    pub may_move: bool,
}

/// A community somebody can move to.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct Community {
    /// Its code.
    pub code: Division,
    /// Its name.
    pub name: String,
    /// The names of what it lies in, the nearest first.
    pub within: Vec<String>,
}

/// `POST /api/records/{id}/correct`
#[derive(Clone, Debug, Deserialize, TS)]
#[serde(tag = "correction", rename_all = "snake_case")]
#[ts(export, export_to = "console/")]
pub enum CorrectionWish {
    /// One of two values is right.
    Answer {
        /// Field id.
        field: String,
        /// The right one.
        value: String,
        /// Those on screen.
        seen: Vec<String>,
    },
    /// Another number.
    Renumber {
        /// Which document.
        kind: DocumentKind,
        /// Its number, whole.
        number: String,
        /// Date of birth, where the number does not say it.
        #[ts(type = "string | null")]
        birth: Option<chrono::NaiveDate>,
        /// Why.
        reason: String,
    },
    /// Another record is the same person's.
    Merge {
        /// The one that is joined to this.
        gone: Id,
        /// Why.
        reason: String,
    },
    /// Cases are another person's.
    Split {
        /// Which.
        cases: Vec<Id>,
        /// Whose: which document.
        kind: DocumentKind,
        /// Its number, whole.
        number: String,
        /// The name on it.
        name: String,
        /// Date of birth, where the number does not say it.
        #[ts(type = "string | null")]
        birth: Option<chrono::NaiveDate>,
        /// Why.
        reason: String,
    },
    /// They live elsewhere now.
    Move {
        /// Where.
        home: Division,
        /// Why.
        reason: String,
    },
}
