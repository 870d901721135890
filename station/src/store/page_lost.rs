//! Table `page_lost`: sealed pages that cannot be read any more, until they are there again.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Transaction, params};

use crate::error::Result;

/// Notes a page; the first time counts.
pub fn note(tx: &Transaction, sha256: &str, at: DateTime<Utc>) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO page_lost (sha256, noticed_at) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
    )?;
    query.execute(params![sha256, at.to_rfc3339()])?;
    Ok(())
}

/// It is there again, or nothing refers to it any more.
pub fn forget(tx: &Transaction, sha256: &str) -> Result<()> {
    let mut query = tx.prepare_cached("DELETE FROM page_lost WHERE sha256 = ?1")?;
    query.execute([sha256])?;
    Ok(())
}

/// Whether it is one of them.
pub fn is(connection: &Connection, sha256: &str) -> Result<bool> {
    let mut query = connection.prepare_cached("SELECT 1 FROM page_lost WHERE sha256 = ?1")?;
    Ok(query.exists([sha256])?)
}

/// Those that no case waits for any more are not sent, and not told of; while a command is not
/// answered nobody knows. How many.
pub fn let_go(tx: &Transaction) -> Result<usize> {
    let gone = tx.execute(
        "DELETE FROM page_out WHERE sent = 0 AND sha256 IN (SELECT sha256 FROM page_lost)
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE settled = 0 AND told = 0)
         AND NOT EXISTS (SELECT 1 FROM entity
             WHERE stage = 'awaiting_pages' AND base IS NOT NULL
             AND instr(base, page_out.sha256) > 0)",
        [],
    )?;
    if gone > 0 {
        tx.execute(
            "DELETE FROM page_lost
             WHERE sha256 NOT IN (SELECT sha256 FROM page_out)
             AND sha256 NOT IN (SELECT sha256 FROM draft_page)",
            [],
        )?;
    }
    Ok(gone)
}

/// All of them, by hash.
pub fn all(connection: &Connection) -> Result<Vec<String>> {
    let mut query = connection.prepare_cached("SELECT sha256 FROM page_lost ORDER BY sha256")?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
