//! What this station knows: the facts it has, and its own pending commands replayed over them.
//! `load` gives it to the decider (never complete), `apply` folds a page of facts into it, `snapshot`
//! puts a whole fold in its place.

mod again;
mod apply;
mod group;
mod read_ahead;
mod replay;
mod snapshot;

use domain::{Person, State};
use rusqlite::Connection;

use crate::error::Result;
use crate::store::Store;

pub(crate) use group::Group;
pub use replay::replay;

/// What is known here about everybody with this document, as it is shown.
pub(crate) fn load(store: &Store, connection: &Connection, subject: &str) -> Result<State> {
    Ok(Group::load(store, connection, subject)?.shown())
}

/// Key of a person's document.
pub(crate) fn subject_of_person(store: &Store, person: &Person) -> String {
    store.subject(&person.identity.document.number)
}
