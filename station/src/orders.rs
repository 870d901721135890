//! What the centre ordered this station to do: taken only under the centre's signature and for this
//! installation, carried out once, told until the centre has heard.
//!
//! An order and its report are one durable transaction. A wipe is in two steps: the receipt is written and
//! sent first; keys and data go once the centre has it (see `station::wipe`).

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

/// Codes of this module.
pub const CODES: &[&str] = &[
    "order.forged",
    "order.unsent",
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
}

impl Kept {
    /// An order that was carried out comes again although its report was heard: the centre has forgotten.
    /// What is told once more; None where its report still waits, or is too old to be kept.
    fn forget_heard(&mut self, order: &Order) -> Option<Report> {
        let is_its = |report: &Report| report.order == order.id;
        if self.reports.iter().any(is_its) {
            return None;
        }
        let at = self.heard.iter().rposition(is_its)?;
        Some(self.heard.remove(at))
    }
}

/// What obeying came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obeyed {
    /// It had been carried out before.
    Before,
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
            if kept.seen.contains(&order.id) {
                let Some(mut report) = kept.forget_heard(order) else {
                    return Ok(Obeyed::Before);
                };
                if let What::LogExtract {} = order.what {
                    report.text = Some(recent::extract(tx)?);
                }
                kept.reports.push(report);
                return save(tx, &kept).map(|()| Obeyed::Told);
            }
            let report = self.carry_out(tx, order, installation, now)?;
            kept.wiping |= report.receipt.is_some();
            if let What::Remap {
                community_name,
                code,
                ..
            } = &order.what
            {
                let (name, code) = (community_name.clone(), code.clone());
                kept.moving = Some(Moving { name, code });
            }
            let outcome = report.code.clone().unwrap_or_else(|| "done".to_owned());
            let event = Event::OrderObeyed {
                order: order.id.0,
                what: order.what.name().to_owned(),
                outcome,
            };
            audit::append(tx, &event)?;
            kept.seen.push(order.id);
            let old = kept.seen.len().saturating_sub(REMEMBERED);
            kept.seen.drain(..old);
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

    fn carry_out(
        &self,
        tx: &Tx,
        order: &Order,
        installation: &Installation,
        now: DateTime<Utc>,
    ) -> Result<Report> {
        let mut report = Report {
            order: order.id,
            state: ReportState::Done,
            code: None,
            text: None,
            receipt: None,
        };
        match &order.what {
            What::Remap { .. } => {}
            What::LogExtract {} => report.text = Some(recent::extract(tx)?),
            What::Resync {} => self.forget_feed(tx)?,
            What::Wipe { even_if_unsent } => {
                let receipt = receipt(tx, order.id, installation, now)?;
                let lost = receipt.unsent.commands + receipt.unsent.pages;
                if lost > 0 && !*even_if_unsent {
                    report.state = ReportState::Failed;
                    report.code = Some("order.unsent".to_owned());
                } else {
                    report.receipt = Some(sign(&receipt, installation)?);
                }
            }
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

    /// Where this machine goes, once everything here has been sent and answered; None while it stays or
    /// something is left.
    pub fn may_move(&self) -> Result<Option<Moving>> {
        self.read(|c| {
            let Some(moving) = load(c)?.moving else {
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

/// Refuses what would be lost by a wipe that is under way: `station.wiping`.
pub fn admit(tx: &Tx) -> Result<()> {
    match load(tx)?.wiping {
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
