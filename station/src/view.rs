//! What the window is told: plain values, already masked and decided. The page shows them and
//! decides nothing.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::case::{Answers, Page};
use domain::catalog::CodeTable;
use domain::person::{Conflict, Employment, Event, Standing};
use domain::retirement::Retirement;
use domain::{Business, CheckLine, Division, Id, Outcome, Reason, Sex, Staff, Stage};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The state of the whole desk: the status corner, and which screen comes first.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Status {
    /// Which door is shown.
    pub door: Door,
    /// The station, once enrolled.
    pub station: Option<StationName>,
    /// Who is logged in.
    pub staff: Option<Staff>,
    /// The card readers.
    pub reader: DeviceStatus,
    /// The scanner.
    pub scanner: DeviceStatus,
    /// The line to the centre.
    pub line: LineStatus,
    /// Commands that have not been acknowledged.
    #[ts(type = "number")]
    pub unsent_commands: u64,
    /// Pages that are not stored at the centre.
    #[ts(type = "number")]
    pub unsent_pages: u64,
    /// Drafts: local, never sent.
    #[ts(type = "number")]
    pub drafts: u64,
    /// The card tray and the line switch are there (demo and training only).
    pub demo: bool,
}

/// What stands before the counter.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "door", rename_all = "snake_case")]
#[ts(export)]
pub enum Door {
    /// No keys yet: enrol with a one-time code.
    Enrol,
    /// Locked: names that may log in here.
    Login {
        /// Log-in names.
        logins: Vec<String>,
    },
    /// The database cannot be opened; the file is kept.
    Unreadable {
        /// `store.…`
        code: String,
        /// Where the file is.
        path: String,
    },
    /// Open.
    Open,
}

/// A station's code and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct StationName {
    /// The community's code.
    pub community: Division,
    /// Its name.
    pub name: String,
}

/// One kind of device in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DeviceStatus {
    /// Whether it can be used now.
    pub ready: bool,
    /// What is wrong, or `reader.ready`, `scanner.ready`, `reader.card_present` …
    pub reason: Reason,
    /// Its name, when there is one.
    pub name: Option<String>,
}

/// The line in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct LineStatus {
    /// Whether the last exchange succeeded.
    pub up: bool,
    /// `line.up`, or why not: `line.cut`, `line.unreachable`, `station.revoked` …
    pub reason: Reason,
    /// When the centre last answered.
    pub last_contact: Option<DateTime<Utc>>,
    /// When the next try is.
    pub next_try: Option<DateTime<Utc>>,
    /// The centre's clock minus ours, when it is more than a minute.
    #[ts(type = "number | null")]
    pub clock_off_s: Option<i64>,
}

/// A card was read, or could not be.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "tap", rename_all = "snake_case")]
#[ts(export)]
pub enum Tap {
    /// Read: the reading's id and the person page's data.
    Read {
        /// Opaque; the page never carries the identity itself.
        reading: Id,
        /// What to show.
        page: Box<PersonPage>,
        /// From the last byte of the card to this event.
        took_ms: f64,
    },
    /// Not read.
    Failed {
        /// `card.…`
        reason: Reason,
    },
    /// Lifted.
    Removed,
}

/// The person page.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PersonPage {
    /// Known person, if the record is here (or provisional).
    pub person: Option<Id>,
    /// The reading, when the page comes from a card.
    pub reading: Option<Id>,
    /// Card face.
    pub face: Face,
    /// What to mind, worst first.
    pub alerts: Vec<Alert>,
    /// What to do today, as one sentence.
    pub advice: Reason,
    /// Legal retirement date; two where the group is unknown.
    pub retirement: Vec<Retirement>,
    /// Remembered answers by field id.
    pub known: Answers,
    /// Contradictions.
    pub conflicts: Vec<Conflict>,
    /// Standings in force or ended.
    pub standings: BTreeMap<String, Standing>,
    /// Known employment.
    pub employments: Vec<Employment>,
    /// Cases, newest first.
    pub cases: Vec<CaseRow>,
    /// The line of the life, newest first.
    pub life: Vec<Event>,
    /// The record cannot be changed until the program is updated.
    pub frozen: bool,
}

/// The card as printed, number masked.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Face {
    /// Name.
    pub name: String,
    /// Latin name of a foreigner.
    pub latin_name: Option<String>,
    /// Document kind.
    pub kind: domain::DocumentKind,
    /// Masked number.
    pub masked_number: String,
    /// Sex.
    pub sex: Sex,
    /// GB/T 3304 code.
    pub ethnic: Option<String>,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Full years today.
    pub age: i32,
    /// Address as printed.
    pub address: String,
    /// Issuing authority.
    pub issuer: String,
    /// First day of validity.
    pub valid_from: Option<NaiveDate>,
    /// Last day; None is 长期.
    pub valid_to: Option<NaiveDate>,
    /// Three-letter nationality.
    pub nationality: Option<String>,
}

/// Something to mind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Alert {
    /// How bad.
    pub level: AlertLevel,
    /// What, and with which particulars.
    pub reason: Reason,
    /// The case or draft it leads to.
    pub case: Option<Id>,
}

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AlertLevel {
    /// Stops something.
    Stop,
    /// To be minded.
    Warn,
    /// Good to know.
    Note,
}

/// A row of a people search.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PersonRow {
    /// Person id.
    pub person: Id,
    /// Name.
    pub name: String,
    /// Masked number.
    pub masked_number: String,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Names of standings in force.
    pub standings: Vec<String>,
}

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

/// An open form.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Draft {
    /// Draft id.
    pub draft: Id,
    /// Business name.
    pub business: String,
    /// The person.
    pub face: Face,
    /// How the identity was established.
    pub evidence: domain::identity::Evidence,
    /// The answers as saved.
    pub answers: Answers,
    /// Where a prefilled answer came from: `card`, `last`.
    pub filled_from: BTreeMap<String, String>,
    /// The papers in order.
    pub pages: Vec<DraftPage>,
    /// All checks.
    pub checks: Vec<CheckLine>,
    /// What still blocks submitting.
    pub blocking: usize,
    /// The returned case it corrects, why, and the field to open at.
    pub amends: Option<Amends>,
    /// The business date.
    pub acted_on: NaiveDate,
}

/// What a correction answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Amends {
    /// The case.
    pub case: Id,
    /// The reviewer's words.
    pub reason: String,
    /// The field or material named.
    pub field: Option<String>,
    /// Who returned it.
    pub by: String,
}

/// A captured page. Its image: `page://localhost/{page}`, thumbnail: `page://localhost/{page}?thumb`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DraftPage {
    /// Id of the page in this draft; grows a suffix when the picture changes.
    pub page: String,
    /// Material id.
    pub material: String,
    /// Hash, size, type.
    pub manifest: Page,
}

/// A page was taken, turned, moved or removed; `undo` brings it back.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PagesChanged {
    /// The papers in order.
    pub pages: Vec<DraftPage>,
    /// All checks.
    pub checks: Vec<CheckLine>,
    /// What still blocks submitting.
    pub blocking: usize,
    /// Token for `restore_page`.
    pub undo: Option<String>,
}

/// The answer to a keystroke: durable, and what the checks say now.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Saved {
    /// When it became durable.
    pub saved_at: DateTime<Utc>,
    /// All checks.
    pub checks: Vec<CheckLine>,
    /// What still blocks submitting.
    pub blocking: usize,
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
    /// This station filed it, and it was returned, or rejected or held and can be asked again.
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

/// A sample card of the tray (demo and training only).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TrayCard {
    /// Its name in the tray.
    pub id: String,
    /// Printed name.
    pub name: String,
    /// What it shows: `citizen`, `expired` …
    pub note: String,
    /// On the reader now.
    pub inserted: bool,
}

/// The catalogue as the window needs it: forms, words of codes, names of divisions.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct CatalogView {
    /// All businesses.
    pub businesses: Vec<Business>,
    /// Code tables by name.
    pub codes: BTreeMap<String, CodeTable>,
    /// Names by division code.
    pub divisions: BTreeMap<String, String>,
}

/// Every failure of a call: a code with particulars; words are in the locale files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Failure {
    /// `area.what` and particulars.
    pub reason: Reason,
    /// The field or material it is about.
    pub field: Option<String>,
}
