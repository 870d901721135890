//! Table `outbox`: what was filed on which days.

use chrono::NaiveDate;
use rusqlite::{Connection, OptionalExtension, params};

use super::outbox::{Filed, log_at, raw, read};
use crate::error::Result;

/// Entries by which a clock that was wrong for a while may have put days out of order.
const CLOCK_JUMPS: u64 = 500;

/// What was filed on these business days, newest first. The log is in order of time, so the days
/// are found by halving; a clock that was set back in between moves at most `CLOCK_JUMPS` entries.
pub fn on_days(
    connection: &Connection,
    from: NaiveDate,
    to: NaiveDate,
    limit: usize,
) -> Result<Vec<Filed>> {
    let last = log_at(connection)?.last;
    let first = first_on(connection, from, last)?.saturating_sub(CLOCK_JUMPS);
    let after = match to.succ_opt() {
        Some(next) => first_on(connection, next, last)?.saturating_add(CLOCK_JUMPS),
        None => last,
    };
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox
         WHERE n BETWEEN ?1 AND ?2 AND body ->> '$.acted_on' BETWEEN ?3 AND ?4
         ORDER BY n DESC LIMIT ?5",
    )?;
    let days = (from.to_string(), to.to_string());
    let rows = query.query_map(params![first, after, days.0, days.1, limit], raw)?;
    rows.map(|row| read(row?)).collect()
}

/// The first entry on or after a day, as if days never went back.
pub fn first_on(connection: &Connection, day: NaiveDate, last: u64) -> Result<u64> {
    let mut query =
        connection.prepare_cached("SELECT body ->> '$.acted_on' FROM outbox WHERE n = ?1")?;
    let day = day.to_string();
    let (mut low, mut high) = (1, last + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        let on: Option<String> = query.query_row([middle], |row| row.get(0)).optional()?;
        match on.is_some_and(|on| on < day) {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    Ok(low)
}
