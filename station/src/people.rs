//! People: found, and shown whole.

mod advice;
mod alerts;
pub(crate) mod by_hand;
mod notice;
mod page;
mod search;

use ::audit::Event;
use chrono::{DateTime, NaiveDate, Utc};
use domain::id_number::mask;
use domain::{Id, Identity, Person};
use rusqlite::Connection;

use crate::clock::business_day;
use crate::desk::Desk;
use crate::error::{Error, Result};
use crate::names::rare;
use crate::reading::Reading;
use crate::store::{audit, entity, person_key};
use crate::view::{DocumentExtras, Face, PersonPage};

/// People under one number: a number that was given twice, at most a few times.
const SAME_NUMBER: usize = 20;
/// Records that were joined one after the other.
const JOINED: usize = 16;

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

    /// The page of a person whose card was just read; the reading is recorded.
    pub fn take_card(&self, read: &Reading, now: DateTime<Utc>) -> Result<PersonPage> {
        self.store.admit_looking()?;
        let page = self.reading_page(read, now)?;
        let document = document_name(&read.identity);
        self.about_person(&read.identity, &Event::CardRead { document })?;
        Ok(page)
    }

    /// The page of a person whose document was copied by hand; that is recorded.
    pub fn take_typed(&self, read: &Reading, now: DateTime<Utc>) -> Result<PersonPage> {
        self.store.admit_looking()?;
        let page = self.reading_page(read, now)?;
        let document = document_name(&read.identity);
        self.about_person(&read.identity, &Event::PersonTyped { document })?;
        Ok(page)
    }

    fn about_person(&self, identity: &Identity, event: &Event) -> Result<()> {
        let about = audit::About::Person(&identity.document.number);
        self.store.note_about(event, about)
    }

    /// The page of a known person, opened by somebody: recorded, unless they just did.
    pub fn open_person(&self, person: Id, now: DateTime<Utc>) -> Result<PersonPage> {
        self.store.admit_looking()?;
        let page = self.get_person(person, now)?;
        if self.opened.is_new(person, now) {
            let identity = self.get_identity(person)?;
            self.about_person(&identity, &Event::PersonOpened {})?;
        }
        Ok(page)
    }

    /// The page of a reading: of a card or of what was typed.
    pub(crate) fn reading_page(&self, read: &Reading, now: DateTime<Utc>) -> Result<PersonPage> {
        let mut page = self.person_page(&read.identity, Some(read.id), now)?;
        page.photo = read.is_of_identity_card();
        page.face.extras = read.extras.clone();
        Ok(page)
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
            for id in person_key::find(c, &key, SAME_NUMBER)? {
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
}

/// The kind of a document as the audit names it.
fn document_name(identity: &Identity) -> String {
    let name = serde_json::to_value(identity.document.kind).ok();
    let name = name.and_then(|name| name.as_str().map(str::to_owned));
    name.unwrap_or_default()
}

/// A person as shown. A record that was joined to another leads to that one.
pub(crate) fn get(connection: &Connection, person: Id) -> Result<Person> {
    let mut at = person;
    for _ in 0..JOINED {
        let found = entity::find_person(connection, at)?.and_then(entity::Kept::into_shown);
        let found = found.ok_or_else(|| Error::coded("person.unknown"))?;
        match found.merged_into {
            Some(into) => at = into,
            None => return Ok(found),
        }
    }
    Err(Error::coded("person.unknown"))
}

/// A name, in characters or letters, that has something nobody can draw or look up.
fn is_name_incomplete(identity: &Identity) -> bool {
    let latin = identity.latin_name.as_deref().unwrap_or_default();
    rare::is_incomplete(&identity.name) || rare::is_incomplete(latin)
}

/// What the card says, with its number masked.
pub(crate) fn face(identity: &Identity, today: NaiveDate) -> Face {
    Face {
        name: identity.name.clone(),
        name_incomplete: is_name_incomplete(identity),
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
        extras: DocumentExtras::default(),
    }
}
