//! What every correction of a record asks first: that the record is there, is read by somebody, and
//! is the officer's to correct.

use super::Verdict;
use super::grant::event;
use crate::division::Level;
use crate::person::{Event, EventKind};
use crate::{Command, Id, Person, Reason, State};

/// The record, when it can be corrected.
pub fn find(state: &State, id: Id) -> Result<&Person, Verdict> {
    let person = state.find_person(id);
    let person = person.ok_or_else(|| Verdict::reject("record.unknown"))?;
    match (person.merged_into, person.frozen) {
        (Some(_), _) => Err(Verdict::reject("record.merged")),
        (_, true) => Err(Verdict::Hold(Reason::new("act.person_frozen"))),
        _ => Ok(person),
    }
}

/// Refuses who is not of a level that corrects records, or not of the area.
pub fn officer(command: &Command, person: &Person, from: Level) -> Result<(), Verdict> {
    let by = &command.by.area;
    match by.contains(&person.home) && rank(by.level()) >= rank(from) {
        true => Ok(()),
        false => Err(Verdict::reject("record.not_yours")),
    }
}

/// The highest is the widest.
pub fn rank(level: Level) -> u8 {
    match level {
        Level::Community => 0,
        Level::Street => 1,
        Level::County => 2,
        Level::City => 3,
    }
}

/// The point on the line of a life, in the officer's words.
pub fn told(command: &Command, what: EventKind, person: &Person, words: &str) -> Event {
    let mut event = event(command, what, &person.home);
    event
        .reasons
        .push(Reason::new("review.words").with("words", words));
    event
}

/// Refuses when a case of `theirs` is open and `mine` have one of the same business open too.
pub fn two_open<'a>(
    mine: impl Iterator<Item = &'a crate::Case>,
    theirs: &[&crate::Case],
) -> Option<Verdict> {
    let open: Vec<_> = mine.filter(|case| case.is_open()).collect();
    let both = theirs.iter().find(|case| {
        let same = |mine: &&&crate::Case| mine.business == case.business;
        case.is_open() && open.iter().any(|mine| same(&mine))
    })?;
    let reason = Reason::new("merge.both_open").with("business", &both.business);
    Some(Verdict::Reject(Vec::new(), vec![reason]))
}
