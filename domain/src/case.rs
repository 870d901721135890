//! A case (办件): what was asked, what lies with it, and where it stands.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Division, Id, Reason, Staff};

/// Answers by field id. Everything is text; the form's field kinds say how it must look.
pub type Answers = BTreeMap<String, String>;

/// A page of a material: its bytes live in the blob store under their hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Page {
    /// Material id in the business.
    pub material: String,
    /// SHA-256 of the plain bytes, hex.
    pub sha256: String,
    /// Their number.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// `image/jpeg` or `image/png`.
    pub media_type: String,
}

/// Where a case stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "stage", rename_all = "snake_case")]
#[ts(export)]
pub enum Stage {
    /// Taken at a station whose word is not the city's: 预受理，待市中心核验.
    PreAccepted,
    /// The centre waits for pages; no reviewer sees it yet.
    AwaitingPages {
        /// The step it enters then.
        step: usize,
    },
    /// In the inbox of a review step.
    InReview {
        /// Index into the business's steps.
        step: usize,
    },
    /// Back at the station.
    Returned {
        /// The step that returned it, and that sees it next.
        step: usize,
        /// Why, in the reviewer's words. Empty when nobody returned it: the rules have changed since it
        /// was filled, and `pending` says what they ask.
        reason: String,
        /// The field or material to look at.
        field: Option<String>,
        /// Who returned it.
        by: String,
    },
    /// Granted.
    Granted,
    /// Refused for good.
    Refused {
        /// Why.
        reason: String,
    },
}

/// One case.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Case {
    /// Derived from the command that opened it.
    pub id: Id,
    /// Whose.
    pub person: Id,
    /// The command that opened it: its outcome answers the filer.
    pub command: Id,
    /// Business name.
    pub business: String,
    /// The community that filed it.
    pub filed_at: Division,
    /// Station code and local serial, as printed on the receipt.
    pub serial: String,
    /// Who took it.
    pub entered_by: Staff,
    /// The business date (受理日).
    pub acted_on: NaiveDate,
    /// The answers as they stand.
    pub answers: Answers,
    /// The manifest, in order.
    pub pages: Vec<Page>,
    /// Where it stands.
    pub stage: Stage,
    /// Grows by one with every fact; a review names the version it saw.
    pub version: u32,
    /// What a person must look at.
    pub pending: Vec<Reason>,
    /// Staff ids who approved a step, in order.
    pub approved_by: Vec<Id>,
    /// A newer program wrote something this one cannot read.
    pub frozen: bool,
}

impl Case {
    /// Whether it still runs.
    pub fn is_open(&self) -> bool {
        !matches!(self.stage, Stage::Granted | Stage::Refused { .. })
    }
}
