//! Table `unread_fact`: facts from a newer program, kept word for word.

use domain::{Change, Fact, Id};
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

/// Whether this program reads one of them: a newer one than kept it.
pub fn is_one_readable(connection: &Connection) -> Result<bool> {
    let mut query = connection.prepare_cached("SELECT body FROM unread_fact")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let body: String = row.get(0)?;
        if Fact::read(&body).is_ok_and(|fact| !matches!(fact.change, Change::Unknown(_))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Takes every fact away.
pub fn forget_all(tx: &Transaction) -> Result<()> {
    tx.execute("DELETE FROM unread_fact", [])?;
    Ok(())
}
