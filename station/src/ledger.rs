//! The ledger (台账): every filing of this machine, by day, business and state.
//!
//! Listing and counting stand here; what leaves as a file in [`export`], how it is drawn in
//! [`sheet`]. What other machines of the community filed is theirs to list.

pub mod export;
mod place;
pub mod sheet;
mod words;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::id_number::mask;
use domain::{Act, Outcome, Stage};
use rusqlite::Connection;

use crate::cases::{self, Sending};
use crate::desk::Desk;
use crate::error::{Error, Result};
use crate::names;
use crate::store::outbox::Filed;
use crate::store::outbox_days;
use crate::view::{CaseStanding, Ledger, LedgerCount, LedgerRow, LedgerState, LedgerWish};

/// Rows that are shown; all are counted and exported.
const SHOWN: usize = 300;
/// Filings in one wish: beyond it the days must be fewer.
const MOST: usize = 20_000;

/// A filing with the number that is masked everywhere but in an export with a reason.
pub(crate) struct Line {
    pub row: LedgerRow,
    pub number: String,
}

impl Desk {
    /// The ledger. `ledger.days` when the last day lies before the first, `ledger.too_many` when
    /// the days hold more than can be counted at once.
    pub fn get_ledger(&self, wish: &LedgerWish) -> Result<Ledger> {
        let lines = self.ledger_lines(wish)?;
        let fits_business = |row: &LedgerRow| {
            wish.business
                .as_ref()
                .is_none_or(|business| row.business == *business)
        };
        let fits_state = |row: &LedgerRow| wish.state.is_none_or(|state| row.state == state);
        let all = || lines.iter().map(|line| &line.row);
        let wished: Vec<_> = all()
            .filter(|r| fits_business(r) && fits_state(r))
            .collect();
        let mut days = count(wished.iter().map(|row| row.acted_on));
        days.reverse();
        let mut businesses = count(all().filter(|r| fits_state(r)).map(|r| r.business.clone()));
        businesses.sort_by_key(|counted| std::cmp::Reverse(counted.count));
        Ok(Ledger {
            total: wished.len(),
            days,
            businesses,
            states: count(all().filter(|r| fits_business(r)).map(|r| r.state)),
            rows: wished.into_iter().take(SHOWN).cloned().collect(),
        })
    }

    /// Every filing of these days with this text, newest first, whatever business and state.
    pub(crate) fn ledger_lines(&self, wish: &LedgerWish) -> Result<Vec<Line>> {
        if wish.to < wish.from {
            return Err(Error::coded("ledger.days"));
        }
        let text = names::plain(&wish.text);
        self.store.read(|c| {
            let filed = outbox_days::on_days(c, wish.from, wish.to, MOST + 1)?;
            if filed.len() > MOST {
                return Err(Error::coded("ledger.too_many"));
            }
            let sending = Sending::load(c)?;
            let mut lines = Vec::new();
            for filed in filed {
                let line = line(c, filed, &sending)?;
                lines.extend(line.filter(|line| has(&line.row, &text)));
            }
            Ok(lines)
        })
    }
}

/// Whether a name, masked number or serial holds this, plainly written.
fn has(row: &LedgerRow, text: &str) -> bool {
    let held = [&row.name, &row.masked_number, &row.serial];
    held.iter().any(|held| names::plain(held).contains(text))
}

fn line(connection: &Connection, filed: Filed, sending: &Sending) -> Result<Option<Line>> {
    let command = filed.command.clone();
    let n = filed.n;
    let Some(shown) = cases::of_command(connection, filed)? else {
        return Ok(None);
    };
    let pages = match &command.act {
        Act::Submit(submit) => submit.pages.len(),
        Act::Amend(amend) => amend.pages.len(),
        _ => return Ok(None),
    };
    let standing = shown.standing(sending);
    let row = LedgerRow {
        n,
        acted_on: command.acted_on,
        made_at: command.made_at,
        correction: matches!(command.act, Act::Amend(_)),
        business: shown.case.business.clone(),
        case: shown.case.id,
        name: shown.identity.name.clone(),
        masked_number: mask(&shown.identity.document.number),
        serial: shown.case.serial.clone(),
        by: command.by.name,
        pages,
        state: state_of(&standing),
        standing,
    };
    Ok(Some(Line {
        row,
        number: shown.identity.document.number,
    }))
}

fn state_of(standing: &CaseStanding) -> LedgerState {
    match standing {
        CaseStanding::Waiting { .. } => LedgerState::Waiting,
        CaseStanding::Sent => LedgerState::AtCentre,
        CaseStanding::Answered {
            outcome: Outcome::Accepted | Outcome::Awaiting { .. },
        } => LedgerState::AtCentre,
        CaseStanding::Answered { .. } => LedgerState::Stopped,
        CaseStanding::Centre { stage, .. } => match stage {
            Stage::Returned { .. } => LedgerState::Returned,
            Stage::Granted => LedgerState::Granted,
            Stage::Refused { .. } => LedgerState::Refused,
            _ => LedgerState::AtCentre,
        },
    }
}

fn count<T: Ord + ts_rs::TS>(all: impl Iterator<Item = T>) -> Vec<LedgerCount<T>> {
    let mut counted: BTreeMap<T, usize> = BTreeMap::new();
    for one in all {
        *counted.entry(one).or_default() += 1;
    }
    let counted = counted.into_iter();
    counted
        .map(|(of, count)| LedgerCount { of, count })
        .collect()
}

/// The days that a wish is about, in words: `2026-11-01_2026-11-30`.
pub(crate) fn days(from: NaiveDate, to: NaiveDate) -> String {
    match from == to {
        true => from.to_string(),
        false => format!("{from}_{to}"),
    }
}
