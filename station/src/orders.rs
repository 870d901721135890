//! What the centre ordered this station to do: taken only under the centre's signature and for this
//! installation, carried out once, told until the centre has heard.
//!
//! An order and its report are one durable transaction. A wipe is in three steps: what is unsent is sent,
//! and nothing new is taken (`draining`); the receipt is written and sent; keys and data go once the centre
//! has it (see `station::wipe`).

mod draining;

use ::audit::Event;
use chrono::{DateTime, Utc};
use domain::order::{
    Order, Receipt, Report, ReportState, SignedOrder, SignedReceipt, What, order_message,
    receipt_message,
};
use domain::{Id, Reason};
use ed25519_dalek::{Signer, SigningKey};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::keys::Installation;
use crate::lease;
use crate::recent;
use crate::store::{Store, Tx, audit, draft, meta, outbox, page_out};

pub use draining::Patience;
use draining::{Draining, WITHDRAWN};

/// Codes of this module.
pub const CODES: &[&str] = &[
    "order.forged",
    "order.unsent",
    WITHDRAWN,
    "station.moving",
    "station.wiping",
];

const ORDERS: &str = "orders";
/// Ids that are remembered: the centre asks no more about older ones.
const REMEMBERED: usize = 200;
/// Reports that are kept after they were heard, without what they told at length.
const HEARD: usize = 20;
/// Reports of one hello, and their bytes: what is more comes with the next.
const AT_ONCE: usize = 32;
const AT_ONCE_BYTES: usize = 96 << 10;

/// What is remembered of orders.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Kept {
    /// What was carried out or refused.
    seen: Vec<Id>,
    /// What the centre has not heard yet.
    reports: Vec<Report>,
    /// What it has heard: a centre that was restored from a backup may have lost it, and asks again.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    heard: Vec<Report>,
    /// A wipe was taken on, and its receipt waits until what is here has been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    draining: Option<Draining>,
    /// The receipt of a wipe was written: nothing new is taken any more.
    #[serde(default)]
    wiping: bool,
    /// Another community is to be served: nothing is filed any more, until all has been sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    moving: Option<Moving>,
}

/// Where this machine goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moving {
    /// The community's name.
    pub name: String,
    /// The one-time code for the log there.
    pub code: String,
    /// The order; None where an older program wrote this down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Id>,
}

impl Kept {
    /// An order that was carried out comes again although its report was heard: the centre has forgotten.
    /// What is told once more; None where its report still waits, or is too old to be kept.
    fn forget_heard(&mut self, order: Id) -> Option<Report> {
        let is_its = |report: &Report| report.order == order;
        if self.reports.iter().any(is_its) {
            return None;
        }
        let at = self.heard.iter().rposition(is_its)?;
        Some(self.heard.remove(at))
    }

    fn remember(&mut self, order: Id) {
        self.seen.push(order);
        let old = self.seen.len().saturating_sub(REMEMBERED);
        self.seen.drain(..old);
    }

    /// Whether a wipe is under way.
    fn is_ending(&self) -> bool {
        self.wiping || self.draining.is_some()
    }
}

/// What obeying came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obeyed {
    /// It had been carried out before.
    Before,
    /// Taken on; what is here is sent first.
    Begun,
    /// Carried out, or refused; there is something to report.
    Told,
    /// Everything was forgotten that the centre had told: it comes again.
    FeedAgain,
}

/// Reads an order that came, if it is the centre's and for this installation: `order.forged`. None for
/// one of a kind that this program does not know.
pub fn read(value: &serde_json::Value, installation: &Installation) -> Result<Option<Order>> {
    let forged = || Error::coded("order.forged");
    let signed: SignedOrder = serde_json::from_value(value.clone()).map_err(|_| forged())?;
    let message = order_message(&signed.body);
    if !lease::is_signed(&installation.centre_key, &message, &signed.signature) {
        return Err(forged());
    }
    let Ok(order) = serde_json::from_str::<Order>(&signed.body) else {
        return Ok(None);
    };
    match order.installation == installation.id {
        true => Ok(Some(order)),
        false => Err(forged()),
    }
}

impl Store {
    /// Carries out what came as an order: [`read`], then [`Store::obey`]. None for one of a kind that this
    /// program does not know.
    pub fn obey_word(
        &self,
        value: &serde_json::Value,
        installation: &Installation,
        now: DateTime<Utc>,
    ) -> Result<Option<Obeyed>> {
        match read(value, installation)? {
            Some(order) => Ok(Some(self.obey(&order, installation, now)?)),
            None => Ok(None),
        }
    }

    /// Carries an order out, once, with its report and its record in the audit. One durable transaction.
    pub fn obey(
        &self,
        order: &Order,
        installation: &Installation,
        now: DateTime<Utc>,
    ) -> Result<Obeyed> {
        self.write(|tx| {
            let mut kept = load(tx)?;
            if let What::Withdraw { order: withdrawn } = order.what {
                return draining::withdraw(tx, kept, withdrawn);
            }
            if kept.seen.contains(&order.id) {
                let Some(mut report) = kept.forget_heard(order.id) else {
                    return Ok(Obeyed::Before);
                };
                if let What::LogExtract {} = order.what {
                    report.text = Some(recent::extract(tx)?);
                }
                kept.reports.push(report);
                return save(tx, &kept).map(|()| Obeyed::Told);
            }
            kept.remember(order.id);
            if let What::Wipe { even_if_unsent } = order.what {
                kept.draining = Some(Draining {
                    order: order.id,
                    even_if_unsent,
                });
                let settled = draining::settle(tx, &mut kept, installation, now, Patience::Waits)?;
                save(tx, &kept)?;
                return Ok(if settled { Obeyed::Told } else { Obeyed::Begun });
            }
            let report = self.carry_out(tx, order, &mut kept)?;
            note(tx, &report, order.what.name())?;
            // That it has moved is told by speaking from there.
            if !matches!(order.what, What::Remap { .. }) {
                kept.reports.push(report);
            }
            save(tx, &kept)?;
            Ok(match order.what {
                What::Resync {} => Obeyed::FeedAgain,
                _ => Obeyed::Told,
            })
        })
    }

    fn carry_out(&self, tx: &Tx, order: &Order, kept: &mut Kept) -> Result<Report> {
        let mut report = done(order.id);
        match &order.what {
            What::Remap {
                community_name,
                code,
                ..
            } => {
                kept.moving = Some(Moving {
                    name: community_name.clone(),
                    code: code.clone(),
                    order: Some(order.id),
                });
            }
            What::LogExtract {} => report.text = Some(recent::extract(tx)?),
            What::Resync {} => self.forget_feed(tx)?,
            // Both have been seen to before.
            What::Wipe { .. } | What::Withdraw { .. } => {}
        }
        Ok(report)
    }

    /// What the centre has not heard yet, as far as one hello carries it.
    pub fn reports(&self) -> Result<Vec<Report>> {
        let mut reports = self.read(|c| Ok(load(c)?.reports))?;
        let mut bytes = 0;
        let fits = reports.iter().take(AT_ONCE).take_while(|report| {
            bytes += report.text.as_ref().map_or(0, String::len);
            bytes <= AT_ONCE_BYTES
        });
        let fits = fits.count().max(1);
        reports.truncate(fits);
        Ok(reports)
    }

    /// The centre has heard these.
    pub fn reported(&self, heard: &[Report]) -> Result<()> {
        if heard.is_empty() {
            return Ok(());
        }
        self.write(|tx| {
            let mut kept = load(tx)?;
            kept.reports.retain(|report| !heard.contains(report));
            for report in heard {
                let text = None;
                kept.heard.push(Report {
                    text,
                    ..report.clone()
                });
            }
            let old = kept.heard.len().saturating_sub(HEARD);
            kept.heard.drain(..old);
            save(tx, &kept)
        })
    }

    /// Where this machine goes, once everything here has been sent and answered; None while it stays,
    /// something is left, or it is to be wiped here.
    pub fn may_move(&self) -> Result<Option<Moving>> {
        self.read(|c| {
            let kept = load(c)?;
            let is_ending = kept.is_ending();
            let Some(moving) = kept.moving.filter(|_| !is_ending) else {
                return Ok(None);
            };
            let unsent =
                outbox::log_at(c)?.last > meta::acked(c)? || page_out::count_unsent(c)? > 0;
            let unanswered = !outbox::pending_subjects(c)?.is_empty();
            Ok((!unsent && !unanswered).then_some(moving))
        })
    }

    /// A wipe was taken on, and the centre has heard its receipt.
    pub fn must_wipe(&self) -> Result<bool> {
        self.read(|c| {
            let kept = load(c)?;
            let is_owed = kept.reports.iter().any(|report| report.receipt.is_some());
            Ok(kept.wiping && !is_owed)
        })
    }
}

/// Refuses what would be lost by a wipe that is under way, or keep it waiting: `station.wiping`.
pub fn admit(tx: &Tx) -> Result<()> {
    match load(tx)?.is_ending() {
        true => Err(Error::reason(Reason::new("station.wiping"))),
        false => Ok(()),
    }
}

/// Refuses, beside that, what would be filed for a community that is being left: `station.moving`.
pub fn admit_filing(tx: &Tx) -> Result<()> {
    let kept = load(tx)?;
    match kept.moving {
        Some(moving) => {
            let reason = Reason::new("station.moving").with("name", moving.name);
            Err(Error::reason(reason))
        }
        None => admit(tx),
    }
}

fn load(connection: &rusqlite::Connection) -> Result<Kept> {
    let text = meta::find(connection, ORDERS)?;
    Ok(text
        .map(|text| serde_json::from_str(&text))
        .transpose()?
        .unwrap_or_default())
}

fn save(tx: &Tx, kept: &Kept) -> Result<()> {
    meta::set(tx, ORDERS, &serde_json::to_string(kept)?)
}

/// Forgets what was said to an installation that this is no more.
pub(crate) fn forget(tx: &rusqlite::Transaction) -> Result<()> {
    meta::forget(tx, ORDERS)
}

/// An order that was carried out.
fn done(order: Id) -> Report {
    Report {
        order,
        state: ReportState::Done,
        code: None,
        text: None,
        receipt: None,
    }
}

fn note(tx: &Tx, report: &Report, what: &str) -> Result<()> {
    let event = Event::OrderObeyed {
        order: report.order.0,
        what: what.to_owned(),
        outcome: report.code.clone().unwrap_or_else(|| "done".to_owned()),
    };
    audit::append(tx, &event)
}

fn receipt(tx: &Tx, order: Id, installation: &Installation, now: DateTime<Utc>) -> Result<Receipt> {
    let log = outbox::log_at(tx)?;
    Ok(Receipt {
        order,
        installation: installation.id,
        at: now,
        unsent: domain::sync::Unsent {
            commands: log.last.saturating_sub(meta::acked(tx)?),
            pages: page_out::count_unsent(tx)?,
        },
        drafts: draft::count(tx)?,
        log,
    })
}

fn sign(receipt: &Receipt, installation: &Installation) -> Result<SignedReceipt> {
    let body = serde_json::to_string(receipt)?;
    let key = SigningKey::from_bytes(&installation.log_key);
    let signature = hex::encode(key.sign(&receipt_message(&body)).to_bytes());
    Ok(SignedReceipt { body, signature })
}

#[cfg(test)]
#[path = "orders_tests.rs"]
mod tests;
