//! What an entry of the log brings about here, when it is filed and when it is brought back from
//! the journal.

use ::audit::Event;
use chrono::{DateTime, Utc};
use domain::evolve::evolve;
use domain::sync::link;
use domain::{Act, Command, Id, State, decide};
use rusqlite::Transaction;

use crate::desk::new_id;
use crate::error::{Error, Result};
use crate::journal::Kept;
use crate::knowledge::Group;
use crate::store::outbox::NewEntry;
use crate::store::removed::Removed;
use crate::store::{Store, Tx, audit, draft, draft_page, outbox, page_out, removed};
use crate::view::DraftPage;

/// What the audit says of a case or person of which a store that was made anew knows nothing yet.
const UNKNOWN: &str = "unknown";

/// Appends a command to the log, and its pages to what is to be sent.
pub(super) fn write(tx: &Transaction, kept: &Kept, command: &Command) -> Result<()> {
    let (kind, pages) = match &command.act {
        Act::Amend(amend) => ("amend", amend.pages.as_slice()),
        Act::Submit(submit) => ("submit", submit.pages.as_slice()),
        Act::SettleAnswer(_) => ("amend", &[][..]),
        _ => return Err(Error::Bug("a counter files and corrects".into())),
    };
    let new = NewEntry {
        entry: &kept.entry,
        subject: &kept.subject,
        case: case_of(command),
        kind,
        serial: kept.serial,
        draft: kept.draft,
    };
    outbox::append(tx, &new)?;
    pages
        .iter()
        .try_for_each(|page| page_out::add(tx, &page.sha256, page.size_bytes))
}

/// The form that was filed goes; what its pages were made from stays for a while.
pub(super) fn close_draft(tx: &Transaction, draft: Id, now: DateTime<Utc>) -> Result<()> {
    let papers = draft_page::of(tx, draft)?;
    draft::delete(tx, draft)?;
    let pages: Vec<DraftPage> = papers
        .into_iter()
        .filter(|page| {
            page.made
                .as_ref()
                .is_some_and(|made| !made.sides.is_empty())
        })
        .collect();
    if pages.is_empty() {
        return Ok(());
    }
    removed::keep(tx, &new_id().to_string(), now, &Removed::Filed { pages })
}

/// The audit's word of what was filed, corrected or settled at place `log` of the log. `state` knows it.
pub(super) fn record(tx: &Tx, state: &State, command: &Command, log: u64) -> Result<()> {
    let case = case_of(command);
    let business = || {
        let known = state.find_case(case);
        known.map_or_else(|| UNKNOWN.to_owned(), |case| case.business.clone())
    };
    let event = match &command.act {
        Act::Submit(submit) => Event::CaseSubmitted {
            business: submit.business.clone(),
            log,
        },
        Act::SettleAnswer(act) => {
            let person = state.find_person(act.person);
            let number = person.map_or(UNKNOWN, |person| &person.identity.document.number);
            let field = act.field.clone();
            let event = Event::AnswerSettled { field, log };
            return audit::append_about(tx, &event, audit::About::Person(number));
        }
        _ => Event::CaseAmended {
            business: business(),
            log,
        },
    };
    audit::append_about(tx, &event, audit::About::Case(case))
}

/// The case that a command files or corrects, or the person whose record it corrects.
pub(super) fn case_of(command: &Command) -> Id {
    match &command.act {
        Act::Amend(amend) => amend.case,
        Act::SettleAnswer(act) => act.person,
        _ => command.id.derive("case"),
    }
}

/// Does once more what a save did, from what the journal kept of it. `journal.differs` when the
/// entry does not continue this log.
pub(crate) fn bring_back(store: &Store, tx: &Tx, installation: Id, kept: &Kept) -> Result<()> {
    let differs = || Error::coded("journal.differs");
    let (at, entry) = (outbox::log_at(tx)?, &kept.entry);
    // Where the log begins is not known to a store that was made anew.
    if at.last != 0 {
        let next = link(&at.link, installation, at.last + 1, entry.id, &entry.body);
        if entry.n != at.last + 1 || entry.link != next {
            return Err(differs());
        }
    }
    let command: Command = serde_json::from_str(&entry.body).map_err(|_| differs())?;
    let group = Group::load(store, tx, &kept.subject)?;
    let mut state = group.shown();
    let (_, facts) = decide(&state, &command, store.catalog()).into_facts(command.id);
    facts.iter().for_each(|fact| evolve(&mut state, fact));
    write(tx, kept, &command)?;
    record(tx, &state, &command, kept.entry.n)?;
    group.show(tx, &state)?;
    match kept.draft {
        Some(draft) => close_draft(tx, draft, command.made_at),
        None => Ok(()),
    }
}
