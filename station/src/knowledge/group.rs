//! Everybody with one document number, with their cases: what is loaded, replayed and written
//! together. Usually one person; none before the first visit; two where a number was given twice.

use domain::{Case, Id, Person, Seen, State};
use rusqlite::{Connection, Transaction};

use crate::error::Result;
use crate::store::entity::{self, Kept};
use crate::store::outbox::{self, Asked};

/// The rows of a group.
pub(crate) struct Group {
    people: Vec<Kept<Person>>,
    cases: Vec<Kept<Case>>,
}

impl Group {
    /// Loads everybody with this document.
    pub fn load(connection: &Connection, subject: &str) -> Result<Group> {
        Group::load_after(connection, subject, &[])
    }

    /// The same, with the rows that stood only on commands which have just been `told` of.
    pub fn load_after(connection: &Connection, subject: &str, told: &[Asked]) -> Result<Group> {
        let mut people = entity::people_with(connection, subject)?;
        let mut asked = outbox::pending_asks(connection, subject)?;
        asked.extend(told);
        for id in asked.iter().map(Asked::person) {
            let kept = entity::find_person(connection, id)?;
            people.extend(kept.filter(|kept| kept.base.is_none()));
        }
        let mut cases = Vec::new();
        for person in people.iter().filter_map(Kept::shown) {
            cases.extend(entity::cases_of(connection, person.id)?);
        }
        let belongs = |case: &Case| {
            let mut known = people.iter().filter_map(Kept::shown);
            known.any(|person| person.id == case.person)
        };
        for id in asked.iter().map(|asked| asked.case) {
            let kept = entity::find_case(connection, id)?.filter(|kept| kept.base.is_none());
            cases.extend(kept.filter(|kept| kept.shown().is_some_and(belongs)));
        }
        Ok(Group { people, cases })
    }

    /// The people's rows.
    #[cfg(test)]
    pub fn into_people(self) -> Vec<Kept<Person>> {
        self.people
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
        for (id, old, new) in pair(self.people, &state.people.items, |person| person.id) {
            let mut kept = old.clone();
            kept.view = new.filter(|new| kept.base.as_ref() != Some(new));
            if kept != old {
                entity::put_person(tx, id, &kept)?;
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
