//! Table `outbox`, counted: how the installation's filings stand, for the heartbeat.

use chrono::{DateTime, Utc};
use domain::Outcome;
use rusqlite::{Connection, OptionalExtension};

use super::{meta, outbox};
use crate::error::Result;

/// How far back refusals are counted: what nobody repaired in so many filings is let be.
const LOOK_BACK: u64 = 500;

/// How they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// When the oldest command was made that the centre does not have.
    pub oldest_unsent: Option<DateTime<Utc>>,
    /// Commands that somebody has to settle first.
    pub held: u64,
    /// Rejected ones that no other repaired.
    pub refused: u64,
}

/// Looks at a bounded part of the log: this is asked with every hello.
pub fn look(connection: &Connection) -> Result<Standing> {
    let after = outbox::log_at(connection)?.last.saturating_sub(LOOK_BACK);
    let mut open = outbox::refused(connection, after)?;
    if !open.is_empty() {
        let replaced = outbox::replaced(connection, after)?;
        open.retain(|filed| !replaced.contains(&filed.command.id));
    }
    let is_held = |outcome: &Outcome| matches!(outcome, Outcome::Held { .. });
    let held = open
        .iter()
        .filter(|filed| filed.outcome.as_ref().is_some_and(is_held));
    let held = held.count() as u64;
    Ok(Standing {
        oldest_unsent: oldest_unsent(connection)?,
        held,
        refused: open.len() as u64 - held,
    })
}

fn oldest_unsent(connection: &Connection) -> Result<Option<DateTime<Utc>>> {
    let mut query = connection.prepare_cached(
        "SELECT body ->> '$.made_at' FROM outbox WHERE n > ?1 ORDER BY n LIMIT 1",
    )?;
    let made: Option<String> = query
        .query_row([meta::acked(connection)?], |row| row.get(0))
        .optional()?;
    Ok(made.and_then(|at| at.parse().ok()))
}
