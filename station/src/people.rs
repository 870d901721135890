//! People: found by name, number, last four or phone, and shown whole.

mod advice;
mod alerts;
pub(crate) mod by_hand;
mod page;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use domain::id_number::mask;
use domain::{Id, Identity, Person};
use rusqlite::Connection;

use crate::clock::business_day;
use crate::desk::Desk;
use crate::error::{Error, Result};
use crate::knowledge;
use crate::store::{entity, outbox, person_key};
use crate::view::{Face, PersonPage, PersonRow};

/// Rows of one search.
const ROWS: usize = 20;

impl Desk {
    /// The page of a person whose card was read; `reading` is how the window refers to it.
    pub fn person_page(
        &self,
        identity: &Identity,
        reading: Option<Id>,
        now: DateTime<Utc>,
    ) -> Result<PersonPage> {
        self.store
            .read(|c| page::of_card(self, c, identity, reading, business_day(now)))
    }

    /// The page of a known person.
    pub fn get_person(&self, person: Id, now: DateTime<Utc>) -> Result<PersonPage> {
        self.store.read(|c| {
            let person = get(c, person)?;
            page::of_person(self, c, &person, business_day(now))
        })
    }

    /// Who a known person is, by the document seen last.
    pub(crate) fn get_identity(&self, person: Id) -> Result<Identity> {
        self.store.read(|c| Ok(get(c, person)?.identity))
    }

    /// Who is known here under a number and a name, by the document seen last.
    pub(crate) fn find_known_as(&self, number: &str, name: &str) -> Result<Option<Identity>> {
        let number = domain::by_hand::normal_number(number);
        self.store.read(|c| {
            let key = person_key::document(&self.store.subject(&number));
            for id in person_key::find(c, &key, ROWS)? {
                let known = get(c, id)?.identity;
                let named = Identity {
                    name: name.to_owned(),
                    ..known.clone()
                };
                if known.same_name(&named) {
                    return Ok(Some(known));
                }
            }
            Ok(None)
        })
    }

    /// People by the beginning of their name, their whole number, its last four, or their phone.
    pub fn search_people(&self, text: &str) -> Result<Vec<PersonRow>> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        self.store.read(|c| {
            let sought = self.sought(&text);
            let mut people = Vec::new();
            for id in sought.find(c)? {
                people.extend(entity::find_person(c, id)?.and_then(entity::Kept::into_shown));
            }
            // What is pending is not in the index, and little.
            for id in outbox::pending_people(c)? {
                let kept = entity::find_person(c, id)?.and_then(entity::Kept::into_shown);
                people.extend(kept.filter(|person| {
                    let subject = knowledge::subject_of_person(&self.store, person);
                    let known = people.iter().any(|found: &Person| found.id == person.id);
                    !known && sought.fits(&person_key::keys_of(person, &subject))
                }));
            }
            people.truncate(ROWS);
            Ok(people.iter().map(row).collect())
        })
    }

    fn sought(&self, text: &str) -> Sought {
        let upper = text.to_uppercase();
        let digits = upper.strip_suffix('X').unwrap_or(&upper);
        let is_number = digits.bytes().all(|b| b.is_ascii_digit());
        match upper.len() {
            4 if is_number => Sought::Exactly(person_key::last_four(&upper)),
            11 if is_number => Sought::Exactly(person_key::phone(&upper)),
            15 | 18 if upper.is_ascii() && upper.bytes().any(|b| b.is_ascii_digit()) => {
                Sought::Exactly(person_key::document(&self.store.subject(&upper)))
            }
            _ => Sought::Beginning(person_key::name(text)),
        }
    }
}

/// The key that a search is for.
enum Sought {
    Exactly(String),
    Beginning(String),
}

impl Sought {
    fn find(&self, connection: &Connection) -> Result<Vec<Id>> {
        match self {
            Sought::Exactly(key) => person_key::find(connection, key, ROWS),
            Sought::Beginning(key) => person_key::find_beginning(connection, key, ROWS),
        }
    }

    fn fits(&self, keys: &BTreeSet<String>) -> bool {
        match self {
            Sought::Exactly(key) => keys.contains(key),
            Sought::Beginning(key) => keys.iter().any(|k| k.starts_with(key)),
        }
    }
}

/// A person as shown.
pub(crate) fn get(connection: &Connection, person: Id) -> Result<Person> {
    entity::find_person(connection, person)?
        .and_then(entity::Kept::into_shown)
        .ok_or_else(|| Error::coded("person.unknown"))
}

/// What the card says, with its number masked.
pub(crate) fn face(identity: &Identity, today: NaiveDate) -> Face {
    Face {
        name: identity.name.clone(),
        latin_name: identity.latin_name.clone(),
        kind: identity.document.kind,
        masked_number: mask(&identity.document.number),
        sex: identity.sex,
        ethnic: identity.ethnic.clone(),
        birth: identity.birth,
        age: identity.age_on(today),
        address: identity.address.clone(),
        issuer: identity.issuer.clone(),
        valid_from: identity.valid_from,
        valid_to: identity.valid_to,
        nationality: identity.nationality.clone(),
    }
}

fn row(person: &Person) -> PersonRow {
    let in_force = person
        .standings
        .iter()
        .filter(|(_, standing)| standing.until.is_none());
    PersonRow {
        person: person.id,
        name: person.identity.name.clone(),
        masked_number: mask(&person.identity.document.number),
        birth: person.identity.birth,
        standings: in_force.map(|(name, _)| name.clone()).collect(),
    }
}
