//! What this station knows: the facts it has, and its own pending commands replayed over them.
//! [`load`] gives it to the decider (never complete), [`apply`] folds a page of facts into it.

mod apply;
mod group;
mod replay;

use domain::{Command, Key, Person, State, touches};
use rusqlite::Connection;

use crate::error::{Error, Result};
use crate::store::{Store, entity};

pub(crate) use group::Group;
pub use replay::replay;

/// What is known here about everybody with this document, as it is shown.
pub(crate) fn load(connection: &Connection, subject: &str) -> Result<State> {
    Ok(Group::load(connection, subject)?.shown())
}

/// Key of the document a command is about.
pub(crate) fn subject_of(
    store: &Store,
    connection: &Connection,
    command: &Command,
) -> Result<String> {
    for key in touches(command) {
        match key {
            Key::Document(document) => return Ok(store.subject(&document.number)),
            Key::Case(case) => {
                let case = entity::find_case(connection, case)?;
                let person = case.as_ref().and_then(|kept| kept.shown());
                let person = match person {
                    Some(case) => entity::find_person(connection, case.person)?,
                    None => None,
                };
                if let Some(person) = person.as_ref().and_then(|kept| kept.shown()) {
                    return Ok(subject_of_person(store, person));
                }
            }
            Key::Person(_) | Key::Held(_) => {}
        }
    }
    Err(Error::coded("case.unknown"))
}

/// Key of a person's document.
pub(crate) fn subject_of_person(store: &Store, person: &Person) -> String {
    store.subject(&person.identity.document.number)
}
