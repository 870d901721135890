//! Table `unread_fact`: facts from a newer program, kept word for word.

use domain::Id;
use rusqlite::{Connection, Transaction, params};

use crate::error::Result;

/// Keeps one.
pub fn keep(tx: &Transaction, seq: u64, entity: Id, body: &str) -> Result<()> {
    let mut query =
        tx.prepare_cached("INSERT INTO unread_fact (seq, entity, body) VALUES (?1, ?2, ?3)")?;
    query.execute(params![seq, entity.as_bytes(), body])?;
    Ok(())
}

/// Those about one entity, in order.
pub fn about(connection: &Connection, entity: Id) -> Result<Vec<String>> {
    let mut query =
        connection.prepare_cached("SELECT body FROM unread_fact WHERE entity = ?1 ORDER BY seq")?;
    let rows = query.query_map([entity.as_bytes()], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Takes every fact away.
pub fn forget_all(tx: &Transaction) -> Result<()> {
    tx.execute("DELETE FROM unread_fact", [])?;
    Ok(())
}
