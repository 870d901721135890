//! What waits in the lanes: whose, what, since when, and how it is.

use std::collections::BTreeMap;

use domain::id_number::mask;
use domain::{Act, Case, Identity, Outcome, Person};
use rusqlite::Connection;

use super::{COUNTED, SHOWN};
use crate::error::Result;
use crate::store::entity::{self, Kept};
use crate::store::outbox::{self, Filed};
use crate::store::outgoing::{self, Newest};
use crate::sync::seen::PageFailed;
use crate::view::{SyncConflict, SyncGroup, SyncItem, SyncState};

/// What has not left, and behind it what has left and was not answered.
pub(super) fn waiting(
    connection: &Connection,
    unsent: Newest<Filed>,
    unanswered: Newest<Filed>,
) -> Result<SyncGroup> {
    let total = unsent.total + unanswered.total;
    let states = [SyncState::Waiting, SyncState::Sent];
    let mut items = Vec::new();
    for (list, state) in [unsent.shown, unanswered.shown].into_iter().zip(states) {
        for filed in list.into_iter().take(SHOWN - items.len().min(SHOWN)) {
            items.push(of_command(connection, filed, state.clone())?);
        }
    }
    Ok(SyncGroup {
        items,
        total,
        uncounted: false,
    })
}

/// What was refused or is held.
pub(super) fn stopped(connection: &Connection, stopped: Newest<Filed>) -> Result<SyncGroup> {
    let mut items = Vec::new();
    for filed in stopped.shown {
        let state = match filed.outcome.clone() {
            Some(Outcome::Held { reason }) => SyncState::Held { reason },
            Some(Outcome::Rejected { reasons }) => SyncState::Refused { reasons },
            _ => continue,
        };
        items.push(of_command(connection, filed, state)?);
    }
    Ok(SyncGroup {
        items,
        total: stopped.total,
        uncounted: false,
    })
}

/// Cases whose pages the centre waits for, with what is the matter with those that failed for themselves.
pub(super) fn awaiting_pages(
    connection: &Connection,
    awaiting: Newest<Case>,
    failed: &BTreeMap<String, PageFailed>,
) -> Result<SyncGroup> {
    let mut items = Vec::new();
    for case in awaiting.shown {
        let pages = outgoing::pages_of(connection, case.id)?;
        let names = match failed.is_empty() {
            true => Vec::new(),
            false => outgoing::page_names(connection, case.id)?,
        };
        let troubles = names.iter().filter_map(|name| failed.get(name));
        let first = troubles.min_by_key(|trouble| trouble.next_try);
        let state = SyncState::Pages {
            all: pages.all,
            stored: pages.stored,
            lost: pages.lost,
            elsewhere: pages.elsewhere,
            reason: first.map(|trouble| trouble.reason.clone()),
            next_try: first.map(|trouble| trouble.next_try),
        };
        let filed = outbox::about_case(connection, case.id, case.command)?;
        match filed.into_iter().next_back() {
            Some(filed) => items.push(of_command(connection, filed, state)?),
            None => items.push(of_case(connection, &case, state)?),
        }
    }
    let counted = COUNTED as u64;
    Ok(SyncGroup {
        items,
        total: awaiting.total.min(counted),
        uncounted: awaiting.total > counted,
    })
}

/// People with answers that contradict each other.
pub(super) fn conflicts(people: Vec<Person>) -> Vec<SyncConflict> {
    let shown = people.into_iter().map(|person| SyncConflict {
        person: person.id,
        masked_number: mask(&person.identity.document.number),
        fields: person.unsettled().cloned().collect(),
        name: person.identity.name,
    });
    shown.collect()
}

/// One of our commands. What it is about may not be here, while the feed loads anew or since the person
/// has moved: it is shown by what it says itself, for it is counted.
fn of_command(connection: &Connection, filed: Filed, state: SyncState) -> Result<SyncItem> {
    let mut settles = None;
    let (business, identity) = match filed.command.act {
        Act::Submit(submit) => (submit.business, Some(submit.identity)),
        Act::SettleAnswer(act) => {
            let person = entity::find_person(connection, act.person)?;
            let person = person.and_then(Kept::into_shown);
            settles = Some(act.field);
            (String::new(), person.map(|person| person.identity))
        }
        _ => subject_of(connection, &filed)?,
    };
    let correction = filed.case != filed.command.id.derive("case");
    let (name, masked_number) = shown(identity);
    Ok(SyncItem {
        case: filed.case,
        command: Some(filed.command.id),
        business,
        masked_number,
        name,
        acted_on: filed.command.acted_on,
        made_at: Some(filed.command.made_at),
        correction,
        settles,
        state,
    })
}

/// A case of this community that another computer filed.
fn of_case(connection: &Connection, case: &Case, state: SyncState) -> Result<SyncItem> {
    let person = entity::find_person(connection, case.person)?;
    let person = person.and_then(Kept::into_shown);
    let (name, masked_number) = shown(person.map(|person| person.identity));
    Ok(SyncItem {
        case: case.id,
        command: None,
        business: case.business.clone(),
        masked_number,
        name,
        acted_on: case.acted_on,
        made_at: None,
        correction: false,
        settles: None,
        state,
    })
}

/// Name and masked number; empty where it is not known here whose.
fn shown(identity: Option<Identity>) -> (String, String) {
    identity.map_or_else(Default::default, |identity| {
        let number = mask(&identity.document.number);
        (identity.name, number)
    })
}

/// Business and person of the case that a command corrects, as far as they are here.
fn subject_of(connection: &Connection, filed: &Filed) -> Result<(String, Option<Identity>)> {
    let case = entity::find_case(connection, filed.case)?.and_then(Kept::into_shown);
    let Some(case) = case else {
        return Ok(Default::default());
    };
    let person = entity::find_person(connection, case.person)?.and_then(Kept::into_shown);
    Ok((case.business, person.map(|person| person.identity)))
}
