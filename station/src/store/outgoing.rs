//! What the sync page shows of the log and the pages: the newest of each kind, and how many there are.
//! Nothing here looks at more rows than it names, however much waits.

use chrono::NaiveDate;
use domain::{Case, Division, Id, Person};
use rusqlite::{Connection, params};

use super::outbox::{self, Filed};
use super::outbox_days;
use crate::error::Result;

/// Commands that were refused since a day, or are held, and that nobody has repaired; a correction
/// only while its case is still returned, and one of a case or of one answer only while no other has
/// followed.
const STOPPED: &str = "
    FROM outbox AS filed INDEXED BY outbox_open
    WHERE settled = 0 AND told = 1 AND n >= ?2 AND outcome ->> '$.outcome' = ?1
    AND NOT EXISTS (
        SELECT 1 FROM outbox AS later WHERE later.body ->> '$.replaces' IS NOT NULL
        AND later.body ->> '$.replaces' = filed.body ->> '$.id')
    AND (kind = 'submit' OR (
        (body ->> '$.act.kind' = 'settle_answer'
            OR EXISTS (SELECT 1 FROM entity WHERE id = filed.case_id AND stage = 'returned'))
        AND NOT EXISTS (SELECT 1 FROM outbox AS later INDEXED BY outbox_amend
            WHERE later.kind = 'amend' AND later.case_id = filed.case_id AND later.n > filed.n
            AND later.body ->> '$.act.field' IS filed.body ->> '$.act.field')))";

/// Some of a kind, the newest first, and how many there are.
pub struct Newest<T> {
    /// The newest.
    pub shown: Vec<T>,
    /// All of them.
    pub total: u64,
}

/// How a command was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The centre holds it until somebody has looked.
    Held,
    /// The centre refused it.
    Rejected,
}

/// The pages of a case that the centre waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PagesOf {
    /// All of them.
    pub all: u64,
    /// Those that the centre has.
    pub stored: u64,
    /// Those that cannot be read here any more and that the centre does not have.
    pub lost: u64,
    /// Those that another computer has to send.
    pub elsewhere: u64,
}

/// What has not been acknowledged.
pub fn unsent(connection: &Connection, acked: u64, limit: usize) -> Result<Newest<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox WHERE n > ?1 ORDER BY n DESC LIMIT ?2",
    )?;
    let rows = query.query_map(params![acked, limit], outbox::raw)?;
    Ok(Newest {
        shown: rows.map(|row| outbox::read(row?)).collect::<Result<_>>()?,
        total: outbox::log_at(connection)?.last.saturating_sub(acked),
    })
}

/// What the centre has and has not answered.
pub fn unanswered(connection: &Connection, acked: u64, limit: usize) -> Result<Newest<Filed>> {
    let mut count = connection.prepare_cached(
        "SELECT count(*) FROM outbox INDEXED BY outbox_open
         WHERE settled = 0 AND told = 0 AND n <= ?1",
    )?;
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox WHERE n IN (
             SELECT n FROM outbox INDEXED BY outbox_open
             WHERE settled = 0 AND told = 0 AND n <= ?1 ORDER BY n DESC LIMIT ?2)
         ORDER BY n DESC",
    )?;
    let rows = query.query_map(params![acked, limit], outbox::raw)?;
    Ok(Newest {
        shown: rows.map(|row| outbox::read(row?)).collect::<Result<_>>()?,
        total: count.query_row([acked], |row| row.get(0))?,
    })
}

/// What was stopped, of what was filed since a day.
pub fn stopped(
    connection: &Connection,
    how: Stopped,
    since: Option<NaiveDate>,
    limit: usize,
) -> Result<Newest<Filed>> {
    let last = outbox::log_at(connection)?.last;
    let first = match since {
        Some(day) => outbox_days::first_on(connection, day, last)?,
        None => 0,
    };
    let word = match how {
        Stopped::Held => "held",
        Stopped::Rejected => "rejected",
    };
    let mut count = connection.prepare_cached(&format!("SELECT count(*) {STOPPED}"))?;
    let mut query = connection.prepare_cached(&format!(
        "SELECT n, case_id, body, outcome {STOPPED} ORDER BY n DESC LIMIT ?3"
    ))?;
    let rows = query.query_map(params![word, first, limit], outbox::raw)?;
    Ok(Newest {
        shown: rows.map(|row| outbox::read(row?)).collect::<Result<_>>()?,
        total: count.query_row(params![word, first], |row| row.get(0))?,
    })
}

/// The cases of this community that the centre knows and whose pages it waits for. More than
/// `at_most` are not counted.
pub fn awaiting_pages(
    connection: &Connection,
    here: &Division,
    limit: usize,
    at_most: usize,
) -> Result<Newest<Case>> {
    let mut count = connection.prepare_cached(
        "SELECT count(*) FROM (
             SELECT 1 FROM entity WHERE stage = 'awaiting_pages' AND base IS NOT NULL
             AND base ->> '$.filed_at' = ?1 LIMIT ?2)",
    )?;
    let mut query = connection.prepare_cached(
        "SELECT coalesce(view, base) FROM entity
         WHERE stage = 'awaiting_pages' AND base IS NOT NULL AND base ->> '$.filed_at' = ?1
         ORDER BY seq DESC LIMIT ?2",
    )?;
    let rows = query.query_map(params![here.0, limit], |row| row.get::<_, String>(0))?;
    let cases = rows.map(|text| Ok(serde_json::from_str(&text?)?));
    Ok(Newest {
        shown: cases.collect::<Result<_>>()?,
        total: count.query_row(params![here.0, at_most], |row| row.get(0))?,
    })
}

/// The names of a case's pages.
pub fn page_names(connection: &Connection, case: Id) -> Result<Vec<String>> {
    let mut query = connection.prepare_cached(
        "SELECT page.value ->> '$.sha256'
         FROM entity, json_each(coalesce(view, base), '$.pages') AS page WHERE entity.id = ?1",
    )?;
    let names = query.query_map([case.as_bytes()], |row| row.get(0))?;
    Ok(names.collect::<rusqlite::Result<_>>()?)
}

/// How the pages of a case stand.
pub fn pages_of(connection: &Connection, case: Id) -> Result<PagesOf> {
    let mut query = connection.prepare_cached(
        "SELECT count(*), coalesce(sum(page_out.sent = 1), 0),
                coalesce(sum(page_out.sent = 0 AND page_lost.sha256 IS NOT NULL), 0),
                coalesce(sum(page_out.sha256 IS NULL), 0)
         FROM entity, json_each(coalesce(view, base), '$.pages') AS page
         LEFT JOIN page_out ON page_out.sha256 = page.value ->> '$.sha256'
         LEFT JOIN page_lost ON page_lost.sha256 = page_out.sha256
         WHERE entity.id = ?1",
    )?;
    Ok(query.query_row([case.as_bytes()], |row| {
        Ok(PagesOf {
            all: row.get(0)?,
            stored: row.get(1)?,
            lost: row.get(2)?,
            elsewhere: row.get(3)?,
        })
    })?)
}

/// The pages that are not at the centre: how many, and their bytes.
pub fn unsent_pages(connection: &Connection) -> Result<(u64, u64)> {
    let mut query = connection.prepare_cached(
        "SELECT count(*), coalesce(sum(size_bytes), 0) FROM page_out WHERE sent = 0",
    )?;
    Ok(query.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}

/// People of whom the centre has two values for one answer.
pub fn with_conflicts(connection: &Connection, limit: usize) -> Result<Newest<Person>> {
    let mut count = connection.prepare_cached("SELECT count(*) FROM entity WHERE conflicts > 0")?;
    let mut query = connection.prepare_cached(
        "SELECT coalesce(view, base) FROM entity WHERE conflicts > 0 ORDER BY seq DESC LIMIT ?1",
    )?;
    let rows = query.query_map([limit], |row| row.get::<_, String>(0))?;
    let people = rows.map(|text| Ok(serde_json::from_str(&text?)?));
    Ok(Newest {
        shown: people.collect::<Result<_>>()?,
        total: count.query_row([], |row| row.get(0))?,
    })
}

#[cfg(test)]
#[path = "outgoing_tests.rs"]
mod tests;
