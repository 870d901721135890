//! Table `draft`: forms under way.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::case::Answers;
use domain::identity::Evidence;
use domain::{Id, Identity};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde::{Deserialize, Serialize};

use super::entity::id_at;
use crate::error::Result;

/// A form under way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DraftKept {
    /// Its id.
    pub id: Id,
    /// Business name.
    pub business: String,
    /// Who it is about.
    pub identity: Identity,
    /// How that was established.
    pub evidence: Evidence,
    /// The answers so far.
    pub answers: Answers,
    /// Where prefilled answers came from: `card`, `last`.
    pub filled_from: BTreeMap<String, String>,
    /// The returned case it corrects.
    pub amends: Option<Id>,
    /// The version of that case that was on screen.
    pub version: u32,
    /// The rejected or held command it repairs.
    pub replaces: Option<Id>,
    /// Last change.
    pub saved_at: DateTime<Utc>,
    /// When the audit last had a word of a change.
    #[serde(default)]
    pub recorded_at: Option<DateTime<Utc>>,
}

/// Writes a draft.
pub fn put(tx: &Transaction, draft: &DraftKept, subject: &str) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO draft (id, business, subject, case_id, saved_at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (id) DO UPDATE
         SET saved_at = excluded.saved_at, body = excluded.body, idle_since = NULL",
    )?;
    query.execute(params![
        draft.id.as_bytes(),
        draft.business,
        subject,
        draft.amends.as_ref().map(Id::as_bytes),
        draft.saved_at.to_rfc3339(),
        serde_json::to_string(draft)?,
    ])?;
    Ok(())
}

/// A draft.
pub fn find(connection: &Connection, id: Id) -> Result<Option<DraftKept>> {
    let mut query = connection.prepare_cached("SELECT body FROM draft WHERE id = ?1")?;
    let body = query.query_row([id.as_bytes()], text).optional()?;
    Ok(body.map(|body| serde_json::from_str(&body)).transpose()?)
}

/// The drafts about a document, newest first.
pub fn about(connection: &Connection, subject: &str) -> Result<Vec<DraftKept>> {
    let mut query = connection
        .prepare_cached("SELECT body FROM draft WHERE subject = ?1 ORDER BY saved_at DESC")?;
    let rows = query.query_map([subject], text)?;
    rows.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
}

/// Notes when drafts were first seen as they are now, where that is not known.
pub fn note_idle(tx: &Transaction, moment: DateTime<Utc>) -> Result<()> {
    let mut query =
        tx.prepare_cached("UPDATE draft SET idle_since = ?1 WHERE idle_since IS NULL")?;
    query.execute([moment.to_rfc3339()])?;
    Ok(())
}

/// Drafts that have been as they are since before then, oldest first.
pub fn idle_before(
    connection: &Connection,
    before: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Id>> {
    let mut query = connection.prepare_cached(
        "SELECT id FROM draft WHERE idle_since < ?1 ORDER BY idle_since LIMIT ?2",
    )?;
    let rows = query.query_map(params![before.to_rfc3339(), limit], |row| id_at(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// All drafts, newest first.
pub fn all(connection: &Connection, limit: usize) -> Result<Vec<DraftKept>> {
    let mut query =
        connection.prepare_cached("SELECT body FROM draft ORDER BY saved_at DESC LIMIT ?1")?;
    let rows = query.query_map([limit], text)?;
    rows.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
}

/// How many there are.
pub fn count(connection: &Connection) -> Result<u64> {
    let mut query = connection.prepare_cached("SELECT count(*) FROM draft")?;
    Ok(query.query_row([], |row| row.get(0))?)
}

/// Takes a draft and its pages away.
pub fn delete(tx: &Transaction, id: Id) -> Result<()> {
    let mut query = tx.prepare_cached("DELETE FROM draft WHERE id = ?1")?;
    query.execute([id.as_bytes()])?;
    Ok(())
}

/// The draft that corrects a case.
pub fn amending(connection: &Connection, case: Id) -> Result<Option<Id>> {
    let mut query = connection.prepare_cached("SELECT id FROM draft WHERE case_id = ?1")?;
    Ok(query
        .query_row([case.as_bytes()], |row| id_at(row, 0))
        .optional()?)
}

fn text(row: &Row) -> rusqlite::Result<String> {
    row.get(0)
}
