//! What corrects a record itself: two values of one answer, another number, two records of one
//! person, one record of two people, another home.

use serde::{Deserialize, Serialize};

use crate::{Division, Id, Identity};

/// Two people wrote different values, and somebody knows which is right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettleAnswer {
    /// Whose.
    pub person: Id,
    /// Field id.
    pub field: String,
    /// The value that is right.
    pub value: String,
    /// The values that were on screen.
    pub seen: Vec<String>,
}

/// The document names this person by another number: it was misread, or changed by the police.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Renumber {
    /// Who.
    pub person: Id,
    /// What the document says.
    pub identity: Identity,
    /// Why.
    pub reason: String,
}

/// Two records are one person's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Merge {
    /// The record that stays.
    pub keep: Id,
    /// The record that is joined to it.
    pub gone: Id,
    /// Why.
    pub reason: String,
}

/// Cases of a record are another person's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Split {
    /// The record.
    pub person: Id,
    /// Whose cases they are, as their document says; who has no record yet gets one.
    pub other: Identity,
    /// Those cases.
    pub cases: Vec<Id>,
    /// Why.
    pub reason: String,
}

/// Somebody lives in another community now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MoveHome {
    /// Who.
    pub person: Id,
    /// Where they live.
    pub home: Division,
    /// Why.
    pub reason: String,
}
