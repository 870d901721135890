//! Cases that are another person's leave a record, with the standings and the events that they
//! brought. Remembered answers stay: nobody can say whose they were.

use super::submit::{document_fault, find_person};
use super::{Facts, Verdict, record};
use crate::division::Level;
use crate::person::EventKind;
use crate::record::Split;
use crate::{Case, Change, Command, Person, Reason, State};

/// Decides a split.
pub fn decide(state: &State, command: &Command, act: &Split) -> Verdict {
    let person = match record::find(state, act.person) {
        Ok(person) => person,
        Err(verdict) => return verdict,
    };
    if let Err(verdict) = record::officer(command, person, Level::County) {
        return verdict;
    }
    if let Some(code) = document_fault(&act.other) {
        return Verdict::reject(code);
    }
    let parted = |case: &&Case| act.cases.contains(&case.id);
    let cases: Vec<&Case> = state.cases_of(person.id).filter(parted).collect();
    if cases.is_empty() || cases.len() != act.cases.len() {
        return Verdict::reject("split.no_case");
    }
    let known = match whose(state, act) {
        Ok(known) => known,
        Err(reason) => return Verdict::Reject(Vec::new(), vec![reason]),
    };
    if known.is_some_and(|known| known.id == person.id) {
        return Verdict::reject("split.same_person");
    }
    if let Some(known) = known {
        if let Err(verdict) = record::find(state, known.id) {
            return verdict;
        }
        if let Some(verdict) = record::two_open(state.cases_of(known.id), &cases) {
            return verdict;
        }
    }
    Verdict::Accept(parted_facts(command, act, person, known, &cases).list)
}

fn parted_facts(
    command: &Command,
    act: &Split,
    person: &Person,
    known: Option<&Person>,
    cases: &[&Case],
) -> Facts {
    let to = known.map_or_else(|| command.id.derive("person"), |known| known.id);
    let empty = Person::new(to, act.other.clone(), person.home.clone());
    let part = Box::new(person.part(&act.cases, empty));
    let mut facts = Facts::of(command);
    let joined = match known {
        Some(_) => Change::PersonJoined { other: part },
        None => Change::PersonOpened { person: part },
    };
    facts.add(to, joined);
    for case in cases {
        facts.add(case.id, Change::CaseReassigned { person: to });
    }
    let ids = act.cases.clone();
    facts.add(person.id, Change::PersonParted { cases: ids, to });
    for (id, home) in [(person.id, person), (to, known.unwrap_or(person))] {
        let event = record::told(command, EventKind::RecordSplit, home, &act.reason);
        facts.add(id, Change::Happened { event });
    }
    facts
}

/// Who is known by the document that the cases belong to. A number that is known under another name
/// only is refused, unless it is this record's own: then two people carry it (重号).
fn whose<'a>(state: &'a State, act: &Split) -> Result<Option<&'a Person>, Reason> {
    match find_person(state, &act.other) {
        Ok(known) => Ok(known),
        Err(known) if known.id == act.person => Ok(None),
        Err(known) => Err(Reason::new("person.name_differs")
            .with("known", &known.identity.name)
            .with("seen", &act.other.name)),
    }
}
