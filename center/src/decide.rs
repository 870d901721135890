//! From a command to facts, in one transaction: lock what it touches, read what is known, decide in
//! memory, write commands, facts and projections.
//!
//! `load` reads, `plan` is pure, `apply` writes; `push` and `own` are the ways in.

pub mod apply;
pub mod city;
pub mod gate;
pub mod load;
pub mod own;
pub mod plan;
pub mod push;
mod take;
pub mod waiting;

use domain::{Command, Division, Id, Reason};

pub use city::City;
pub use plan::Plan;

/// A command on its way to a decision.
pub struct Work {
    /// Its id.
    pub id: Id,
    /// Who sent it.
    pub installation: Id,
    /// The community's feed that its answer goes to; None for the centre's own.
    pub feed: Option<Division>,
    /// The words of its author.
    pub body: String,
    /// The same, read; None when this program cannot.
    pub command: Option<Command>,
    /// Facts told with it as cause already: it was held, and is decided again.
    pub told: Option<u16>,
    /// Set when it must be held, whatever it says.
    pub hold: Option<Reason>,
}

impl Work {
    /// A command that was never seen before.
    pub fn new(id: Id, installation: Id, feed: Option<Division>, body: String) -> Work {
        // One that names another id than its envelope is as unreadable as one that is no JSON.
        let command = serde_json::from_str::<Command>(&body)
            .ok()
            .filter(|command| command.id == id);
        Work {
            id,
            installation,
            feed,
            body,
            command,
            told: None,
            hold: None,
        }
    }
}
