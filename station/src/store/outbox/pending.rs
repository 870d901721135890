//! Commands of which no effect has arrived: what is shown of them is made here, by replaying them.

use std::collections::{BTreeMap, BTreeSet};

use domain::{Command, Id};
use rusqlite::Connection;

use super::super::entity::id_at;
use super::Asked;
use crate::error::Result;

/// Commands about documents of which no effect has arrived, in order.
pub fn pending(connection: &Connection, subjects: &BTreeSet<String>) -> Result<Vec<Command>> {
    let mut query = connection.prepare_cached(
        "SELECT n, body FROM outbox WHERE settled = 0 AND told = 0 AND subject = ?1",
    )?;
    let mut pending = BTreeMap::new();
    for subject in subjects {
        let rows = query.query_map([subject], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, String>(1)?))
        })?;
        for row in rows {
            let (n, body) = row?;
            pending.insert(n, serde_json::from_str(&body)?);
        }
    }
    Ok(pending.into_values().collect())
}

/// The commands about a document of which no effect has arrived, without their content.
pub fn pending_asks(connection: &Connection, subject: &str) -> Result<Vec<Asked>> {
    let mut query = connection.prepare_cached(
        "SELECT command, case_id FROM outbox
         WHERE settled = 0 AND told = 0 AND subject = ?1 ORDER BY n",
    )?;
    let rows = query.query_map([subject], |row| {
        Ok(Asked {
            command: id_at(row, 0)?,
            case: id_at(row, 1)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The documents of other commands without effect so far about the same cases: a case that was filed under one
/// document may have been corrected under another, which facts that are not here any more knew. The filing
/// of such a correction is looked for among all that waits, and so only where it has to be.
pub fn pending_beside(connection: &Connection, subject: &str) -> Result<Vec<String>> {
    let mut query = connection.prepare_cached(
        "WITH mine AS (SELECT case_id, kind FROM outbox INDEXED BY outbox_open
             WHERE settled = 0 AND told = 0 AND subject = ?1)
         SELECT other.subject FROM mine JOIN outbox AS other INDEXED BY outbox_amend
             ON other.case_id = mine.case_id AND other.kind = 'amend'
         WHERE other.settled = 0 AND other.told = 0 AND other.subject <> ?1
         UNION
         SELECT other.subject FROM mine JOIN outbox AS other INDEXED BY outbox_open
             ON other.case_id = mine.case_id AND other.kind <> 'amend'
         WHERE other.settled = 0 AND other.told = 0 AND mine.kind = 'amend'
             AND NOT EXISTS (SELECT 1 FROM mine AS filed
                 WHERE filed.case_id = mine.case_id AND filed.kind <> 'amend')
             AND NOT EXISTS (SELECT 1 FROM entity
                 WHERE entity.id = mine.case_id AND entity.base IS NOT NULL)",
    )?;
    let rows = query.query_map([subject], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whom commands without effect so far are about, as their cases show.
pub fn pending_people(connection: &Connection) -> Result<Vec<Id>> {
    let mut query = connection.prepare_cached(
        "SELECT DISTINCT entity.person FROM outbox INDEXED BY outbox_open
         JOIN entity ON entity.id = outbox.case_id
         WHERE outbox.settled = 0 AND outbox.told = 0",
    )?;
    let rows = query.query_map([], |row| id_at(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Everything that commands without effect so far are about.
pub fn pending_subjects(connection: &Connection) -> Result<Vec<String>> {
    let mut query = connection
        .prepare_cached("SELECT DISTINCT subject FROM outbox WHERE settled = 0 AND told = 0")?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
