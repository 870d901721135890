//! The lease: who may work at one installation, and for how long without contact.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::ferry::FerryTerms;
use crate::{Id, Staff};

/// A [`Lease`] under the centre's signature. `body` is kept verbatim.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedLease {
    /// The lease (JSON).
    pub body: String,
    /// Ed25519 over [`lease_message`], hex.
    pub signature: String,
}

/// What is signed: the body under a label of its own, so that it can't stand for anything else.
pub fn lease_message(body: &str) -> Vec<u8> {
    [b"yizhan lease 1\n", body.as_bytes()].concat()
}

/// Who may work at one installation, and for how long without contact. Hours count from the last
/// contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The only installation it is for.
    pub installation: Id,
    /// Rises with every lease of the installation.
    pub serial: u64,
    /// When it was given, to some minutes.
    pub issued_at: DateTime<Utc>,
    /// Who may work here.
    pub staff: Vec<LeaseMember>,
    /// What may be done without contact.
    pub terms: LeaseTerms,
    /// The ferry, where the city allows one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ferry: Option<FerryTerms>,
}

/// One of the staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeaseMember {
    /// Who, as they act here.
    pub staff: Staff,
    /// Log-in name.
    pub login: String,
    /// `station`: 经办.
    pub role: String,
    /// Six hex digits that are others once the password at the centre is another one; they tell nothing of
    /// it. None from a centre that does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
}

/// What the city asks of a station's desk. The defaults are our own assumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LeaseTerms {
    /// Hours of full work without contact.
    pub full_hours: u32,
    /// Hours after which nothing new is captured any more.
    pub capture_hours: u32,
    /// Minutes after which an idle desk locks.
    pub idle_lock_minutes: u32,
    /// Whether log-in asks for a second factor.
    pub second_factor: bool,
}

impl Default for LeaseTerms {
    fn default() -> LeaseTerms {
        LeaseTerms {
            full_hours: 72,
            capture_hours: 14 * 24,
            idle_lock_minutes: 10,
            second_factor: false,
        }
    }
}
