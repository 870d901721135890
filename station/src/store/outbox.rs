//! Table `outbox`: the installation's own log, with what became of each command.

use std::collections::BTreeSet;

use domain::sync::{Entry, LogAt, first_link};
use domain::{Command, Id, Outcome};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::entity::id_at;
use crate::error::Result;

/// A command of this installation with what became of it.
#[derive(Clone, Debug)]
pub struct Filed {
    /// Place in the log.
    pub n: u64,
    /// The command.
    pub command: Command,
    /// The case it files or corrects.
    pub case: Id,
    /// The centre's answer so far.
    pub outcome: Option<Outcome>,
}

/// A new entry, before it has a place.
pub struct NewEntry<'a> {
    /// See [`Entry`].
    pub entry: &'a Entry,
    /// Key of the document it is about.
    pub subject: &'a str,
    /// The case it files or corrects.
    pub case: Id,
    /// `submit` or `amend`.
    pub kind: &'a str,
}

/// Appends an entry.
pub fn append(tx: &Transaction, new: &NewEntry) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO outbox (n, command, subject, case_id, kind, body, link, signature)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?;
    query.execute(params![
        new.entry.n,
        new.entry.id.as_bytes(),
        new.subject,
        new.case.as_bytes(),
        new.kind,
        new.entry.body,
        new.entry.link,
        new.entry.signature,
    ])?;
    Ok(())
}

/// The last entry and its link.
pub fn log_at(connection: &Connection) -> Result<LogAt> {
    let mut query =
        connection.prepare_cached("SELECT n, link FROM outbox ORDER BY n DESC LIMIT 1")?;
    let last = query.query_row([], |row| {
        Ok(LogAt {
            last: row.get(0)?,
            link: row.get(1)?,
        })
    });
    Ok(last.optional()?.unwrap_or_else(|| LogAt {
        last: 0,
        link: first_link(),
    }))
}

/// The link of an entry.
pub fn link_of(connection: &Connection, n: u64) -> Result<Option<String>> {
    let mut query = connection.prepare_cached("SELECT link FROM outbox WHERE n = ?1")?;
    Ok(query.query_row([n], |row| row.get(0)).optional()?)
}

/// Entries after `acked`, in order, within both limits (but at least one).
pub fn page(
    connection: &Connection,
    acked: u64,
    limit: usize,
    limit_bytes: usize,
) -> Result<Vec<Entry>> {
    let mut query = connection.prepare_cached(
        "SELECT n, command, body, link, signature FROM outbox WHERE n > ?1 ORDER BY n LIMIT ?2",
    )?;
    let rows = query.query_map(params![acked, limit], |row| {
        Ok(Entry {
            n: row.get(0)?,
            id: id_at(row, 1)?,
            body: row.get(2)?,
            link: row.get(3)?,
            signature: row.get(4)?,
        })
    })?;
    let (mut entries, mut bytes) = (Vec::new(), 0);
    for row in rows {
        let entry = row?;
        bytes += entry.body.len();
        if bytes > limit_bytes && !entries.is_empty() {
            break;
        }
        entries.push(entry);
    }
    Ok(entries)
}

/// Commands about a document of which no effect has arrived, in order.
pub fn pending(connection: &Connection, subject: &str) -> Result<Vec<Command>> {
    let mut query = connection
        .prepare_cached("SELECT body FROM outbox WHERE told = 0 AND subject = ?1 ORDER BY n")?;
    let rows = query.query_map([subject], |row| row.get::<_, String>(0))?;
    rows.map(|body| Ok(serde_json::from_str(&body?)?)).collect()
}

/// Everything that commands without effect so far are about.
pub fn pending_subjects(connection: &Connection) -> Result<Vec<String>> {
    let mut query =
        connection.prepare_cached("SELECT DISTINCT subject FROM outbox WHERE told = 0")?;
    let rows = query.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// An effect of this command has arrived: it is replayed no more. What it is about, when it is
/// ours and was still pending.
pub fn tell(tx: &Transaction, command: Id) -> Result<Option<String>> {
    let mut query = tx.prepare_cached(
        "UPDATE outbox SET told = 1 WHERE command = ?1 AND told = 0 RETURNING subject",
    )?;
    Ok(query
        .query_row([command.as_bytes()], |row| row.get(0))
        .optional()?)
}

/// Keeps the centre's answer, when the command is ours.
pub fn set_outcome(tx: &Transaction, command: Id, outcome: &Outcome) -> Result<()> {
    let mut query = tx.prepare_cached("UPDATE outbox SET outcome = ?2 WHERE command = ?1")?;
    query.execute(params![command.as_bytes(), serde_json::to_string(outcome)?])?;
    Ok(())
}

/// The commands that filed or corrected a case here, oldest first.
pub fn about_case(connection: &Connection, case: Id) -> Result<Vec<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox WHERE case_id = ?1 ORDER BY n",
    )?;
    let rows = query.query_map([case.as_bytes()], raw)?;
    rows.map(|row| read(row?)).collect()
}

/// The commands about a document, oldest first.
pub fn about_subject(connection: &Connection, subject: &str) -> Result<Vec<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox WHERE subject = ?1 ORDER BY n",
    )?;
    let rows = query.query_map([subject], raw)?;
    rows.map(|row| read(row?)).collect()
}

/// Commands of which no effect has arrived, newest first.
pub fn untold(connection: &Connection, limit: usize) -> Result<Vec<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox INDEXED BY outbox_pending
         WHERE told = 0 ORDER BY n DESC LIMIT ?1",
    )?;
    let rows = query.query_map([limit], raw)?;
    rows.map(|row| read(row?)).collect()
}

/// Commands from `after` on that were rejected or are held, newest first.
pub fn refused(connection: &Connection, after: u64) -> Result<Vec<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox
         WHERE n > ?1 AND outcome ->> '$.outcome' IN ('rejected', 'held') ORDER BY n DESC",
    )?;
    let rows = query.query_map([after], raw)?;
    rows.map(|row| read(row?)).collect()
}

/// The commands that were repaired by others from `after` on.
pub fn replaced(connection: &Connection, after: u64) -> Result<BTreeSet<Id>> {
    let mut query = connection.prepare_cached(
        "SELECT body ->> '$.replaces' FROM outbox
         WHERE n > ?1 AND body ->> '$.replaces' IS NOT NULL",
    )?;
    let rows = query.query_map([after], |row| row.get::<_, String>(0))?;
    let ids = rows.map(|text| Ok(text?.parse::<Id>().ok()));
    Ok(ids
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect())
}

type Raw = (u64, Id, String, Option<String>);

fn raw(row: &Row) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, id_at(row, 1)?, row.get(2)?, row.get(3)?))
}

fn read((n, case, body, outcome): Raw) -> Result<Filed> {
    Ok(Filed {
        n,
        command: serde_json::from_str(&body)?,
        case,
        outcome: outcome.map(|o| serde_json::from_str(&o)).transpose()?,
    })
}
