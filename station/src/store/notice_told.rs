//! Table `notice_told`: who was told how their data are handled, and which version of it.

use chrono::{DateTime, Utc};
use domain::Id;
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use crate::error::{Error, Result};

/// Notes that somebody was told; the first time counts.
pub fn tell(
    tx: &Transaction,
    subject: &str,
    version: &str,
    at: DateTime<Utc>,
    by: Id,
) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO notice_told (subject, version, told_at, staff) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?;
    query.execute(params![subject, version, at.to_rfc3339(), by.as_bytes()])?;
    Ok(())
}

/// When somebody was told this version.
pub fn find(
    connection: &Connection,
    subject: &str,
    version: &str,
) -> Result<Option<DateTime<Utc>>> {
    let mut query = connection
        .prepare_cached("SELECT told_at FROM notice_told WHERE subject = ?1 AND version = ?2")?;
    let told: Option<String> = query
        .query_row([subject, version], |row| row.get(0))
        .optional()?;
    told.map(|text| {
        text.parse()
            .map_err(|_| Error::Bug("notice_told holds a time of ours".into()))
    })
    .transpose()
}
