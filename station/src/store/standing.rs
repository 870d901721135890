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

/// Looks at a bounded part of the log for what was refused, and by an index for what is held: this is asked
/// with every hello.
pub fn look(connection: &Connection) -> Result<Standing> {
    let after = outbox::log_at(connection)?.last.saturating_sub(LOOK_BACK);
    let mut open = outbox::refused(connection, after)?;
    let is_rejected = |outcome: &Outcome| matches!(outcome, Outcome::Rejected { .. });
    open.retain(|filed| filed.outcome.as_ref().is_some_and(is_rejected));
    if !open.is_empty() {
        let replaced = outbox::replaced(connection, after)?;
        open.retain(|filed| !replaced.contains(&filed.command.id));
    }
    Ok(Standing {
        oldest_unsent: oldest_unsent(connection)?,
        held: held(connection)?,
        refused: open.len() as u64,
    })
}

/// However long ago they were filed: somebody is to look at each.
fn held(connection: &Connection) -> Result<u64> {
    let mut query = connection.prepare_cached(
        "SELECT count(*) FROM outbox AS filed INDEXED BY outbox_held
         WHERE settled = 0 AND told = 1 AND outcome ->> '$.outcome' = 'held'
         AND NOT EXISTS (
             SELECT 1 FROM outbox AS later WHERE later.body ->> '$.replaces' IS NOT NULL
             AND later.body ->> '$.replaces' = filed.body ->> '$.id')",
    )?;
    Ok(query.query_row([], |row| row.get(0))?)
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
