//! Everybody with one document number, with their cases: what is loaded, replayed and written
//! together. Usually one person; none before the first visit; two where a number was given twice. Who
//! had another number before belongs to a group with whoever has that one.

use std::collections::BTreeSet;

use domain::{Case, Command, Id, Person, Seen, State};
use rusqlite::{Connection, Transaction};

use crate::error::Result;
use crate::store::Store;
use crate::store::entity::{self, Kept};
use crate::store::outbox::{self, Asked};

/// The rows of a group.
pub(crate) struct Group {
    /// The documents of all of them.
    subjects: BTreeSet<String>,
    people: Vec<Kept<Person>>,
    cases: Vec<Kept<Case>>,
}

impl Group {
    /// Loads everybody with this document.
    pub fn load(store: &Store, connection: &Connection, subject: &str) -> Result<Group> {
        Group::load_after(store, connection, subject, &[])
    }

    /// The same, with the rows that stood only on commands which have just been `told` of.
    pub fn load_after(
        store: &Store,
        connection: &Connection,
        subject: &str,
        told: &[Asked],
    ) -> Result<Group> {
        let (mut people, subjects) = connected(store, connection, subject)?;
        let mut asked = told.to_vec();
        for subject in &subjects {
            asked.extend(outbox::pending_asks(connection, subject)?);
        }
        // Each once: several commands may be about one case.
        for id in asked.iter().map(Asked::person).collect::<BTreeSet<_>>() {
            let kept = entity::find_person(connection, id)?;
            people.extend(kept.filter(|kept| kept.base.is_none()));
        }
        let mut cases = Vec::new();
        for person in people.iter().filter_map(Kept::shown) {
            cases.extend(entity::cases_of(connection, person.id)?);
        }
        // Also one whose person is not here any more: what it stood on has left, or is another's.
        for id in asked
            .iter()
            .map(|asked| asked.case)
            .collect::<BTreeSet<_>>()
        {
            let kept = entity::find_case(connection, id)?;
            cases.extend(kept.filter(|kept| kept.base.is_none()));
        }
        Ok(Group {
            subjects,
            people,
            cases,
        })
    }

    /// Our commands about them of which no effect has arrived, in order.
    pub fn pending(&self, connection: &Connection) -> Result<Vec<Command>> {
        outbox::pending(connection, &self.subjects)
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
    /// row for what neither facts nor commands speak of any more. What the facts know outside of this group
    /// stays as they say it, whatever a command of ours would make of it: a case that went to somebody else
    /// with a split record, and was filed here under the same id.
    pub fn show(self, tx: &Transaction, state: &State) -> Result<()> {
        for (id, old, new) in pair(self.people, &state.people.items, |person| person.id) {
            let mut kept = old.clone();
            kept.view = new.filter(|new| kept.base.as_ref() != Some(new));
            if kept != old && (old.base.is_some() || !is_known(entity::find_person(tx, id)?)) {
                entity::put_person(tx, id, &kept)?;
            }
        }
        for (id, old, new) in pair(self.cases, &state.cases.items, |case| case.id) {
            let mut kept = old.clone();
            kept.view = new.filter(|new| kept.base.as_ref() != Some(new));
            if kept != old && (old.base.is_some() || !is_known(entity::find_case(tx, id)?)) {
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

/// Whether facts speak of a row.
fn is_known<T>(kept: Option<Kept<T>>) -> bool {
    kept.is_some_and(|kept| kept.base.is_some())
}

/// Everybody who is reached from a document by documents that somebody has or had, or by cases that commands
/// under two documents are about; and these documents.
fn connected(
    store: &Store,
    connection: &Connection,
    subject: &str,
) -> Result<(Vec<Kept<Person>>, BTreeSet<String>)> {
    let mut people: Vec<Kept<Person>> = Vec::new();
    let mut subjects = BTreeSet::from([subject.to_owned()]);
    let mut next = vec![subject.to_owned()];
    while let Some(subject) = next.pop() {
        for beside in outbox::pending_beside(connection, &subject)? {
            if subjects.insert(beside.clone()) {
                next.push(beside);
            }
        }
        for kept in entity::people_with(connection, &subject)? {
            let id = kept.shown().map(|person| person.id);
            if people
                .iter()
                .filter_map(Kept::shown)
                .any(|p| Some(p.id) == id)
            {
                continue;
            }
            let documents = kept.base.iter().flat_map(Person::documents);
            for subject in documents.map(|document| store.subject(&document.number)) {
                if subjects.insert(subject.clone()) {
                    next.push(subject);
                }
            }
            people.push(kept);
        }
    }
    Ok((people, subjects))
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
