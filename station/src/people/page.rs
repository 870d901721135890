//! The person page: everything known about one person, newest first, with what to mind and one
//! sentence on what to do today.

use chrono::NaiveDate;
use domain::decide::find_person;
use domain::{Id, Identity, Person, State, retirement};
use rusqlite::Connection;

use super::{advice, alerts, face};
use crate::cases::{self, Sending, Shown};
use crate::desk::Desk;
use crate::error::Result;
use crate::knowledge;
use crate::store::draft;
use crate::store::draft::DraftKept;
use crate::view::PersonPage;

/// What a page is made from.
pub(super) struct About<'a> {
    /// The card, or the record's last one.
    pub identity: &'a Identity,
    /// The record, when it is here.
    pub person: Option<&'a Person>,
    /// Somebody else who is known under this number.
    pub other: Option<&'a Person>,
    /// Their cases, newest first.
    pub cases: &'a [Shown],
    /// Their drafts.
    pub drafts: &'a [DraftKept],
    /// The business day.
    pub today: NaiveDate,
}

/// The page of a card.
pub(super) fn of_card(
    desk: &Desk,
    connection: &Connection,
    identity: &Identity,
    reading: Option<Id>,
    today: NaiveDate,
) -> Result<PersonPage> {
    let subject = desk.store.subject(&identity.document.number);
    let state = knowledge::load(&desk.store, connection, &subject)?;
    let (person, other) = match find_person(&state, identity) {
        Ok(person) => (person, None),
        Err(other) => (None, Some(other)),
    };
    let mut page = page(desk, connection, &state, identity, (person, other), today)?;
    page.reading = reading;
    Ok(page)
}

/// The page of a record.
pub(super) fn of_person(
    desk: &Desk,
    connection: &Connection,
    person: &Person,
    today: NaiveDate,
) -> Result<PersonPage> {
    let subject = knowledge::subject_of_person(&desk.store, person);
    let state = knowledge::load(&desk.store, connection, &subject)?;
    page(
        desk,
        connection,
        &state,
        &person.identity,
        (Some(person), None),
        today,
    )
}

fn page(
    desk: &Desk,
    connection: &Connection,
    state: &State,
    identity: &Identity,
    (person, other): (Option<&Person>, Option<&Person>),
    today: NaiveDate,
) -> Result<PersonPage> {
    let subject = desk.store.subject(&identity.document.number);
    let cases = cases::of_person(connection, &subject, state, identity, person)?;
    let mut drafts = draft::about(connection, &subject)?;
    drafts.retain(|draft| draft.identity.same_name(identity));
    let about = About {
        identity,
        person,
        other,
        cases: &cases,
        drafts: &drafts,
        today,
    };
    let sending = Sending::load(connection)?;
    let rows = cases.iter().map(|case| case.row(connection, &sending));
    let group = retirement::group_of(person.and_then(|p| p.known.get("worker_group")));
    Ok(PersonPage {
        person: person.map(|person| person.id),
        reading: None,
        photo: false,
        face: face(identity, today),
        alerts: alerts::of(&about),
        advice: advice::of(&about),
        retirement: retirement::dates(identity, group),
        known: person.map(|p| p.known.clone()).unwrap_or_default(),
        conflicts: person.map(|p| p.conflicts.clone()).unwrap_or_default(),
        standings: person.map(|p| p.standings.clone()).unwrap_or_default(),
        employments: person.map(|p| p.employments.clone()).unwrap_or_default(),
        cases: rows.collect::<Result<_>>()?,
        life: person
            .map(|p| p.life.iter().rev().cloned().collect())
            .unwrap_or_default(),
        notice: super::notice::state(desk, connection, &subject)?,
        frozen: person.is_some_and(|person| person.frozen),
    })
}
