//! From a command to facts, in one transaction: lock what it touches, read what is known, decide in
//! memory, write commands, facts and projections.
//!
//! `chain` and `plan` are pure, `load` reads, `apply` writes, both through [`Tables`], so that the
//! same steps in the same order run on PostgreSQL and on what a simulator keeps in memory; `push`
//! and `own` are the ways in.

pub mod apply;
pub mod chain;
pub mod city;
pub mod gate;
pub mod load;
pub mod own;
pub mod plan;
pub mod push;
mod records;
pub mod tables;
pub mod take;
pub mod waiting;

use chrono::NaiveDate;
use domain::{Catalog, Command, Division, Id, Reason};

pub use city::City;
pub use plan::Plan;
pub use tables::Tables;

/// What a decision goes by beside what is known.
#[derive(Clone, Copy)]
pub struct Rules<'a> {
    /// The businesses in force.
    pub catalog: &'a Catalog,
    /// The centre's day: due dates count from it.
    pub today: NaiveDate,
    /// Days after a substitute's code was given that what they filed is decided at once.
    pub let_in_days: u32,
}

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
    /// Its author's id for it, where that stands for another content already: it is rejected.
    pub other: Option<Id>,
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
            other: None,
        }
    }

    /// With a reason it is held for that, unread: nothing that it is about is looked at.
    pub fn hold(&mut self, reason: Option<&Reason>) {
        if let Some(reason) = reason {
            (self.hold, self.command) = (Some(reason.clone()), None);
        }
    }
}
