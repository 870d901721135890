//! Staff and keys of this machine.

use chrono::{DateTime, Utc};
use serde::Serialize;
use ts_rs::TS;

use crate::keys::machine::Keeper;

/// Somebody with a key on this machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct StaffRow {
    /// Log-in name.
    pub login: String,
    /// Name.
    pub name: String,
    /// Who is logged in.
    pub yourself: bool,
    /// False when their key needs a machine secret that is gone: they have to be added again.
    pub usable: bool,
}

/// How this machine's keys are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct KeysPage {
    /// Where the machine secret is.
    pub keeper: Keeper,
    /// Where it could be, best first.
    pub keepers: Vec<Keeper>,
    /// What is sealed anew: 1 or 2.
    pub suite: u8,
    /// How many have a key.
    pub staff: usize,
    /// When the code was printed, if one was.
    pub printed: Option<DateTime<Utc>>,
    /// The centre's key that the data key is sealed to, if it is.
    pub recovery: Option<String>,
    /// The data key waits to be changed.
    pub changing: bool,
}
