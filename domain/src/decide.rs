//! The one decider. Both sides run it; the difference between them is knowledge, and that is in
//! [`State`]. It reads no clock: dates are in the command.

mod amend;
mod answer;
mod employment;
mod grant;
mod merge;
mod move_home;
mod record;
mod renumber;
mod review;
mod settle;
mod split;
mod submit;

use crate::{Act, Catalog, Change, Command, Fact, Id, Key, Outcome, Reason, State};

pub use submit::{Assessment, assess, find_person};

/// What a command comes to, with the facts it brings about.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// Done.
    Accept(Vec<Fact>),
    /// In the workflow.
    Await(Vec<Fact>, Vec<Reason>),
    /// Refused. The facts are notes for others (somebody asked for what exists already).
    Reject(Vec<Fact>, Vec<Reason>),
    /// A person must look first.
    Hold(Reason),
}

/// What to load and, at the centre, to lock before deciding.
pub fn touches(command: &Command) -> Vec<Key> {
    match &command.act {
        Act::Submit(submit) => vec![Key::Document(submit.identity.document.clone())],
        Act::Amend(amend) => vec![Key::Case(amend.case)],
        Act::Review(review) => vec![Key::Case(review.case)],
        Act::PagesStored { case } => vec![Key::Case(*case)],
        Act::Settle(settle) => vec![Key::Held(settle.command)],
        Act::RecordEmployment(act) => vec![Key::Document(act.identity.document.clone())],
        Act::SettleAnswer(act) => vec![Key::Person(act.person)],
        Act::Renumber(act) => vec![
            Key::Person(act.person),
            Key::Document(act.identity.document.clone()),
        ],
        Act::Merge(act) => vec![Key::Person(act.keep), Key::Person(act.gone)],
        Act::Split(act) => vec![
            Key::Person(act.person),
            Key::Document(act.other.document.clone()),
        ],
        Act::MoveHome(act) => vec![Key::Person(act.person)],
    }
}

/// Decides a command on what is known, by the rules of the catalogue.
pub fn decide(state: &State, command: &Command, catalog: &Catalog) -> Verdict {
    match &command.act {
        Act::Submit(submit) => submit::decide(state, command, submit, None, catalog),
        Act::Amend(amend) => amend::decide(state, command, amend, catalog),
        Act::Review(review) => review::decide(state, command, review, catalog),
        Act::PagesStored { case } => amend::pages_stored(state, command, *case),
        Act::Settle(settle) => settle::decide(state, command, settle, catalog),
        Act::RecordEmployment(act) => employment::decide(state, command, act),
        Act::SettleAnswer(act) => answer::decide(state, command, act),
        Act::Renumber(act) => renumber::decide(state, command, act),
        Act::Merge(act) => merge::decide(state, command, act),
        Act::Split(act) => split::decide(state, command, act),
        Act::MoveHome(act) => move_home::decide(state, command, act),
    }
}

impl Verdict {
    /// The outcome and every fact to write, the outcome's own fact last.
    pub fn into_facts(self, command: Id) -> (Outcome, Vec<Fact>) {
        let (outcome, mut facts) = match self {
            Verdict::Accept(facts) => (Outcome::Accepted, facts),
            Verdict::Await(facts, reasons) => (Outcome::Awaiting { reasons }, facts),
            Verdict::Reject(facts, reasons) => (Outcome::Rejected { reasons }, facts),
            Verdict::Hold(reason) => (Outcome::Held { reason }, Vec::new()),
        };
        let decided = Change::Decided {
            outcome: outcome.clone(),
            content: None,
        };
        let index = facts.len() as u16;
        facts.push(Fact {
            entity: command,
            cause: command,
            index,
            change: decided,
        });
        (outcome, facts)
    }

    fn reject(code: &str) -> Verdict {
        Verdict::Reject(Vec::new(), vec![Reason::new(code)])
    }
}

/// Facts of one command, numbered as they are added.
struct Facts {
    cause: Id,
    list: Vec<Fact>,
}

impl Facts {
    fn of(command: &Command) -> Facts {
        Facts {
            cause: command.id,
            list: Vec::new(),
        }
    }

    fn add(&mut self, entity: Id, change: Change) {
        let index = self.list.len() as u16;
        self.list.push(Fact {
            entity,
            cause: self.cause,
            index,
            change,
        });
    }
}
