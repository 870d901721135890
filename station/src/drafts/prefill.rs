//! A new form, filled from the last answers and from the card.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::Identity;
use domain::case::Answers;
use domain::decide::find_person;
use domain::identity::Evidence;
use rusqlite::Connection;

use crate::clock::business_day;
use crate::desk::{Desk, new_id};
use crate::error::Result;
use crate::knowledge;
use crate::store::draft::DraftKept;

/// What a form is filled from.
pub(super) struct Card {
    identity: Identity,
    evidence: Evidence,
    /// Where they live by the card: the printed address, unless another was written to it.
    pub address: String,
}

impl Card {
    pub fn of(identity: Identity, evidence: Evidence) -> Card {
        Card {
            address: identity.address.clone(),
            identity,
            evidence,
        }
    }
}

/// A new draft. Remembered answers come before the card: people move more often than they renew
/// their card.
pub(super) fn new(
    desk: &Desk,
    connection: &Connection,
    business: &str,
    card: Card,
    now: DateTime<Utc>,
) -> Result<DraftKept> {
    let form = desk
        .catalog
        .find_business(business, business_day(now))
        .ok_or_else(|| super::unknown(business))?;
    let Card {
        identity,
        evidence,
        address,
    } = card;
    let subject = desk.store.subject(&identity.document.number);
    let state = knowledge::load(&desk.store, connection, &subject)?;
    let person = find_person(&state, &identity).ok().flatten();
    let (mut answers, mut filled_from) = (Answers::new(), BTreeMap::new());
    for field in form.sections.iter().flat_map(|section| &section.fields) {
        let last = person
            .filter(|_| field.keep)
            .and_then(|p| p.known.get(&field.id));
        let card = match field.from_card.as_deref() {
            Some("address") => Some(&address).filter(|address| !address.is_empty()),
            _ => None,
        };
        let found = last.map(|l| (l, "last")).or(card.map(|c| (c, "card")));
        if let Some((answer, source)) = found {
            answers.insert(field.id.clone(), answer.clone());
            filled_from.insert(field.id.clone(), source.to_owned());
        }
    }
    Ok(DraftKept {
        id: new_id(),
        business: business.to_owned(),
        identity,
        evidence,
        answers,
        filled_from,
        amends: None,
        version: 0,
        replaces: None,
        saved_at: now,
        recorded_at: None,
    })
}
