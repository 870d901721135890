//! Opening a case again: a returned one for correction, one that waits for a page that was lost, a
//! rejected or held one for repair.

use ::audit::Event;
use chrono::{DateTime, Utc};
use domain::identity::Evidence;
use domain::{Act, Id, Outcome, Page, Stage};
use rusqlite::Connection;

use super::Shown;
use crate::desk::{Desk, new_id};
use crate::drafts;
use crate::error::{Error, Result};
use crate::lease;
use crate::store::draft::DraftKept;
use crate::store::{audit, draft, draft_page, outgoing, page_lost, page_out};
use crate::view::{Draft, DraftPage};

/// How a case is opened again.
enum Again {
    /// Returned, or waiting for pages that are lost: corrected under its own number.
    Correct { version: u32 },
    /// Rejected or held: asked for once more, by a command that replaces the first.
    Repair { command: Id },
}

impl Desk {
    /// Opens a case again, with its answers and pages. `case.not_repairable` when it runs, is
    /// decided, or belongs to another station.
    pub fn amend_case(&self, case: Id, now: DateTime<Utc>) -> Result<Draft> {
        let id = self.store.write(|tx| {
            lease::admit_capture(tx)?;
            if let Some(open) = draft::amending(tx, case)? {
                return Ok(open);
            }
            let shown = super::find(tx, case)?.ok_or_else(|| Error::coded("case.unknown"))?;
            let again =
                way(self, tx, &shown)?.ok_or_else(|| Error::coded("case.not_repairable"))?;
            let kept = draft_of(&shown, &again, now);
            let subject = self.store.subject(&kept.identity.document.number);
            if let Again::Repair { command } = again {
                let drafts = draft::about(tx, &subject)?;
                let repairs = |draft: &&DraftKept| draft.replaces == Some(command);
                if let Some(open) = drafts.iter().find(repairs) {
                    return Ok(open.id);
                }
            }
            draft::put(tx, &kept, &subject)?;
            let pages = pages_left(tx, &shown)?;
            draft_page::set(tx, kept.id, &pages)?;
            let business = kept.business.clone();
            let event = Event::DraftOpened { business };
            audit::append_about(tx, &event, audit::About::Case(case))?;
            Ok(kept.id)
        })?;
        self.get_draft(id, now)
    }
}

/// Whether [`Desk::amend_case`] would open it.
pub(super) fn can_amend(desk: &Desk, connection: &Connection, shown: &Shown) -> Result<bool> {
    Ok(way(desk, connection, shown)?.is_some())
}

fn way(desk: &Desk, connection: &Connection, shown: &Shown) -> Result<Option<Again>> {
    let case = &shown.case;
    let last = shown.filed.last();
    // A correction that is under way must be answered first.
    let open = last.is_some_and(|filed| filed.outcome.is_none());
    if open || case.frozen || case.filed_at != desk.installation.community {
        return Ok(None);
    }
    let waits_in_vain = match case.stage {
        Stage::AwaitingPages { .. } => outgoing::pages_of(connection, case.id)?.lost > 0,
        _ => false,
    };
    if waits_in_vain || matches!(case.stage, Stage::Returned { .. }) {
        let version = case.version;
        return Ok(Some(Again::Correct { version }));
    }
    let filed = last.filter(|_| !shown.exists);
    Ok(filed.and_then(|filed| match filed.outcome {
        Some(Outcome::Rejected { .. } | Outcome::Held { .. }) => Some(Again::Repair {
            command: filed.command.id,
        }),
        _ => None,
    }))
}

/// Its pages, without those that cannot be read any more and that the centre does not have.
fn pages_left(connection: &Connection, shown: &Shown) -> Result<Vec<DraftPage>> {
    let mut left = Vec::new();
    for page in &shown.case.pages {
        let at_centre = page_out::find_sent(connection, &page.sha256)?;
        if at_centre == Some(true) || !page_lost::is(connection, &page.sha256)? {
            left.push(page_of(page));
        }
    }
    Ok(left)
}

fn draft_of(shown: &Shown, again: &Again, now: DateTime<Utc>) -> DraftKept {
    let evidence = shown
        .filed
        .iter()
        .find_map(|filed| match &filed.command.act {
            Act::Submit(submit) => Some(submit.evidence.clone()),
            _ => None,
        });
    let (amends, version, replaces) = match again {
        Again::Correct { version } => (Some(shown.case.id), *version, None),
        Again::Repair { command } => (None, 0, Some(*command)),
    };
    DraftKept {
        id: new_id(),
        business: shown.case.business.clone(),
        identity: shown.identity.clone(),
        evidence: evidence.unwrap_or_else(|| Evidence::Typed {
            reason: drafts::FROM_RECORD.into(),
        }),
        answers: shown.case.answers.clone(),
        filled_from: Default::default(),
        amends,
        version,
        replaces,
        saved_at: now,
        recorded_at: None,
    }
}

fn page_of(manifest: &Page) -> DraftPage {
    DraftPage {
        page: drafts::new_page_id(),
        material: manifest.material.clone(),
        manifest: manifest.clone(),
        made: None,
    }
}
