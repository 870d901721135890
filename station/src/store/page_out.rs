//! Table `page_out`: pages that commands name, until and after the centre has them.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use domain::Page;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::error::Result;

/// A page to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageOut {
    /// SHA-256 of the plain bytes, hex.
    pub sha256: String,
    /// Their number.
    pub size_bytes: u64,
}

/// Queues a page; one that was queued before keeps its place and state.
pub fn add(tx: &Transaction, sha256: &str, size_bytes: u64) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO page_out (sha256, size_bytes) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    query.execute(params![sha256, size_bytes])?;
    Ok(())
}

/// Pages that are not at the centre, oldest first.
pub fn unsent(connection: &Connection, limit: usize) -> Result<Vec<PageOut>> {
    let mut query = connection.prepare_cached(
        "SELECT sha256, size_bytes FROM page_out WHERE sent = 0 ORDER BY place LIMIT ?1",
    )?;
    let rows = query.query_map([limit], |row| {
        Ok(PageOut {
            sha256: row.get(0)?,
            size_bytes: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The oldest page that is not at the centre and of which no preview went there either.
pub fn unseen(connection: &Connection) -> Result<Option<PageOut>> {
    let mut query = connection.prepare_cached(
        "SELECT sha256, size_bytes FROM page_out WHERE sent = 0 AND previewed = 0
         ORDER BY place LIMIT 1",
    )?;
    let page = query.query_row([], |row| {
        Ok(PageOut {
            sha256: row.get(0)?,
            size_bytes: row.get(1)?,
        })
    });
    Ok(page.optional()?)
}

/// Its preview is at the centre, or there is none to send.
pub fn set_previewed(tx: &Transaction, sha256: &str) -> Result<()> {
    let mut query = tx.prepare_cached("UPDATE page_out SET previewed = 1 WHERE sha256 = ?1")?;
    query.execute([sha256])?;
    Ok(())
}

/// Pages that cannot be opened here any more and that the centre has.
pub fn to_fetch(connection: &Connection) -> Result<Vec<PageOut>> {
    let mut query = connection.prepare_cached(
        "SELECT page_out.sha256, size_bytes FROM page_lost
         JOIN page_out ON page_out.sha256 = page_lost.sha256 WHERE sent = 1",
    )?;
    let rows = query.query_map([], |row| {
        Ok(PageOut {
            sha256: row.get(0)?,
            size_bytes: row.get(1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many are not at the centre.
pub fn count_unsent(connection: &Connection) -> Result<u64> {
    let mut query = connection.prepare_cached("SELECT count(*) FROM page_out WHERE sent = 0")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// Marks a page as stored at the centre.
pub fn set_sent(tx: &Transaction, sha256: &str) -> Result<()> {
    let mut query = tx.prepare_cached("UPDATE page_out SET sent = 1 WHERE sha256 = ?1")?;
    query.execute([sha256])?;
    Ok(())
}

/// Pages of cases that wait for pages, by the centre's own word, are to be sent again: where it has
/// them it says so, and one that came back from a backup may not.
pub fn offer_again(tx: &Transaction) -> Result<()> {
    tx.execute(
        "UPDATE page_out SET sent = 0, sent_at = NULL
         WHERE sent = 1 AND purged_at IS NULL AND sha256 IN (
             SELECT page.value ->> '$.sha256' FROM entity, json_each(entity.base, '$.pages') AS page
             WHERE entity.stage = 'awaiting_pages' AND entity.base IS NOT NULL)",
        [],
    )?;
    Ok(())
}

/// The pages of a case that the centre says it waits for. What was sent before that word was said may
/// have been lost by a centre that came back from a backup.
pub fn offer(tx: &Transaction, pages: &[Page]) -> Result<()> {
    let mut query = tx.prepare_cached(
        "UPDATE page_out SET sent = 0, sent_at = NULL
         WHERE sha256 = ?1 AND sent = 1 AND purged_at IS NULL",
    )?;
    for page in pages {
        query.execute([&page.sha256])?;
    }
    Ok(())
}

/// How many are kept here, sent or not.
pub fn count_kept(connection: &Connection) -> Result<u64> {
    let mut query =
        connection.prepare_cached("SELECT count(*) FROM page_out WHERE purged_at IS NULL")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// What the centre has stored since this was asked last is counted from `at`; `last` is where the
/// log ends, so that everything that names these pages lies before it.
pub fn note_sent(tx: &Transaction, at: DateTime<Utc>, last: u64) -> Result<()> {
    let mut query = tx.prepare_cached(
        "UPDATE page_out SET sent_at = ?1, sent_last = ?2 WHERE sent = 1 AND sent_at IS NULL",
    )?;
    query.execute(params![at.to_rfc3339(), last])?;
    Ok(())
}

/// Pages that the centre had before a moment, with a log that it has in a backup.
pub fn sent_before(
    connection: &Connection,
    before: DateTime<Utc>,
    durable: u64,
    limit: usize,
) -> Result<Vec<String>> {
    let mut query = connection.prepare_cached(
        "SELECT sha256 FROM page_out
         WHERE purged_at IS NULL AND sent = 1 AND sent_at < ?1 AND sent_last <= ?2
         ORDER BY place LIMIT ?3",
    )?;
    let rows = query.query_map(params![before.to_rfc3339(), durable, limit], |row| {
        row.get(0)
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Its picture is not kept here any more.
pub fn set_purged(tx: &Transaction, sha256: &str, at: DateTime<Utc>) -> Result<()> {
    let mut query = tx.prepare_cached("UPDATE page_out SET purged_at = ?2 WHERE sha256 = ?1")?;
    query.execute(params![sha256, at.to_rfc3339()])?;
    Ok(())
}

/// Whether its picture was taken away when its time had run out.
pub fn is_purged(connection: &Connection, sha256: &str) -> Result<bool> {
    let mut query = connection
        .prepare_cached("SELECT 1 FROM page_out WHERE sha256 = ?1 AND purged_at IS NOT NULL")?;
    Ok(query.exists([sha256])?)
}

/// The pages that the centre has, or those that it has not.
pub fn hashes(connection: &Connection, sent: bool) -> Result<BTreeSet<String>> {
    let mut query = connection
        .prepare_cached("SELECT sha256 FROM page_out WHERE sent = ?1 AND purged_at IS NULL")?;
    let rows = query.query_map([sent], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether the centre has it; None when it never left from here.
pub fn find_sent(connection: &Connection, sha256: &str) -> Result<Option<bool>> {
    let mut query = connection.prepare_cached("SELECT sent FROM page_out WHERE sha256 = ?1")?;
    Ok(query.query_row([sha256], |row| row.get(0)).optional()?)
}
