//! People.

use domain::Id;
use station::view::{PeopleFound, PersonPage, TypedCheck, TypedIdentity};

use super::{Answer, AtStation};

/// By name, pinyin, number, last four or phone.
#[tauri::command(async)]
pub fn search_people(station: AtStation<'_>, text: String) -> Answer<PeopleFound> {
    station.search_people(&text)
}

/// A known person.
#[tauri::command(async)]
pub fn get_person(station: AtStation<'_>, person: Id) -> Answer<PersonPage> {
    station.get_person(person)
}

/// The person of a card that was read.
#[tauri::command(async)]
pub fn get_reading(station: AtStation<'_>, reading: Id) -> Answer<PersonPage> {
    station.get_reading(reading)
}

/// What can be said of a document that is being typed.
#[tauri::command(async)]
pub fn check_identity(station: AtStation<'_>, entry: TypedIdentity) -> Answer<TypedCheck> {
    station.check_identity(&entry)
}

/// Takes in a document typed by hand.
#[tauri::command(async)]
pub fn enter_identity(station: AtStation<'_>, entry: TypedIdentity) -> Answer<PersonPage> {
    station.enter_identity(&entry)
}

/// One of two values of an answer is right.
#[tauri::command(async)]
pub fn settle_answer(
    station: AtStation<'_>,
    person: Id,
    field: String,
    value: String,
    seen: Vec<String>,
) -> Answer<PersonPage> {
    station.settle_answer(person, &field, &value, &seen)
}
