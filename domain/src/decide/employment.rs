//! An employer's filing, as imported by the centre. It never closes a registration by itself: that
//! is a business of its own.

use super::grant::event;
use super::submit::find_person;
use super::{Facts, Verdict};
use crate::command::RecordEmployment;
use crate::person::{Employment, EventKind};
use crate::{Change, Command, Person, Reason, State};

/// Decides an import.
pub fn decide(state: &State, command: &Command, act: &RecordEmployment) -> Verdict {
    let person = match find_person(state, &act.identity) {
        Ok(person) => person,
        Err(other) => {
            let reason = Reason::new("person.name_differs")
                .with("known", &other.identity.name)
                .with("seen", &act.identity.name);
            return Verdict::Hold(reason);
        }
    };
    let mut facts = Facts::of(command);
    let id = person.map_or_else(|| command.id.derive("person"), |person| person.id);
    if person.is_none() {
        let new = Person::new(id, act.identity.clone(), act.home.clone());
        facts.add(
            id,
            Change::PersonOpened {
                person: Box::new(new),
            },
        );
    }
    let employment = Employment {
        employer: act.employer.clone(),
        since: act.since,
        until: act.until,
        source: act.source.clone(),
    };
    facts.add(id, Change::EmploymentRecorded { employment });
    let home = person.map_or(&act.home, |person| &person.home);
    let mut employed = event(command, EventKind::Employed, home);
    employed.reasons.push(
        Reason::new("person.employed_elsewhere")
            .with("employer", &act.employer)
            .with("since", act.since)
            .with("source", &act.source),
    );
    facts.add(id, Change::Happened { event: employed });
    Verdict::Accept(facts.list)
}
