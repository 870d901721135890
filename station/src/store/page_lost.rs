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

/// All of them, by hash.
pub fn all(connection: &Connection) -> Result<Vec<String>> {
    let mut query = connection.prepare_cached("SELECT sha256 FROM page_lost ORDER BY sha256")?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
