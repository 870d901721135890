//! The numbered migrations. `user_version` says how many have run.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::{Error, Result};

const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/station/0001_store.sql")];

/// How many there are.
pub fn latest() -> usize {
    MIGRATIONS.len()
}

/// How many have run here.
pub fn version(connection: &Connection) -> Result<usize> {
    Ok(connection.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Runs those that have not, each with its number in one transaction. Refuses a newer database.
pub fn migrate(connection: &mut Connection) -> Result<()> {
    let done = version(connection)?;
    if done > latest() {
        return Err(Error::coded("store.newer"));
    }
    for (at, sql) in MIGRATIONS.iter().enumerate().skip(done) {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        tx.execute_batch(sql)?;
        tx.pragma_update(None, "user_version", at + 1)?;
        tx.commit()?;
    }
    Ok(())
}
