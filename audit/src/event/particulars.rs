//! Particulars that stand for themselves: of events that say more than a word or two.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Of a staff member who was entered at the centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Who.
    pub staff: Uuid,
    /// For which role.
    pub role: String,
    /// Where.
    pub area: String,
}

/// Of a password that was set at the centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordSet {
    /// Whose.
    pub staff: Uuid,
    /// `administrator`, or by themselves at a `counter`.
    pub how: String,
}

/// Of a substitute who sat down with a code that was read out over the phone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetIn {
    /// Which code.
    pub code: Uuid,
    /// Who.
    pub staff: Uuid,
}

/// Of a substitute's code that was given out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeGiven {
    /// For which installation.
    pub installation: Uuid,
    /// Which code.
    pub code: Uuid,
    /// For whom.
    pub staff: Uuid,
    /// Why, in the officer's words.
    pub reason: String,
}

/// Of somebody who was let in, as the station told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeUsed {
    /// At which installation.
    pub installation: Uuid,
    /// With which code.
    pub code: Uuid,
    /// Who.
    pub staff: Uuid,
    /// Whether the code had been given out for them.
    pub given: bool,
}

/// Of alarms about a station's audit that somebody looked into.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmsSeen {
    /// Whose audit.
    pub installation: Uuid,
    /// How many alarms.
    pub alarms: u64,
    /// What was found.
    pub words: String,
}

/// Of a stick of the ferry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StickStep {
    /// Which.
    pub stick: Uuid,
    /// `registered`, `withdrawn`.
    pub step: String,
}

/// Of files on a stick of the ferry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Which stick.
    pub stick: Uuid,
    /// `written`, `taken`, `answered`.
    pub step: String,
    /// The station's installation.
    pub installation: Uuid,
    /// Log entries: written, or new.
    pub entries: u64,
    /// Log entries that wait for those before them.
    pub parked: u64,
    /// Pages: written, or there.
    pub pages: u64,
    /// Facts that were new.
    pub facts: u64,
}
