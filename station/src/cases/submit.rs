//! Filing: the draft becomes a command. Command, view and pages to send are ONE durable
//! transaction, and the draft is gone in it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::case::Answers;
use domain::command::{Amend, Submit};
use domain::decide::find_person;
use domain::evolve::evolve;
use domain::person::FieldChange;
use domain::sync::{Entry, link};
use domain::{
    Act, Basis, Business, Check, CheckLine, Command, Id, Outcome, Page, Person, Reason, State,
    decide, form,
};
use ed25519_dalek::Signer;
use rusqlite::Transaction;

use super::log;
use crate::clock::business_day;
use crate::desk::{Desk, new_id};
use crate::drafts::{self, Checked};
use crate::error::{Error, Result};
use crate::journal::Kept;
use crate::knowledge::Group;
use crate::lease;
use crate::store::draft::DraftKept;
use crate::store::{draft, draft_page, entity, outbox};
use crate::view::Submitted;

impl Desk {
    /// Files a draft. Only what the act itself lacks blocks it (`draft.blocked`): what is known
    /// here may be stale, and the centre has the last word. Durable when this returns.
    pub fn submit(&self, draft: Id, now: DateTime<Utc>) -> Result<Submitted> {
        self.store.write(|tx| {
            lease::admit_filing(tx)?;
            let kept = draft::find(tx, draft)?.ok_or_else(|| Error::coded("draft.unknown"))?;
            let papers = draft_page::of(tx, draft)?;
            let pages: Vec<Page> = papers.iter().map(|page| page.manifest.clone()).collect();
            let subject = self.store.subject(&kept.identity.document.number);
            let group = Group::load(&self.store, tx, &subject)?;
            let mut state = group.shown();
            let checked = drafts::check(self, &state, &kept, &pages, business_day(now))?;
            refuse_blocked(&checked)?;
            let (command, serial) = self.command(tx, &kept, pages, &state, &checked, now)?;
            let (outcome, facts) = decide(&state, &command, &self.catalog).into_facts(command.id);
            let pending = pending_of(&command, outcome)?;
            facts.iter().for_each(|fact| evolve(&mut state, fact));
            let n = self.append(tx, &command, &subject, Some(draft))?;
            log::record(tx, &state, &command, n)?;
            group.show(tx, &state)?;
            log::close_draft(tx, draft, now)?;
            Ok(Submitted {
                case: log::case_of(&command),
                serial,
                pending,
            })
        })
    }

    fn command(
        &self,
        tx: &Transaction,
        kept: &DraftKept,
        pages: Vec<Page>,
        state: &State,
        checked: &Checked,
        now: DateTime<Utc>,
    ) -> Result<(Command, String)> {
        let person = find_person(state, &kept.identity).ok().flatten();
        let answers = applying(checked.business, &kept.answers);
        let changes = changes(checked.business, &answers, person);
        let (act, serial) = match kept.amends {
            Some(case) => {
                let serial = entity::find_case(tx, case)?.and_then(entity::Kept::into_shown);
                let serial = serial.map(|case| case.serial).unwrap_or_default();
                let amend = Amend {
                    case,
                    version: kept.version,
                    answers,
                    changes,
                    pages,
                };
                (Act::Amend(amend), serial)
            }
            None => {
                let serial = self.next_serial(tx)?;
                let submit = Submit {
                    business: kept.business.clone(),
                    community: self.installation.community.clone(),
                    serial: serial.clone(),
                    identity: kept.identity.clone(),
                    evidence: kept.evidence.clone(),
                    answers,
                    changes,
                    pages,
                };
                (Act::Submit(submit), serial)
            }
        };
        let command = Command {
            id: new_id(),
            after: self.depends_on(tx, kept, checked.business)?,
            replaces: kept.replaces,
            by: self.staff.clone(),
            acted_on: business_day(now),
            made_at: now,
            catalogue: self.catalog.hash.clone(),
            act,
        };
        Ok((command, serial))
    }

    /// Counted per installation; its number keeps two machines of one community apart.
    fn next_serial(&self, tx: &Transaction) -> Result<String> {
        Ok(self.installation.serial(outbox::last_serial(tx)? + 1))
    }

    /// A pending command of ours that files what this business requires to be there first.
    fn depends_on(
        &self,
        tx: &Transaction,
        kept: &DraftKept,
        business: &Business,
    ) -> Result<Option<Id>> {
        let required = |filed: &str| {
            business.checks.iter().any(|check| {
                let first = check.with.get("business").and_then(|value| value.as_str());
                check.rule == "has_standing" && first == Some(filed)
            })
        };
        let subject = self.store.subject(&kept.identity.document.number);
        let pending = outbox::pending(tx, &BTreeSet::from([subject]))?;
        let first = pending.iter().rev().find(|command| match &command.act {
            Act::Submit(submit) => {
                required(&submit.business) && submit.identity.same_name(&kept.identity)
            }
            _ => false,
        });
        Ok(first.map(|command| command.id))
    }

    /// Appends to the log: next number, link to the entry before, signature over the link.
    pub(super) fn append(
        &self,
        tx: &Transaction,
        command: &Command,
        subject: &str,
        draft: Option<Id>,
    ) -> Result<u64> {
        let body = serde_json::to_string(command)?;
        let last = outbox::log_at(tx)?;
        let n = last.last + 1;
        let link = link(&last.link, self.installation.id, n, command.id, &body);
        let signed = hex::decode(&link).map_err(|_| Error::Bug("a link is hex".into()))?;
        let signature = self.log_key.sign(&signed);
        let used = u64::from(matches!(command.act, Act::Submit(_)));
        let kept = Kept {
            entry: Entry {
                n,
                id: command.id,
                body,
                link,
                signature: hex::encode(signature.to_bytes()),
            },
            subject: subject.to_owned(),
            serial: outbox::last_serial(tx)? + used,
            draft,
        };
        log::write(tx, &kept, command)?;
        Ok(n)
    }
}

fn refuse_blocked(checked: &Checked) -> Result<()> {
    let blocking = |line: &&CheckLine| {
        matches!(
            line.check,
            Check::Fail {
                basis: Basis::Act,
                ..
            }
        )
    };
    match checked.lines.iter().find(blocking) {
        None => Ok(()),
        Some(first) => Err(Error::Coded {
            reason: Reason::new("draft.blocked").with("count", checked.blocking),
            field: Some(first.about.clone()),
        }),
    }
}

/// What the centre must still check. A correction of what is not returned any more is refused at
/// once: that knowledge is the centre's own.
fn pending_of(command: &Command, outcome: Outcome) -> Result<Vec<Reason>> {
    match (outcome, &command.act) {
        (Outcome::Rejected { mut reasons }, Act::Amend(_)) if !reasons.is_empty() => {
            Err(Error::reason(reasons.swap_remove(0)))
        }
        (Outcome::Accepted, _) => Ok(Vec::new()),
        (Outcome::Awaiting { reasons } | Outcome::Rejected { reasons }, _) => Ok(reasons),
        (Outcome::Held { reason }, _) => Ok(vec![reason]),
    }
}

/// The answers of fields that apply, trimmed; empty ones stay out.
fn applying(business: &Business, answers: &Answers) -> Answers {
    form::fields(business, answers)
        .filter_map(|field| Some((field.id.clone(), answers.get(&field.id)?.trim().to_owned())))
        .filter(|(_, answer)| !answer.is_empty())
        .collect()
}

/// Remembered answers that this form changes, with what was there before.
fn changes(business: &Business, answers: &Answers, person: Option<&Person>) -> Vec<FieldChange> {
    form::fields(business, answers)
        .filter(|field| field.keep)
        .filter_map(|field| {
            let now = answers.get(&field.id)?.clone();
            let was = person
                .and_then(|person| person.known.get(&field.id))
                .cloned();
            let field = field.id.clone();
            (was.as_ref() != Some(&now)).then_some(FieldChange { field, was, now })
        })
        .collect()
}
