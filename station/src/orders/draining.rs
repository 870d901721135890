//! A wipe that waits: what is here is sent first, and nothing new is taken. Its receipt is written when
//! nothing is left, or when what is left does not get on. And an order that is taken back while it can
//! still be stopped.

use chrono::{DateTime, Utc};
use domain::Id;
use domain::order::{Report, ReportState};
use serde::{Deserialize, Serialize};

use super::{Kept, Obeyed, done, load, note, receipt, save, sign};
use crate::error::Result;
use crate::keys::Installation;
use crate::store::{Store, Tx};

/// Why an order was not carried out that was taken back.
pub(super) const WITHDRAWN: &str = "order.withdrawn";

/// The wipe that waits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Draining {
    pub(super) order: Id,
    pub(super) even_if_unsent: bool,
}

/// How a wipe stands to what is unsent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// It is on its way.
    Waits,
    /// There is no line: what is unsent goes by ferry, in the same trip as the receipt. An order that lets
    /// nothing be lost waits until it is known to have arrived.
    NoLine,
    /// It does not get on although the centre answers.
    Over,
}

impl Store {
    /// Whether a wipe waits for what is unsent.
    pub fn is_draining(&self) -> Result<bool> {
        self.read(|c| Ok(load(c)?.draining.is_some()))
    }

    /// Writes the report of a wipe that waits, if it is time; whether it is written now.
    pub fn settle_wipe(
        &self,
        installation: &Installation,
        now: DateTime<Utc>,
        patience: Patience,
    ) -> Result<bool> {
        if !self.is_draining()? {
            return Ok(false);
        }
        self.write(|tx| {
            let mut kept = load(tx)?;
            let settled = settle(tx, &mut kept, installation, now, patience)?;
            if settled {
                save(tx, &kept)?;
            }
            Ok(settled)
        })
    }
}

/// The same within a transaction; what is kept is saved by the caller.
pub(super) fn settle(
    tx: &Tx,
    kept: &mut Kept,
    installation: &Installation,
    now: DateTime<Utc>,
    patience: Patience,
) -> Result<bool> {
    let Some(draining) = kept.draining.clone() else {
        return Ok(false);
    };
    let receipt = receipt(tx, draining.order, installation, now)?;
    let is_left = receipt.unsent.commands + receipt.unsent.pages > 0;
    let mut report = done(draining.order);
    match (is_left, draining.even_if_unsent, patience) {
        (true, _, Patience::Waits) | (true, false, Patience::NoLine) => return Ok(false),
        (true, false, Patience::Over) => {
            report.state = ReportState::Failed;
            report.code = Some("order.unsent".to_owned());
        }
        _ => {
            report.receipt = Some(sign(&receipt, installation)?);
            kept.wiping = true;
        }
    }
    kept.draining = None;
    note(tx, &report, "wipe")?;
    kept.reports.push(report);
    Ok(true)
}

/// Stops an order that is taken back, where it can be stopped, and tells what became of it: one of which
/// nothing was heard is not carried out any more, one that was carried out stays so.
pub(super) fn withdraw(tx: &Tx, mut kept: Kept, order: Id) -> Result<Obeyed> {
    if kept.reports.iter().any(|report| report.order == order) {
        return Ok(Obeyed::Before);
    }
    let report = match kept.forget_heard(order) {
        Some(told) => told,
        None => {
            kept.draining.take_if(|draining| draining.order == order);
            kept.moving.take_if(|moving| moving.order == Some(order));
            if !kept.seen.contains(&order) {
                kept.remember(order);
            }
            let report = Report {
                state: ReportState::Failed,
                code: Some(WITHDRAWN.to_owned()),
                ..done(order)
            };
            note(tx, &report, "withdraw")?;
            report
        }
    };
    kept.reports.push(report);
    save(tx, &kept).map(|()| Obeyed::Told)
}
