//! Another home community. The officer is of where they come from or of where they go.

use super::{Facts, Verdict, record};
use crate::division::Level;
use crate::person::EventKind;
use crate::record::MoveHome;
use crate::{Change, Command, State};

/// Decides a move.
pub fn decide(state: &State, command: &Command, act: &MoveHome) -> Verdict {
    let person = match record::find(state, act.person) {
        Ok(person) => person,
        Err(verdict) => return verdict,
    };
    let by = &command.by.area;
    let theirs = by.contains(&act.home) || by.contains(&person.home);
    if !theirs || record::rank(by.level()) < record::rank(Level::Street) {
        return Verdict::reject("record.not_yours");
    }
    if act.home.level() != Level::Community {
        return Verdict::reject("move.no_community");
    }
    if act.home == person.home {
        return Verdict::reject("move.same");
    }
    let mut facts = Facts::of(command);
    let home = act.home.clone();
    facts.add(person.id, Change::PersonMoved { home });
    let mut event = record::told(command, EventKind::HomeMoved, person, &act.reason);
    event.place = act.home.clone();
    facts.add(person.id, Change::Happened { event });
    Verdict::Accept(facts.list)
}
