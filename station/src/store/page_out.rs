//! Table `page_out`: pages that commands name, until and after the centre has them.

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

/// Whether the centre has it; None when it never left from here.
pub fn find_sent(connection: &Connection, sha256: &str) -> Result<Option<bool>> {
    let mut query = connection.prepare_cached("SELECT sent FROM page_out WHERE sha256 = ?1")?;
    Ok(query.query_row([sha256], |row| row.get(0)).optional()?)
}
