//! Search keys that an older program did not write, filled in small steps beside the work: a search
//! finds by the old keys meanwhile, and a save waits for one step at most.

use std::collections::BTreeSet;

use domain::{Id, Person};
use rusqlite::{Connection, Transaction, params};

use super::entity::id_at;
use super::{Store, meta, person_key};
use crate::error::Result;
use crate::knowledge::subject_of_person;

/// The last person whose keys are filled, hex; empty before the first, missing when nothing is due.
const AT: &str = "keys_filled_to";
/// People in one step: some ten milliseconds.
pub const STEP: usize = 200;

impl Store {
    /// Fills the keys of the next [`STEP`] people. False once nothing is due.
    pub fn fill_keys(&self) -> Result<bool> {
        if !self.read(is_due)? {
            return Ok(false);
        }
        self.write(|tx| {
            let Some(at) = meta::find(tx, AT)? else {
                return Ok(false);
            };
            let people = next(tx, &hex::decode(at).unwrap_or_default())?;
            let mut changes = person_key::Changes::default();
            for (id, person) in &people {
                let subject = subject_of_person(self, person);
                let had = person_key::keys_before_spelling(person, &subject);
                changes.write(*id, &had, &self.keys_of(person));
            }
            changes.apply(tx)?;
            match people.last() {
                Some((id, _)) => meta::set(tx, AT, &hex::encode(id.as_bytes()))?,
                None => meta::remove(tx, AT)?,
            }
            Ok(!people.is_empty())
        })
    }

    /// What somebody is found by at this station. A record that was joined to another is not found.
    pub(crate) fn keys_of(&self, person: &Person) -> BTreeSet<String> {
        if person.merged_into.is_some() {
            return BTreeSet::new();
        }
        let subject = subject_of_person(self, person);
        let mut keys = person_key::keys_of(person, &subject, self.here());
        let formerly = person.formerly.iter();
        keys.extend(formerly.map(|d| person_key::document(&self.subject(&d.number))));
        keys
    }
}

/// Whether rows may have the keys of an older program.
pub fn is_due(connection: &Connection) -> Result<bool> {
    Ok(meta::find(connection, AT)?.is_some())
}

/// Every key is of this program.
pub fn done(tx: &Transaction) -> Result<()> {
    meta::remove(tx, AT)
}

fn next(connection: &Connection, after: &[u8]) -> Result<Vec<(Id, Person)>> {
    let mut query = connection.prepare_cached(
        "SELECT id, base FROM entity
         WHERE kind = 'person' AND base IS NOT NULL AND id > ?1 ORDER BY id LIMIT ?2",
    )?;
    let rows = query.query_map(params![after, STEP], |row| {
        Ok((id_at(row, 0)?, row.get::<_, String>(1)?))
    })?;
    rows.map(|row| {
        let (id, body) = row?;
        Ok((id, serde_json::from_str(&body)?))
    })
    .collect()
}

#[cfg(test)]
impl Store {
    /// As an older program left it: its keys only, and the filling due.
    pub(crate) fn pretend_keys_of_before(&self) -> Result<()> {
        self.write(|tx| {
            tx.execute("DELETE FROM person_key", [])?;
            let mut after = Vec::new();
            loop {
                let people = next(tx, &after)?;
                let Some((last, _)) = people.last() else {
                    break;
                };
                after = last.as_bytes().to_vec();
                let mut changes = person_key::Changes::default();
                for (id, person) in &people {
                    let subject = subject_of_person(self, person);
                    let keys = person_key::keys_before_spelling(person, &subject);
                    changes.insert(*id, &keys);
                }
                changes.apply(tx)?;
            }
            meta::set(tx, AT, "")
        })
    }
}
