//! People: found by name, number, last four or phone, and shown whole.

mod advice;
mod alerts;
mod page;

use chrono::{DateTime, NaiveDate, Utc};
use domain::id_number::mask;
use domain::{Id, Identity, Person};
use rusqlite::Connection;

use crate::clock::business_day;
use crate::desk::Desk;
use crate::error::{Error, Result};
use crate::store::{entity, person_key};
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

    /// People by the beginning of their name, their whole number, its last four, or their phone.
    pub fn search_people(&self, text: &str) -> Result<Vec<PersonRow>> {
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        self.store.read(|c| {
            let ids = self.find_ids(c, &text)?;
            let people = ids.into_iter().map(|id| entity::find_person(c, id));
            let people = people.collect::<Result<Vec<_>>>()?;
            let shown = people.iter().flatten().filter_map(|kept| kept.shown());
            Ok(shown.map(row).collect())
        })
    }

    fn find_ids(&self, connection: &Connection, text: &str) -> Result<Vec<Id>> {
        let upper = text.to_uppercase();
        let digits = upper.strip_suffix('X').unwrap_or(&upper);
        let is_number = digits.bytes().all(|b| b.is_ascii_digit());
        let exactly = |key: String| person_key::find(connection, &key, ROWS);
        match upper.len() {
            4 if is_number => exactly(person_key::last_four(&upper)),
            11 if is_number => exactly(person_key::phone(&upper)),
            15 | 18 if upper.is_ascii() && upper.bytes().any(|b| b.is_ascii_digit()) => {
                exactly(person_key::document(&self.store.subject(&upper)))
            }
            _ => person_key::find_beginning(connection, &person_key::name(text), ROWS),
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
