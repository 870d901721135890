//! Where a case goes next, and what granting it brings.

use super::Facts;
use crate::case::Page;
use crate::person::{Event, EventKind, Standing};
use crate::{Business, Case, Change, Command, Division, Outcome, Reason, Stage, State};

/// An event of this command.
pub fn event(command: &Command, what: EventKind, place: &Division) -> Event {
    Event {
        at: command.made_at,
        what,
        by: command.by.name.clone(),
        place: place.clone(),
        case: None,
        business: None,
        reasons: Vec::new(),
    }
}

/// An event of this command about a case.
pub fn case_event(command: &Command, what: EventKind, case: &Case) -> Event {
    let mut event = event(command, what, &case.filed_at);
    (event.case, event.business) = (Some(case.id), Some(case.business.clone()));
    event
}

/// The first step at or after `from` that this case must pass.
pub fn next_step(business: &Business, from: usize, pending: &[Reason]) -> Option<usize> {
    (from..business.steps.len())
        .find(|step| !business.steps[*step].exceptions_only || !pending.is_empty())
}

/// Where a case with these papers and open questions enters.
pub fn entry_stage(
    business: &Business,
    state: &State,
    pages: &[Page],
    pending: &[Reason],
) -> Stage {
    let stored = |page: &Page| state.stored.items.contains(&page.sha256);
    match next_step(business, 0, pending) {
        Some(step) if pages.iter().all(stored) => Stage::InReview { step },
        Some(step) => Stage::AwaitingPages { step },
        None => Stage::Granted,
    }
}

/// What granting brings: the standing, the event on the line of the life.
pub fn add(facts: &mut Facts, command: &Command, business: &Business, case: &Case) {
    if let Some(name) = &business.grants {
        let standing = Standing {
            since: case.acted_on,
            case: case.id,
            at: case.filed_at.clone(),
            until: None,
        };
        facts.add(
            case.person,
            Change::StandingOpened {
                name: name.clone(),
                standing,
            },
        );
    }
    let granted = case_event(command, EventKind::CaseGranted, case);
    facts.add(case.person, Change::Happened { event: granted });
}

/// The final answer to the command that filed the case.
pub fn answer(facts: &mut Facts, case: &Case, outcome: Outcome) {
    facts.add(
        case.command,
        Change::Decided {
            outcome,
            content: None,
        },
    );
}
