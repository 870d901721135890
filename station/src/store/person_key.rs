//! Table `person_key`: what people are found by. It says what the facts say: whom only our own
//! pending commands speak of is found through the outbox.

use std::collections::BTreeSet;

use domain::{Id, Person};
use rusqlite::{Connection, Transaction, params};

use super::entity::id_at;
use crate::error::Result;

/// The keys of one person; `subject` is the keyed hash of their document number.
pub fn keys_of(person: &Person, subject: &str) -> BTreeSet<String> {
    let number = &person.identity.document.number;
    let mut keys = BTreeSet::from([document(subject), name(&person.identity.name)]);
    if let Some(at) = number
        .len()
        .checked_sub(4)
        .filter(|at| number.is_char_boundary(*at))
    {
        keys.insert(last_four(&number[at..]));
    }
    keys.extend(person.identity.latin_name.as_deref().map(name));
    keys.extend(person.known.get("phone").map(|number| phone(number)));
    keys
}

/// Key of a document number's keyed hash.
pub fn document(subject: &str) -> String {
    format!("d:{subject}")
}

/// Key of the last four of a number.
pub fn last_four(four: &str) -> String {
    format!("l:{}", four.to_uppercase())
}

/// Key of a name, or of its beginning.
pub fn name(name: &str) -> String {
    let plain = name.chars().filter(|c| !c.is_whitespace());
    format!(
        "n:{}",
        plain.flat_map(char::to_uppercase).collect::<String>()
    )
}

/// Key of a phone number.
pub fn phone(number: &str) -> String {
    format!("p:{}", number.trim())
}

/// Replaces the keys that a person had by those they have.
pub fn replace(
    tx: &Transaction,
    person: Id,
    old: &BTreeSet<String>,
    new: &BTreeSet<String>,
) -> Result<()> {
    let mut delete = tx.prepare_cached("DELETE FROM person_key WHERE key = ?1 AND person = ?2")?;
    for key in old.difference(new) {
        delete.execute(params![key, person.as_bytes()])?;
    }
    let mut insert = tx.prepare_cached(
        "INSERT INTO person_key (key, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    for key in new.difference(old) {
        insert.execute(params![key, person.as_bytes()])?;
    }
    Ok(())
}

/// People with exactly this key.
pub fn find(connection: &Connection, key: &str, limit: usize) -> Result<Vec<Id>> {
    let mut query =
        connection.prepare_cached("SELECT person FROM person_key WHERE key = ?1 LIMIT ?2")?;
    let rows = query.query_map(params![key, limit], |row| id_at(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// People with a key that begins so, in order of their keys.
pub fn find_beginning(connection: &Connection, key: &str, limit: usize) -> Result<Vec<Id>> {
    let mut query = connection.prepare_cached(
        "SELECT person FROM person_key WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
    )?;
    let end = format!("{key}\u{10FFFF}");
    let rows = query.query_map(params![key, end, limit], |row| id_at(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
