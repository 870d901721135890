//! What the console's pages read and write. Citizen numbers are masked in all of it but
//! [`FullNumber`].

pub mod escrow;
pub mod ferry;
pub mod fleet;
pub mod records;
pub mod substitute;

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use domain::catalog::{Business, CodeTable};
use domain::command::{Decision, Settlement};
use domain::division::Level;
use domain::{Case, Division, Id, Person, Reason, Staff, id_number};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::exports::ExportPurpose;
use crate::store::staff::Role;

/// `POST /api/login`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct SignIn {
    /// Log-in name.
    pub login: String,
    /// Password.
    pub password: String,
}

/// Who is signed in.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct SignedIn {
    /// Id, name, area.
    pub staff: Staff,
    /// What they may do.
    pub role: Role,
    /// The level of their area: whose inbox they see.
    pub level: Level,
    /// The area's name.
    pub area_name: String,
    /// Whether the city lets sticks carry what stations could not send.
    pub ferry: bool,
}

/// A case in the inbox.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct InboxLine {
    /// Which.
    pub case: Id,
    /// Business name.
    pub business: String,
    /// Its step, by index.
    pub step: usize,
    /// The resident's name.
    pub person_name: String,
    /// Masked.
    pub number_masked: String,
    /// Where it was filed.
    pub community: Division,
    /// The community's name.
    pub community_name: String,
    /// Station code and local serial.
    pub serial: String,
    /// The business date.
    pub acted_on: NaiveDate,
    /// When this step should be done.
    pub due: NaiveDate,
    /// Whether that is over.
    pub overdue: bool,
    /// What a person must look at.
    pub pending: Vec<Reason>,
}

/// A case beside everything that a reviewer may know.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct CaseView {
    /// The case; `pages` by index are at `/api/cases/{id}/pages/{index}`.
    pub case: Case,
    /// Whose; the number is masked.
    pub person: Person,
    /// Why the person's card was not read, as the station said; None when it was.
    pub typed: Option<String>,
    /// Their other cases that were filed in the reader's area.
    pub others: Vec<Case>,
    /// When this step should be done.
    pub due: Option<NaiveDate>,
    /// Where it was filed.
    pub community_name: String,
    /// Why the reader could not approve it now; empty when they could.
    pub bars: Vec<Reason>,
}

/// `POST /api/cases/{id}/review`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct ReviewWord {
    /// The version on screen.
    pub version: u32,
    /// What was decided.
    pub decision: Decision,
}

/// `POST /api/cases/{id}/number`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct NumberWish {
    /// Why; kept with the reader's name.
    pub reason: String,
}

/// A number in full.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct FullNumber {
    /// As on the document.
    pub number: String,
}

/// A command that waits for somebody.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct HeldLine {
    /// Which.
    pub command: Id,
    /// Since when.
    #[ts(type = "string")]
    pub since: DateTime<Utc>,
    /// Why.
    pub reason: Reason,
    /// The command it waits for: settles by itself.
    pub waits_for: Option<Id>,
    /// Where it was filed; None for imports.
    pub community: Option<Division>,
    /// That community's name.
    pub community_name: Option<String>,
    /// What it asks for; None when it is no filing that this program can read.
    pub filing: Option<HeldFiling>,
    /// People known under the same number.
    pub known: Vec<KnownPerson>,
}

/// A filing that is held.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct HeldFiling {
    /// Business name.
    pub business: String,
    /// Station code and local serial.
    pub serial: String,
    /// Who took it.
    pub by: String,
    /// The business date.
    pub acted_on: NaiveDate,
    /// The name on the document seen.
    pub name: String,
    /// Masked.
    pub number_masked: String,
    /// Date of birth on the document seen.
    pub birth: NaiveDate,
    /// Address on the document seen.
    pub address: String,
}

/// Somebody known under the number of a held filing. They may live in another area: whether two
/// people are one cannot be said without their names.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct KnownPerson {
    /// Which.
    pub person: Id,
    /// Their name.
    pub name: String,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Address on their document.
    pub address: String,
    /// Their community's name.
    pub home_name: String,
}

/// `POST /api/held/{command}/settle`
#[derive(Clone, Debug, Deserialize, TS)]
#[ts(export, export_to = "console/")]
pub struct SettleWord {
    /// How.
    pub settlement: Settlement,
}

/// What the pages need to draw forms and to call things by their names.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct CatalogView {
    /// The catalogue's hash.
    pub hash: String,
    /// Businesses.
    pub businesses: Vec<Business>,
    /// Code tables.
    pub codes: Vec<CodeTable>,
    /// Names of the divisions within the reader's area, and of those above it.
    pub divisions: BTreeMap<Division, String>,
}

/// A one-time code with which a machine goes on in a new log.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct StationCode {
    /// To be told to those who work there.
    pub code: String,
    /// Until when it holds.
    #[ts(type = "string")]
    pub until: DateTime<Utc>,
}

/// One day of the audit.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct AuditDay {
    /// Newest first.
    pub lines: Vec<AuditRecord>,
    /// Records in all.
    #[ts(type = "number")]
    pub records: u64,
    /// What who asks may export the whole for; none where they may not.
    pub purposes: Vec<ExportPurpose>,
}

/// One record.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct AuditRecord {
    /// Its number.
    #[ts(type = "number")]
    pub n: u64,
    /// When.
    #[ts(type = "string")]
    pub at: DateTime<Utc>,
    /// Who; None for the centre itself and its command line.
    pub name: Option<String>,
    /// Where they work.
    pub area_name: Option<String>,
    /// `area.what`.
    pub kind: String,
    /// Particulars.
    #[ts(type = "Record<string, string | number | boolean>")]
    pub with: BTreeMap<String, serde_json::Value>,
}

/// What verifying came to.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct AuditVerdict {
    /// Records looked at.
    #[ts(type = "number")]
    pub records: u64,
    /// The head's first bytes, hex.
    pub head: String,
    /// The first bad record.
    pub fault: Option<Reason>,
}

/// What every refusal says.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(export, export_to = "console/")]
pub struct Refused {
    /// `area.what`.
    pub code: String,
    /// When to try again.
    #[ts(optional, type = "number")]
    pub retry_after_s: Option<u64>,
    /// Why, where the decider said no.
    #[ts(optional)]
    pub reasons: Option<Vec<Reason>>,
}

/// A person as the console shows them.
pub fn masked(mut person: Person) -> Person {
    let documents = std::iter::once(&mut person.identity.document).chain(&mut person.formerly);
    for document in documents {
        document.number = id_number::mask(&document.number);
    }
    person
}
