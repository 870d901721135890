//! The ledger (台账): every filing of this machine, filtered and counted, and what leaves of it.

use chrono::{DateTime, NaiveDate, Utc};
use domain::Id;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::CaseStanding;
use crate::policy::Purpose;

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LedgerWish {
    /// First business day.
    pub from: NaiveDate,
    /// Last business day.
    pub to: NaiveDate,
    /// Only this business.
    pub business: Option<String>,
    /// Only what stands so.
    pub state: Option<LedgerState>,
    /// Part of a name, a masked number or a serial; may be empty.
    pub text: String,
}

/// Where a filing stands, as the ledger counts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum LedgerState {
    /// Has not left yet.
    Waiting,
    /// At the centre, being decided.
    AtCentre,
    /// Came back to be corrected.
    Returned,
    /// Granted.
    Granted,
    /// Refused in review.
    Refused,
    /// Rejected or held by the centre: no case came of it.
    Stopped,
}

/// One filing.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct LedgerRow {
    /// Place in this machine's log.
    #[ts(type = "number")]
    pub n: u64,
    /// Business day.
    pub acted_on: NaiveDate,
    /// When it was filed, by this machine's clock.
    pub made_at: DateTime<Utc>,
    /// A correction of a case that had come back.
    pub correction: bool,
    /// Business name.
    pub business: String,
    /// The case.
    pub case: Id,
    /// Whose.
    pub name: String,
    /// Masked.
    pub masked_number: String,
    /// Receipt serial.
    pub serial: String,
    /// Who filed it.
    pub by: String,
    /// Pages filed with it.
    pub pages: usize,
    /// Counted as.
    pub state: LedgerState,
    /// In full.
    pub standing: CaseStanding,
}

/// How many of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LedgerCount<T: TS> {
    /// Of what.
    pub of: T,
    /// How many.
    pub count: usize,
}

/// The ledger as wished.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Ledger {
    /// Newest first, as many as are shown.
    pub rows: Vec<LedgerRow>,
    /// All that fit the wish.
    pub total: usize,
    /// By day, newest first.
    pub days: Vec<LedgerCount<NaiveDate>>,
    /// By business, whichever was wished for.
    pub businesses: Vec<LedgerCount<String>>,
    /// By state, whichever was wished for.
    pub states: Vec<LedgerCount<LedgerState>>,
}

/// What an export of the ledger needs here and now.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct ExportTerms {
    /// Who is logged in may export.
    pub allowed: bool,
    /// … with full numbers.
    pub numbers_allowed: bool,
    /// Purposes to choose from.
    pub purposes: Vec<Purpose>,
    /// Where to: sticks first.
    pub places: Vec<ExportPlace>,
    /// A second person must agree to any export.
    pub second_always: bool,
    /// … to one with full numbers.
    pub second_for_numbers: bool,
    /// Log-in names of the others who can agree.
    pub others: Vec<String>,
}

/// A folder to export to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct ExportPlace {
    /// Where.
    pub path: String,
    /// A stick or another disk that can be taken away.
    pub removable: bool,
}

/// An export as asked for.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct ExportWish {
    /// Which rows.
    pub wish: LedgerWish,
    /// As what.
    pub format: ExportFormat,
    /// What for.
    pub what_for: WhatFor,
    /// Why full numbers are needed; masked ones leave otherwise.
    pub numbers: Option<String>,
    /// The folder.
    pub folder: String,
}

/// What anything leaves for, and who agrees.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct WhatFor {
    /// A purpose's code.
    pub purpose: String,
    /// In words; may be empty where the purpose says enough.
    pub words: String,
    /// The second person, where one must agree.
    pub second: Option<SecondStaff>,
}

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ExportFormat {
    /// Excel.
    Xlsx,
    /// Comma separated, UTF-8 with its mark.
    Csv,
}

/// Who agrees beside the one who exports.
#[derive(Clone, Deserialize, TS)]
#[ts(export)]
pub struct SecondStaff {
    /// Log-in name.
    pub login: String,
    /// Password.
    pub password: String,
}

/// An export that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Exported {
    /// The file.
    pub path: String,
    /// Its number, as in the audit and on every page of it.
    pub number: String,
    /// How many rows.
    pub rows: usize,
}
