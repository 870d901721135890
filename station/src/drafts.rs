//! Forms under way. Every change is durable before it is answered, so that a crash at any
//! keystroke loses none; a draft is local and never sent.

mod check;
mod make;
mod pages;
mod prefill;
pub mod shape;

use ::audit::Event;
use chrono::{DateTime, TimeDelta, Utc};
use domain::case::Answers;
use domain::identity::Evidence;
use domain::{Id, Identity, Page, Reason, Stage};
use rusqlite::{Connection, Transaction};

use crate::clock::business_day;
use crate::desk::{Desk, new_id};
use crate::error::{Error, Result};
use crate::people::{self, face};
use crate::reading::Reading;
use crate::store::draft::DraftKept;
use crate::store::removed::Removed;
use crate::store::{Tx, audit, draft, draft_page, entity, removed};
use crate::view::{Amends, Draft, Saved};
use crate::{knowledge, lease, view};

pub(crate) use check::{Checked, check, unknown};
pub(crate) use pages::new_page_id;

/// Evidence where no card was there: the person was opened from the record.
pub const FROM_RECORD: &str = "record";
/// Longest answer kept in a draft, in bytes; what is too long for its field is told by the checks.
const ANSWER_LIMIT_BYTES: usize = 16 * 1024;
/// Work on a form is recorded once in this time; it is saved at every pause of the typing.
const RECORDED_AGAIN: TimeDelta = TimeDelta::minutes(10);

/// Whose form is opened.
pub enum Whose {
    /// A card was read.
    Card {
        /// What it says.
        identity: Box<Identity>,
        /// How it was read.
        evidence: Evidence,
        /// Where they moved to, when that was written to the card.
        appended_address: Option<String>,
    },
    /// A known person, without a card.
    Known(Id),
}

impl Whose {
    /// The person of a reading.
    pub fn read(reading: Reading) -> Whose {
        Whose::Card {
            identity: Box::new(reading.identity),
            evidence: reading.evidence,
            appended_address: reading.extras.appended_address,
        }
    }
}

impl Desk {
    /// Begins a form, or opens the one this person has of this business.
    pub fn open_draft(&self, business: &str, whose: Whose, now: DateTime<Utc>) -> Result<Draft> {
        let today = business_day(now);
        if self.catalog.find_business(business, today).is_none() {
            return Err(unknown(business));
        }
        let id = self.store.write(|tx| {
            lease::admit_capture(tx)?;
            let (identity, evidence, moved_to, read) = match whose {
                Whose::Card {
                    identity,
                    evidence,
                    appended_address,
                } => (*identity, evidence, appended_address, true),
                Whose::Known(person) => (
                    people::get(tx, person)?.identity,
                    from_record(),
                    None,
                    false,
                ),
            };
            let subject = self.store.subject(&identity.document.number);
            let open = draft::about(tx, &subject)?.into_iter().find(|draft| {
                draft.business == business
                    && draft.amends.is_none()
                    && draft.identity.same_name(&identity)
            });
            let kept = match open {
                Some(kept) if !read => return Ok(kept.id),
                // What was typed does not take the place of what a chip said.
                Some(kept) if kept.evidence.is_read() && !evidence.is_read() => return Ok(kept.id),
                Some(kept) => DraftKept {
                    identity,
                    evidence,
                    ..kept
                },
                None => {
                    let mut card = prefill::Card::of(identity, evidence);
                    card.address = moved_to.unwrap_or(card.address);
                    let new = prefill::new(self, tx, business, card, now)?;
                    record(tx, &new, |business| Event::DraftOpened { business })?;
                    new
                }
            };
            draft::put(tx, &kept, &subject)?;
            Ok(kept.id)
        })?;
        self.get_draft(id, now)
    }

    /// A form as saved.
    pub fn get_draft(&self, draft: Id, now: DateTime<Utc>) -> Result<Draft> {
        self.store
            .read(|c| self.draft_view(c, &get(c, draft)?, now))
    }

    /// Keeps the answers; durable when this returns.
    pub fn save_answers(&self, draft: Id, answers: Answers, now: DateTime<Utc>) -> Result<Saved> {
        self.store.write(|tx| {
            lease::admit_capture(tx)?;
            let mut kept = get(tx, draft)?;
            let business = check::form_of(self, tx, &kept, business_day(now))?;
            let fields = business
                .iter()
                .flat_map(|b| &b.sections)
                .flat_map(|s| &s.fields);
            let mut known = Answers::new();
            for field in fields {
                let Some(answer) = answers.get(&field.id) else {
                    continue;
                };
                if answer.len() > ANSWER_LIMIT_BYTES {
                    return Err(Error::Coded {
                        reason: Reason::new("answer.too_long").with("limit", ANSWER_LIMIT_BYTES),
                        field: Some(field.id.clone()),
                    });
                }
                known.insert(field.id.clone(), answer.clone());
            }
            kept.filled_from
                .retain(|field, _| kept.answers.get(field) == known.get(field));
            kept.answers = known;
            if (now - kept.recorded_at.unwrap_or_default()).abs() >= RECORDED_AGAIN {
                record(tx, &kept, |business| Event::DraftSaved { business })?;
                kept.recorded_at = Some(now);
            }
            kept.saved_at = now;
            self.keep(tx, &kept)?;
            let checked = self.check_kept(tx, &kept, now)?;
            Ok(Saved {
                saved_at: now,
                checks: checked.lines,
                blocking: checked.blocking,
            })
        })
    }

    /// Takes a form away; the answer brings it back.
    pub fn discard_draft(&self, draft: Id, now: DateTime<Utc>) -> Result<String> {
        self.store.write(|tx| {
            let kept = get(tx, draft)?;
            record(tx, &kept, |business| Event::DraftDiscarded { business })?;
            let token = new_id().to_string();
            let gone = Removed::Draft {
                draft: Box::new(kept),
                pages: draft_page::of(tx, draft)?,
            };
            draft::delete(tx, draft)?;
            removed::keep(tx, &token, now, &gone)?;
            Ok(token)
        })
    }

    /// Brings a form back.
    pub fn restore_draft(&self, undo: &str, now: DateTime<Utc>) -> Result<Draft> {
        let id = self.store.write(|tx| match removed::take(tx, undo)? {
            Some(Removed::Draft { draft: kept, pages }) => {
                self.keep(tx, &kept)?;
                draft_page::set(tx, kept.id, &pages)?;
                record(tx, &kept, |business| Event::DraftRestored { business })?;
                Ok(kept.id)
            }
            _ => Err(Error::coded("undo.gone")),
        })?;
        self.get_draft(id, now)
    }

    fn keep(&self, tx: &Transaction, kept: &DraftKept) -> Result<()> {
        let subject = self.store.subject(&kept.identity.document.number);
        draft::put(tx, kept, &subject)
    }

    fn check_kept(
        &self,
        connection: &Connection,
        kept: &DraftKept,
        now: DateTime<Utc>,
    ) -> Result<Checked<'_>> {
        let subject = self.store.subject(&kept.identity.document.number);
        let state = knowledge::load(&self.store, connection, &subject)?;
        let pages = draft_page::of(connection, kept.id)?;
        let pages: Vec<Page> = pages.into_iter().map(|page| page.manifest).collect();
        check(self, &state, kept, &pages, business_day(now))
    }

    fn draft_view(
        &self,
        connection: &Connection,
        kept: &DraftKept,
        now: DateTime<Utc>,
    ) -> Result<Draft> {
        let checked = self.check_kept(connection, kept, now)?;
        Ok(Draft {
            draft: kept.id,
            business: kept.business.clone(),
            face: face(&kept.identity, business_day(now)),
            evidence: kept.evidence.clone(),
            answers: kept.answers.clone(),
            filled_from: kept.filled_from.clone(),
            pages: draft_page::of(connection, kept.id)?,
            checks: checked.lines,
            blocking: checked.blocking,
            amends: amends(connection, kept)?,
            acted_on: checked.acted_on,
        })
    }
}

/// The audit's word of a form.
fn record(tx: &Tx, kept: &DraftKept, event: impl FnOnce(String) -> Event) -> Result<()> {
    let event = event(kept.business.clone());
    let about = audit::About::Person(&kept.identity.document.number);
    audit::append_about(tx, &event, about)
}

/// A draft by id.
pub(crate) fn get(connection: &Connection, draft: Id) -> Result<DraftKept> {
    draft::find(connection, draft)?.ok_or_else(|| Error::coded("draft.unknown"))
}

fn from_record() -> Evidence {
    Evidence::Typed {
        reason: FROM_RECORD.into(),
    }
}

fn amends(connection: &Connection, kept: &DraftKept) -> Result<Option<Amends>> {
    let Some(id) = kept.amends else {
        return Ok(None);
    };
    let case = entity::find_case(connection, id)?.and_then(entity::Kept::into_shown);
    Ok(case.and_then(|case| match case.stage {
        Stage::Returned {
            reason, field, by, ..
        } => Some(view::Amends {
            case: id,
            // What the rules ask now, where nobody returned it.
            reasons: match reason.is_empty() {
                true => case.pending,
                false => Vec::new(),
            },
            reason,
            field,
            by,
        }),
        _ => None,
    }))
}
