//! What waits in the lanes: whose, what, since when, and how it is.

use domain::id_number::mask;
use domain::{Act, Case, Identity, Outcome, Person};
use rusqlite::Connection;

use super::{COUNTED, SHOWN};
use crate::error::Result;
use crate::store::entity::{self, Kept};
use crate::store::outbox::{self, Filed};
use crate::store::outgoing::{self, Newest};
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
            items.extend(of_command(connection, filed, state.clone())?);
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
        items.extend(of_command(connection, filed, state)?);
    }
    Ok(SyncGroup {
        items,
        total: stopped.total,
        uncounted: false,
    })
}

/// Cases whose pages the centre waits for.
pub(super) fn awaiting_pages(connection: &Connection, awaiting: Newest<Case>) -> Result<SyncGroup> {
    let mut items = Vec::new();
    for case in awaiting.shown {
        let pages = outgoing::pages_of(connection, case.id)?;
        let state = SyncState::Pages {
            all: pages.all,
            stored: pages.stored,
            lost: pages.lost,
            elsewhere: pages.elsewhere,
        };
        let filed = outbox::about_case(connection, case.id, case.command)?;
        match filed.into_iter().next_back() {
            Some(filed) => items.extend(of_command(connection, filed, state)?),
            None => items.extend(of_case(connection, &case, state)?),
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

/// One of our commands; None when it is about a case that is not here any more.
fn of_command(connection: &Connection, filed: Filed, state: SyncState) -> Result<Option<SyncItem>> {
    let mut settles = None;
    let (business, identity) = match filed.command.act {
        Act::Submit(submit) => (submit.business, submit.identity),
        Act::SettleAnswer(act) => {
            let person = entity::find_person(connection, act.person)?;
            let Some(person) = person.and_then(Kept::into_shown) else {
                return Ok(None);
            };
            settles = Some(act.field);
            (String::new(), person.identity)
        }
        _ => match subject_of(connection, &filed)? {
            Some(subject) => subject,
            None => return Ok(None),
        },
    };
    let correction = filed.case != filed.command.id.derive("case");
    Ok(Some(SyncItem {
        case: filed.case,
        command: Some(filed.command.id),
        business,
        masked_number: mask(&identity.document.number),
        name: identity.name,
        acted_on: filed.command.acted_on,
        made_at: Some(filed.command.made_at),
        correction,
        settles,
        state,
    }))
}

/// A case of this community that another computer filed.
fn of_case(connection: &Connection, case: &Case, state: SyncState) -> Result<Option<SyncItem>> {
    let person = entity::find_person(connection, case.person)?;
    let person = person.and_then(Kept::into_shown);
    Ok(person.map(|person| SyncItem {
        case: case.id,
        command: None,
        business: case.business.clone(),
        masked_number: mask(&person.identity.document.number),
        name: person.identity.name,
        acted_on: case.acted_on,
        made_at: None,
        correction: false,
        settles: None,
        state,
    }))
}

/// Business and person of the case that a command corrects.
fn subject_of(connection: &Connection, filed: &Filed) -> Result<Option<(String, Identity)>> {
    let case = entity::find_case(connection, filed.case)?.and_then(Kept::into_shown);
    let Some(case) = case else {
        return Ok(None);
    };
    let person = entity::find_person(connection, case.person)?.and_then(Kept::into_shown);
    Ok(person.map(|person| (case.business, person.identity)))
}
