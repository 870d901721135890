//! What the window is told: plain values, already masked and decided. The page shows them and
//! decides nothing.

mod audit;
mod cases;
mod devices;
mod drafts;
mod ferry;
mod kept;
mod keys;
mod ledger;
mod people;
mod recovery;
mod storage;
mod sync;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::catalog::CodeTable;
use domain::{Business, Division, Reason, Staff};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

pub use crate::lease::{Allowed, LeaseStatus};
pub use crate::substitute::SubstituteStatus;
pub use audit::*;
pub use cases::*;
pub use devices::*;
pub use drafts::*;
pub use ferry::*;
pub use kept::*;
pub use keys::*;
pub use ledger::*;
pub use people::*;
pub use recovery::*;
pub use storage::*;
pub use sync::*;

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
    /// What may be done without it, while the desk is open.
    pub lease: Option<LeaseStatus>,
    /// Whoever is logged in has another password at the centre than on this machine.
    pub password_changed: bool,
    /// The substitute who is at the desk, where it is one.
    pub substitute: Option<SubstituteStatus>,
    /// Commands that have not been acknowledged.
    #[ts(type = "number")]
    pub unsent_commands: u64,
    /// Pages that are not stored at the centre.
    #[ts(type = "number")]
    pub unsent_pages: u64,
    /// Drafts: local, never sent.
    #[ts(type = "number")]
    pub drafts: u64,
    /// What the operator has to know of the station's data: `storage.…`.
    pub notices: Vec<Reason>,
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
    /// Locked: who may log in here.
    Login {
        /// Everybody with a key on this machine.
        people: Vec<Colleague>,
        /// The log-in name of who locked it, or left it alone, since the program started.
        last: Option<String>,
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

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Colleague {
    /// Log-in name.
    pub login: String,
    /// Name.
    pub name: String,
    /// A substitute from another station.
    pub substitute: bool,
}

impl Colleague {
    /// From log-in name and name.
    pub fn of((login, name, substitute): (&str, &str, bool)) -> Colleague {
        Colleague {
            login: login.to_owned(),
            name: name.to_owned(),
            substitute,
        }
    }
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
