//! Table `person_key`: what people are found by. It says what the facts say: whom only our own
//! pending commands speak of is found through the outbox.
//!
//! A key is a letter, a colon and what is looked for. Residents of this community have the letter
//! in capitals, so that each of the two is a range of its own and they are found first:
//!
//! | key | what |
//! | --- | --- |
//! | `d:` | keyed hash of the document number |
//! | `p:` | phone number |
//! | `l:` `L:` | last four of the document number |
//! | `n:` `N:` | name, plainly written |
//! | `f:` `F:` | pinyin in full, without blanks |
//! | `i:` `I:` | first letters, a blank, the syllables |
//!
//! Filling the keys that an older program did not write: [`super::key_fill`].

use std::collections::BTreeSet;

use domain::{Division, Id, Person};
use rusqlite::{Connection, Transaction, params};

use super::entity::id_at;
use crate::error::Result;
use crate::names;

/// Where somebody lives, as far as it orders what is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Near {
    /// In this station's community.
    Here,
    /// Elsewhere.
    Elsewhere,
}

impl Near {
    /// Both, the near ones first.
    pub const BOTH: [Near; 2] = [Near::Here, Near::Elsewhere];

    /// Where this person lives.
    pub fn of(person: &Person, here: Option<&Division>) -> Near {
        match here == Some(&person.home) {
            true => Near::Here,
            false => Near::Elsewhere,
        }
    }
}

/// What a key is made of, apart from numbers that are found whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Last four of the document number.
    LastFour,
    /// Name.
    Name,
    /// Pinyin in full.
    Spelled,
    /// First letters, with the syllables behind them.
    Initials,
}

impl Kind {
    /// The key, or its beginning.
    pub fn key(self, near: Near, text: &str) -> String {
        let letter = match (self, near) {
            (Kind::LastFour, Near::Here) => 'L',
            (Kind::LastFour, Near::Elsewhere) => 'l',
            (Kind::Name, Near::Here) => 'N',
            (Kind::Name, Near::Elsewhere) => 'n',
            (Kind::Spelled, Near::Here) => 'F',
            (Kind::Spelled, Near::Elsewhere) => 'f',
            (Kind::Initials, Near::Here) => 'I',
            (Kind::Initials, Near::Elsewhere) => 'i',
        };
        format!("{letter}:{text}")
    }
}

/// The keys of one person; `subject` is the keyed hash of their document number, `here` the
/// station's community.
pub fn keys_of(person: &Person, subject: &str, here: Option<&Division>) -> BTreeSet<String> {
    let near = Near::of(person, here);
    let mut keys = BTreeSet::from([document(subject)]);
    keys.extend(last_four(person).map(|four| Kind::LastFour.key(near, &four)));
    keys.extend(person.known.get("phone").map(|number| phone(number)));
    let identity = &person.identity;
    for name in std::iter::once(&identity.name).chain(&identity.latin_name) {
        keys.insert(Kind::Name.key(near, &names::plain(name)));
    }
    for spelling in names::spellings(&identity.name) {
        keys.insert(Kind::Spelled.key(near, &spelling.concat()));
        let syllables = format!("{} {}", names::initials(&spelling), spelling.join(" "));
        keys.insert(Kind::Initials.key(near, &syllables));
    }
    keys
}

/// The keys that programs wrote before names were spelled.
pub fn keys_before_spelling(person: &Person, subject: &str) -> BTreeSet<String> {
    let plainly = |name: &String| {
        let name = name.chars().filter(|c| !c.is_whitespace());
        let name: String = name.flat_map(char::to_uppercase).collect();
        Kind::Name.key(Near::Elsewhere, &name)
    };
    let identity = &person.identity;
    let mut keys = BTreeSet::from([document(subject), plainly(&identity.name)]);
    keys.extend(last_four(person).map(|four| Kind::LastFour.key(Near::Elsewhere, &four)));
    keys.extend(identity.latin_name.as_ref().map(plainly));
    keys.extend(person.known.get("phone").map(|number| phone(number)));
    keys
}

/// Key of a document number's keyed hash.
pub fn document(subject: &str) -> String {
    format!("d:{subject}")
}

/// Key of a phone number.
pub fn phone(number: &str) -> String {
    format!("p:{}", number.trim())
}

fn last_four(person: &Person) -> Option<String> {
    let number = &person.identity.document.number;
    let at = number.len().checked_sub(4)?;
    Some(number.get(at..)?.to_uppercase())
}

/// Keys that go and keys that come, of many people. They are written in their order: neighbours lie on
/// one page, and a page is encrypted once.
#[derive(Default)]
pub struct Changes {
    gone: Vec<(String, Id)>,
    come: Vec<(String, Id)>,
}

impl Changes {
    /// The keys that a person had are replaced by those they have.
    pub fn replace(&mut self, person: Id, old: &BTreeSet<String>, new: &BTreeSet<String>) {
        self.remove(person, old.difference(new));
        self.insert(person, new.difference(old));
    }

    /// A person's first keys.
    pub fn add(&mut self, person: Id, keys: BTreeSet<String>) {
        self.come.extend(keys.into_iter().map(|key| (key, person)));
    }

    /// The same where it is not known which of the old ones are there.
    pub fn write(&mut self, person: Id, old: &BTreeSet<String>, new: &BTreeSet<String>) {
        self.remove(person, old.difference(new));
        self.insert(person, new);
    }

    /// These go, where they are.
    pub fn remove<'a>(&mut self, person: Id, keys: impl IntoIterator<Item = &'a String>) {
        let keys = keys.into_iter().map(|key| (key.clone(), person));
        self.gone.extend(keys);
    }

    /// These come, where they are not.
    pub fn insert<'a>(&mut self, person: Id, keys: impl IntoIterator<Item = &'a String>) {
        let keys = keys.into_iter().map(|key| (key.clone(), person));
        self.come.extend(keys);
    }

    /// Writes them.
    pub fn apply(mut self, tx: &Transaction) -> Result<()> {
        self.gone.sort_unstable();
        self.come.sort_unstable();
        let delete = "DELETE FROM person_key WHERE key = ?1 AND person = ?2";
        let insert = "INSERT INTO person_key (key, person) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        for (statement, rows) in [(delete, &self.gone), (insert, &self.come)] {
            let mut statement = tx.prepare_cached(statement)?;
            for (key, person) in rows {
                statement.execute(params![key, person.as_bytes()])?;
            }
        }
        Ok(())
    }
}

/// Takes every key away.
pub fn forget_all(tx: &Transaction) -> Result<()> {
    tx.execute("DELETE FROM person_key", [])?;
    Ok(())
}

/// People with exactly this key.
pub fn find(connection: &Connection, key: &str, limit: usize) -> Result<Vec<Id>> {
    let mut query =
        connection.prepare_cached("SELECT person FROM person_key WHERE key = ?1 LIMIT ?2")?;
    let rows = query.query_map(params![key, limit], |row| id_at(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Keys that begin so, with their people, in order: the exact one first.
pub fn find_beginning(
    connection: &Connection,
    key: &str,
    limit: usize,
) -> Result<Vec<(String, Id)>> {
    let mut query = connection.prepare_cached(
        "SELECT key, person FROM person_key WHERE key >= ?1 AND key < ?2 ORDER BY key LIMIT ?3",
    )?;
    let end = format!("{key}\u{10FFFF}");
    let rows = query.query_map(params![key, end, limit], |row| {
        Ok((row.get(0)?, id_at(row, 1)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
