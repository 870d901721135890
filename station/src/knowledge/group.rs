//! Everybody with one document number, with their cases: what is loaded, replayed and written
//! together. Usually one person; none before the first visit; two where a number was given twice.

use std::collections::BTreeSet;

use domain::{Case, Id, Person, Seen, State};
use rusqlite::{Connection, Transaction};

use crate::error::Result;
use crate::store::entity::{self, Kept};
use crate::store::person_key;

/// The rows of a group.
pub(crate) struct Group {
    subject: String,
    people: Vec<Kept<Person>>,
    cases: Vec<Kept<Case>>,
}

impl Group {
    /// Loads everybody with this document.
    pub fn load(connection: &Connection, subject: &str) -> Result<Group> {
        let people = entity::people_with(connection, subject)?;
        let mut cases = Vec::new();
        for person in people.iter().filter_map(Kept::shown) {
            cases.extend(entity::cases_of(connection, person.id)?);
        }
        Ok(Group {
            subject: subject.to_owned(),
            people,
            cases,
        })
    }

    /// As it is shown. Never complete: others may know more.
    pub fn shown(&self) -> State {
        self.state(|kept| kept.shown(), |kept| kept.shown())
    }

    /// As the facts say.
    pub fn base(&self) -> State {
        self.state(|kept| kept.base.as_ref(), |kept| kept.base.as_ref())
    }

    /// Makes the rows show `state`: base where it says the same, a view where it does not, and no
    /// row for what neither facts nor commands speak of any more.
    pub fn show(self, tx: &Transaction, state: &State) -> Result<()> {
        let subject = &self.subject;
        let keys = |person: Option<&Person>| {
            person.map_or_else(BTreeSet::new, |p| person_key::keys_of(p, subject))
        };
        let pairs = pair(self.people, &state.people.items, |person| person.id);
        for (id, old, new) in pairs {
            let (had, mut kept) = (keys(old.shown()), old.clone());
            kept.view = new.filter(|new| kept.base.as_ref() != Some(new));
            if kept != old {
                entity::put_person(tx, id, &kept)?;
                person_key::replace(tx, id, &had, &keys(kept.shown()))?;
            }
        }
        for (id, old, new) in pair(self.cases, &state.cases.items, |case| case.id) {
            let mut kept = old.clone();
            kept.view = new.filter(|new| kept.base.as_ref() != Some(new));
            if kept != old {
                entity::put_case(tx, id, &kept)?;
            }
        }
        Ok(())
    }

    fn state<'a>(
        &'a self,
        person: impl Fn(&'a Kept<Person>) -> Option<&'a Person>,
        case: impl Fn(&'a Kept<Case>) -> Option<&'a Case>,
    ) -> State {
        State {
            people: Seen::some(self.people.iter().filter_map(person).cloned().collect()),
            cases: Seen::some(self.cases.iter().filter_map(case).cloned().collect()),
            stored: Seen::some(Vec::new()),
            held: Seen::some(Vec::new()),
        }
    }
}

/// Every id in rows or state, with its row (an empty one when there is none) and its new state.
fn pair<T: Clone>(
    rows: Vec<Kept<T>>,
    state: &[T],
    id_of: impl Fn(&T) -> Id,
) -> Vec<(Id, Kept<T>, Option<T>)> {
    let mut pairs: Vec<(Id, Kept<T>, Option<T>)> = rows
        .into_iter()
        .filter_map(|row| row.shown().map(&id_of).map(|id| (id, row, None)))
        .collect();
    for item in state {
        let id = id_of(item);
        match pairs.iter_mut().find(|(known, ..)| *known == id) {
            Some((.., new)) => *new = Some(item.clone()),
            None => {
                let row = Kept {
                    base: None,
                    view: None,
                    seq: 0,
                };
                pairs.push((id, row, Some(item.clone())));
            }
        }
    }
    pairs
}
