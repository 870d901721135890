//! Table `meta`: single values by name.

use chrono::{DateTime, Utc};
use domain::Reason;
use domain::sync::{FeedAt, first_sum};
use rusqlite::{Connection, OptionalExtension, Transaction};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The last acknowledged entry of the log.
pub const ACKED: &str = "acked";
/// The installation with its private keys, sealed, hex.
pub const INSTALLATION: &str = "installation";
/// The last entry of the log of a store that came from a backup, until the centre has said that its
/// own log goes no further.
pub const RESTORED_LAST: &str = "restored_last";
/// When it was restored, RFC 3339.
pub const RESTORED_AT: &str = "restored_at";
const FEED: &str = "feed";
const TRIED: &str = "tried";

/// Why the last try to send failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tried {
    /// `line.…`
    pub reason: Reason,
    /// When the next one is.
    pub next_try: Option<DateTime<Utc>>,
}

/// A value.
pub fn find(connection: &Connection, name: &str) -> Result<Option<String>> {
    let mut query = connection.prepare_cached("SELECT value FROM meta WHERE name = ?1")?;
    Ok(query.query_row([name], |row| row.get(0)).optional()?)
}

/// Sets a value.
pub fn set(tx: &Transaction, name: &str, value: &str) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO meta (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
    )?;
    query.execute([name, value])?;
    Ok(())
}

/// Takes a value away.
pub fn remove(tx: &Transaction, name: &str) -> Result<()> {
    let mut query = tx.prepare_cached("DELETE FROM meta WHERE name = ?1")?;
    query.execute([name])?;
    Ok(())
}

/// A number; 0 when it was never set.
pub fn number(connection: &Connection, name: &str) -> Result<u64> {
    let Some(text) = find(connection, name)? else {
        return Ok(0);
    };
    text.parse()
        .map_err(|_| Error::Bug(format!("meta {name} is no number")))
}

/// Takes a value away.
pub fn forget(tx: &Transaction, name: &str) -> Result<()> {
    let mut query = tx.prepare_cached("DELETE FROM meta WHERE name = ?1")?;
    query.execute([name])?;
    Ok(())
}

/// Sets a number.
pub fn set_number(tx: &Transaction, name: &str, value: u64) -> Result<()> {
    set(tx, name, &value.to_string())
}

/// The last acknowledged entry.
pub fn acked(connection: &Connection) -> Result<u64> {
    number(connection, ACKED)
}

/// How far the feed is folded.
pub fn feed_at(connection: &Connection) -> Result<FeedAt> {
    match find(connection, FEED)? {
        Some(text) => Ok(serde_json::from_str(&text)?),
        None => Ok(FeedAt {
            seq: 0,
            sum: first_sum(),
        }),
    }
}

/// Moves on in the feed.
pub fn set_feed_at(tx: &Transaction, at: &FeedAt) -> Result<()> {
    set(tx, FEED, &serde_json::to_string(at)?)
}

/// Why the last try to send failed, if any did.
pub fn tried(connection: &Connection) -> Result<Option<Tried>> {
    let text = find(connection, TRIED)?;
    Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
}

/// Notes a try.
pub fn set_tried(tx: &Transaction, tried: &Tried) -> Result<()> {
    set(tx, TRIED, &serde_json::to_string(tried)?)
}

/// From now on nothing, or everything again, is kept under a key: a disk that is full at one write.
#[cfg(test)]
pub fn refuse(tx: &Transaction, name: &str, is_full: bool) -> Result<()> {
    let full = format!(
        "CREATE TRIGGER full BEFORE INSERT ON meta WHEN NEW.name = '{name}'
         BEGIN SELECT RAISE(ABORT, 'full'); END"
    );
    let sql = if is_full { &full } else { "DROP TRIGGER full" };
    Ok(tx.execute_batch(sql)?)
}
