//! Another number for a person. The old one goes on leading to them: papers and stations that have
//! not heard of it still carry it.

use super::submit::document_fault;
use super::{Facts, Verdict, record};
use crate::division::Level;
use crate::person::EventKind;
use crate::record::Renumber;
use crate::{Change, Command, Reason, State};

/// Decides a correction of a number.
pub fn decide(state: &State, command: &Command, act: &Renumber) -> Verdict {
    let person = match record::find(state, act.person) {
        Ok(person) => person,
        Err(verdict) => return verdict,
    };
    if let Err(verdict) = record::officer(command, person, Level::County) {
        return verdict;
    }
    if let Some(code) = document_fault(&act.identity) {
        return Verdict::reject(code);
    }
    if act.identity.document == person.identity.document {
        return Verdict::reject("renumber.same");
    }
    if !act.identity.same_name(&person.identity) {
        return Verdict::reject("renumber.other_name");
    }
    let others = state.people.items.iter();
    let taken = others
        .filter(|other| other.id != person.id && other.merged_into.is_none())
        .find(|other| other.answers_to(&act.identity.document));
    if let Some(other) = taken {
        let reason = Reason::new("renumber.taken").with("known", &other.identity.name);
        return Verdict::Reject(Vec::new(), vec![reason]);
    }
    let mut facts = Facts::of(command);
    let identity = act.identity.clone();
    facts.add(person.id, Change::Renumbered { identity });
    let event = record::told(command, EventKind::Renumbered, person, &act.reason);
    facts.add(person.id, Change::Happened { event });
    Verdict::Accept(facts.list)
}
