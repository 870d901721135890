//! Table `outbox`: the installation's own log, with what became of each command.

mod pending;

use std::collections::BTreeSet;

use domain::sync::{Entry, LogAt, first_link, sha256_hex};
use domain::{Command, Id, Outcome};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::entity::id_at;
use crate::error::Result;
use crate::journal::Kept;

pub use pending::{pending, pending_asks, pending_beside, pending_people, pending_subjects};

/// A command of this installation with what became of it.
#[derive(Clone, Debug)]
pub struct Filed {
    /// Place in the log.
    pub n: u64,
    /// The command.
    pub command: Command,
    /// The case it files or corrects, or the person whose record it corrects.
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
    /// The case it files or corrects, or the person whose record it corrects.
    pub case: Id,
    /// `submit`, or `amend` for what corrects.
    pub kind: &'a str,
    /// The last local serial given out, this entry's own included.
    pub serial: u64,
    /// The form that was filed.
    pub draft: Option<Id>,
}

/// A command and the case it files or corrects.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The command.
    pub command: Id,
    /// The case.
    pub case: Id,
}

impl Asked {
    /// The person that this command makes when nobody is known under its document.
    pub fn person(&self) -> Id {
        self.command.derive("person")
    }
}

/// Appends an entry.
pub fn append(tx: &Transaction, new: &NewEntry) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO outbox
             (n, command, subject, case_id, kind, body, link, signature, serial, draft)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
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
        new.serial,
        new.draft.as_ref().map(Id::as_bytes),
    ])?;
    Ok(())
}

/// Whether a form was filed.
pub fn was_filed(connection: &Connection, draft: Id) -> Result<bool> {
    let mut query =
        connection.prepare_cached("SELECT EXISTS (SELECT 1 FROM outbox WHERE draft = ?1)")?;
    Ok(query.query_row([draft.as_bytes()], |row| row.get(0))?)
}

/// The last local serial given out.
pub fn last_serial(connection: &Connection) -> Result<u64> {
    let mut query =
        connection.prepare_cached("SELECT serial FROM outbox ORDER BY n DESC LIMIT 1")?;
    let last = query.query_row([], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or_default())
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

/// The cases whose commands' links begin so: as a rule one.
pub fn cases_linked(connection: &Connection, link: &str) -> Result<Vec<Id>> {
    let mut query = connection.prepare_cached(
        "SELECT DISTINCT case_id FROM outbox WHERE substr(link, 1, length(?1)) = ?1",
    )?;
    let rows = query.query_map([link], |row| id_at(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
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
    let rows = query.query_map(params![acked, limit], entry)?;
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

/// What the journal keeps of the entries after `n`, in order.
pub fn kept_after(connection: &Connection, n: u64, limit: usize) -> Result<Vec<Kept>> {
    let mut query = connection.prepare_cached(
        "SELECT n, command, body, link, signature, subject, serial, draft FROM outbox
         WHERE n > ?1 ORDER BY n LIMIT ?2",
    )?;
    let rows = query.query_map(params![n, limit], |row| {
        let draft: Option<[u8; 16]> = row.get(7)?;
        Ok(Kept {
            entry: entry(row)?,
            subject: row.get(5)?,
            serial: row.get(6)?,
            draft: draft.map(|bytes| Id(uuid::Uuid::from_bytes(bytes))),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// An effect of this command has arrived: it is replayed no more. What it is about, when it is
/// ours and was still pending.
pub fn tell(tx: &Transaction, command: Id) -> Result<Option<(String, Asked)>> {
    let mut query = tx.prepare_cached(
        "UPDATE outbox SET told = 1 WHERE command = ?1 AND told = 0 RETURNING subject, case_id",
    )?;
    let told = query.query_row([command.as_bytes()], |row| {
        let case = id_at(row, 1)?;
        Ok((row.get(0)?, Asked { command, case }))
    });
    Ok(told.optional()?)
}

/// Whether nothing was ever filed here.
pub fn is_empty(connection: &Connection) -> Result<bool> {
    let statement = "SELECT NOT EXISTS (SELECT 1 FROM outbox)";
    Ok(connection.query_row(statement, [], |row| row.get(0))?)
}

/// Whether a command is ours and has these words (SHA-256, hex).
pub fn has_content(connection: &Connection, command: Id, content: &str) -> Result<bool> {
    let mut query = connection.prepare_cached("SELECT body FROM outbox WHERE command = ?1")?;
    let body = query.query_row([command.as_bytes()], |row| row.get::<_, String>(0));
    let body = body.optional()?;
    Ok(body.is_some_and(|body| sha256_hex(body.as_bytes()) == content))
}

/// Keeps the centre's answer, when the command is ours.
pub fn set_outcome(tx: &Transaction, command: Id, outcome: &Outcome) -> Result<()> {
    let settled = matches!(outcome, Outcome::Accepted | Outcome::Awaiting { .. });
    let mut query =
        tx.prepare_cached("UPDATE outbox SET outcome = ?2, settled = ?3 WHERE command = ?1")?;
    let outcome = serde_json::to_string(outcome)?;
    query.execute(params![command.as_bytes(), outcome, settled])?;
    Ok(())
}

/// An entry goes on in another log: another link, another signature, the same number and words.
pub fn relink(tx: &Transaction, n: u64, link: &str, signature: &str) -> Result<()> {
    let mut query =
        tx.prepare_cached("UPDATE outbox SET link = ?2, signature = ?3 WHERE n = ?1")?;
    query.execute(params![n, link, signature])?;
    Ok(())
}

/// No effect of any command is known any more: all of them are replayed until facts come again.
pub fn untell_all(tx: &Transaction) -> Result<()> {
    tx.execute(
        "UPDATE outbox SET told = 0, settled = 0, outcome = NULL",
        [],
    )?;
    Ok(())
}

/// Every command has had its last word here: no fact about it comes any more.
pub fn settle_all(tx: &Transaction) -> Result<()> {
    tx.execute("UPDATE outbox SET told = 1, settled = 1", [])?;
    Ok(())
}

/// The bug that the simulator plants: a reset that takes the commands with it.
pub fn clear(tx: &Transaction) -> Result<()> {
    tx.execute("DELETE FROM outbox", [])?;
    Ok(())
}

/// The commands that filed or corrected a case here, oldest first. `filed_by` is the one that the
/// case's row names.
pub fn about_case(connection: &Connection, case: Id, filed_by: Id) -> Result<Vec<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox WHERE command = ?2
         UNION ALL
         SELECT n, case_id, body, outcome FROM outbox WHERE kind = 'amend' AND case_id = ?1
         ORDER BY n",
    )?;
    let rows = query.query_map(params![case.as_bytes(), filed_by.as_bytes()], raw)?;
    rows.map(|row| read(row?)).collect()
}

/// The open command that asked for a case, where no row came of it.
pub fn asked_for(connection: &Connection, case: Id) -> Result<Option<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox INDEXED BY outbox_open
         WHERE settled = 0 AND case_id = ?1 ORDER BY n LIMIT 1",
    )?;
    let found = query.query_row([case.as_bytes()], raw).optional()?;
    found.map(read).transpose()
}

/// The command that filed a case, whatever became of it. Looks through the log: only for a case that
/// has no row any more.
pub fn filed_as(connection: &Connection, case: Id) -> Result<Option<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox
         WHERE case_id = ?1 AND kind = 'submit' ORDER BY n LIMIT 1",
    )?;
    let found = query.query_row([case.as_bytes()], raw).optional()?;
    found.map(read).transpose()
}

/// The commands about a document that no case row speaks for yet, oldest first.
pub fn open_about(connection: &Connection, subject: &str) -> Result<Vec<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox
         WHERE settled = 0 AND told IN (0, 1) AND subject = ?1 ORDER BY n",
    )?;
    let rows = query.query_map([subject], raw)?;
    rows.map(|row| read(row?)).collect()
}

/// Commands of which no effect has arrived, newest first.
pub fn untold(connection: &Connection, limit: usize) -> Result<Vec<Filed>> {
    let mut query = connection.prepare_cached(
        "SELECT n, case_id, body, outcome FROM outbox WHERE n IN (
             SELECT n FROM outbox INDEXED BY outbox_open
             WHERE settled = 0 AND told = 0 ORDER BY n DESC LIMIT ?1)
         ORDER BY n DESC",
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

fn entry(row: &Row) -> rusqlite::Result<Entry> {
    Ok(Entry {
        n: row.get(0)?,
        id: id_at(row, 1)?,
        body: row.get(2)?,
        link: row.get(3)?,
        signature: row.get(4)?,
    })
}

pub(super) type Raw = (u64, Id, String, Option<String>);

pub(super) fn raw(row: &Row) -> rusqlite::Result<Raw> {
    Ok((row.get(0)?, id_at(row, 1)?, row.get(2)?, row.get(3)?))
}

pub(super) fn read((n, case, body, outcome): Raw) -> Result<Filed> {
    Ok(Filed {
        n,
        command: serde_json::from_str(&body)?,
        case,
        outcome: outcome.map(|o| serde_json::from_str(&o)).transpose()?,
    })
}
