//! People.

use domain::Id;
use station::view::{PersonPage, PersonRow};

use super::{Answer, AtStation};

/// By name, number, last four or phone.
#[tauri::command(async)]
pub fn search_people(station: AtStation<'_>, text: String) -> Answer<Vec<PersonRow>> {
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
