//! What is kept here, how long, and taking away what has run out of its time. The rule is data
//! (`catalog/policy/retention.toml`); there is no undoing, so nothing is taken away by hand.
//!
//! Days are counted by the centre's clock: one of ours that runs ahead would empty the store. What
//! the centre does not have, in a backup of its own, is never taken away.

use ::audit::Event;
use chrono::{DateTime, Duration, Utc};
use domain::sync::LogAt;

use crate::desk::Desk;
use crate::error::Result;
use crate::lease;
use crate::store::{audit as records, draft, draft_page, meta, outbox, page_out, removed};
use crate::sync::hello::META_DURABLE;
use crate::view::{DraftPage, Kept, KeptKind};

/// Things of one kind taken away in one transaction; the rest waits for the next round.
const ROUND: usize = 200;

impl Desk {
    /// Every kind of data with how long it is kept, how much there is, and how much is due.
    pub fn get_kept(&self, now: DateTime<Utc>) -> Result<Kept> {
        let kinds = &self.shelf.policy.retention.kinds;
        self.store.read(|c| {
            let moment = moment(c, now)?;
            let count = |name: &str| -> Result<Option<u64>> {
                Ok(match name {
                    "removed" => Some(removed::count(c)?),
                    "draft" => Some(draft::count(c)?),
                    "page" => Some(page_out::count_kept(c)?),
                    "log" => Some(outbox::log_at(c)?.last),
                    _ => None,
                })
            };
            let kind = |kind: &crate::policy::Kind| {
                Ok(KeptKind {
                    count: count(&kind.name)?,
                    kind: kind.clone(),
                })
            };
            Ok(Kept {
                kinds: kinds.iter().map(kind).collect::<Result<_>>()?,
                valid_from: self.shelf.policy.retention.valid_from,
                counted_until: moment,
                last_purge: meta::find(c, PURGED_AT)?.and_then(|text| text.parse().ok()),
            })
        })
    }

    /// Takes away what has run out of its time, a round of each kind. True while there is more.
    pub fn purge(&self, now: DateTime<Utc>) -> Result<bool> {
        let Some(moment) = self.store.read(|c| moment(c, now))? else {
            return Ok(false);
        };
        let before = |name: &str| {
            let days = self.shelf.policy.retention.days(name)?;
            Some(moment - Duration::days(days.into()))
        };
        let mut more = false;
        if let Some(before) = before("draft") {
            more |= self.purge_drafts(moment, before)?;
        }
        if let Some(before) = before("page") {
            more |= self.purge_pages(moment, before)?;
        }
        self.store
            .write(|tx| meta::set(tx, PURGED_AT, &moment.to_rfc3339()))?;
        Ok(more)
    }

    fn purge_drafts(&self, moment: DateTime<Utc>, before: DateTime<Utc>) -> Result<bool> {
        let steady = self.blobs.steady();
        let (count, unused) = self.store.write(|tx| {
            // What was saved since the last round is counted from now.
            draft::note_idle(tx, moment)?;
            let due = draft::idle_before(tx, before, ROUND)?;
            let mut pictures = Vec::new();
            for id in &due {
                let pages = draft_page::of(tx, *id)?;
                pictures.extend(pages.iter().flat_map(DraftPage::pictures));
                draft::delete(tx, *id)?;
            }
            record(tx, "draft", due.len())?;
            Ok((due.len(), crate::desk::unused(tx, pictures)?))
        })?;
        unused
            .iter()
            .try_for_each(|sha256| self.blobs.remove(sha256, &steady))?;
        Ok(count == ROUND)
    }

    /// The file goes first: a power cut in between leaves a row that the next round comes back to,
    /// never a picture that no row speaks of.
    fn purge_pages(&self, moment: DateTime<Utc>, before: DateTime<Utc>) -> Result<bool> {
        let steady = self.blobs.steady();
        let due = self.store.write(|tx| {
            // What the centre stored since the last round is counted from now.
            let LogAt { last, .. } = outbox::log_at(tx)?;
            page_out::note_sent(tx, moment, last)?;
            let durable = meta::number(tx, META_DURABLE)?;
            let mut due = page_out::sent_before(tx, before, durable, ROUND)?;
            let mut free = Vec::new();
            for sha256 in due.drain(..) {
                if !draft_page::uses(tx, &sha256)? && !removed::uses(tx, &sha256)? {
                    free.push(sha256);
                }
            }
            Ok(free)
        })?;
        due.iter()
            .try_for_each(|sha256| self.blobs.remove(sha256, &steady))?;
        self.store.write(|tx| {
            for sha256 in &due {
                page_out::set_purged(tx, sha256, moment)?;
            }
            record(tx, "page", due.len())
        })?;
        Ok(due.len() == ROUND)
    }
}

/// Meta key: when data were last taken away, RFC 3339.
const PURGED_AT: &str = "purged_at";

/// The time that days are counted by: ours, but never later than the centre's, as it signed it with
/// the last lease. None before the centre ever answered.
fn moment(connection: &rusqlite::Connection, now: DateTime<Utc>) -> Result<Option<DateTime<Utc>>> {
    let lease = lease::find(connection)?;
    Ok(lease.map(|lease| lease.issued_at.min(now)))
}

fn record(tx: &crate::store::Tx, what: &str, rows: usize) -> Result<()> {
    if rows == 0 {
        return Ok(());
    }
    let event = Event::PurgeDone {
        what: what.to_owned(),
        rows: rows as u64,
    };
    records::append(tx, &event)
}
