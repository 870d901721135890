//! Table `entity`: people and cases, as the facts say (`base`) and as they look with our pending
//! commands (`view`).

use domain::{Case, Id, Person, Stage};
use rusqlite::{Connection, OptionalExtension, Row as SqlRow, Transaction, params};

use super::person_key;
use crate::error::{Error, Result};

/// A row's two states, of a person or a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    /// The fold of the facts.
    pub base: Option<T>,
    /// Base with pending commands replayed, when that is something else.
    pub view: Option<T>,
    /// The last fact folded.
    pub seq: u64,
}

/// A row, whichever it is.
#[derive(Clone, Debug, PartialEq)]
pub enum Entity {
    /// A person.
    Person(Kept<Person>),
    /// A case.
    Case(Kept<Case>),
}

impl<T> Kept<T> {
    /// What is shown.
    pub fn shown(&self) -> Option<&T> {
        self.view.as_ref().or(self.base.as_ref())
    }

    /// What is shown, owned.
    pub fn into_shown(self) -> Option<T> {
        self.view.or(self.base)
    }
}

/// An id in a column.
pub fn id_at(row: &SqlRow, column: usize) -> rusqlite::Result<Id> {
    let bytes: [u8; 16] = row.get(column)?;
    Ok(Id(uuid::Uuid::from_bytes(bytes)))
}

/// The name of a stage in column `stage`.
pub fn stage_name(stage: &Stage) -> &'static str {
    match stage {
        Stage::PreAccepted => "pre_accepted",
        Stage::AwaitingPages { .. } => "awaiting_pages",
        Stage::InReview { .. } => "in_review",
        Stage::Returned { .. } => "returned",
        Stage::Granted => "granted",
        Stage::Refused { .. } => "refused",
    }
}

/// A row by id.
pub fn find(connection: &Connection, id: Id) -> Result<Option<Entity>> {
    let mut query =
        connection.prepare_cached("SELECT kind, base, view, seq FROM entity WHERE id = ?1")?;
    let found = query.query_row([id.as_bytes()], |row| {
        let kind: String = row.get(0)?;
        Ok((kind, texts(row, 1)?))
    });
    let Some((kind, texts)) = found.optional()? else {
        return Ok(None);
    };
    Ok(Some(match kind.as_str() {
        "person" => Entity::Person(kept(texts)?),
        _ => Entity::Case(kept(texts)?),
    }))
}

/// A person's row.
pub fn find_person(connection: &Connection, id: Id) -> Result<Option<Kept<Person>>> {
    Ok(match find(connection, id)? {
        Some(Entity::Person(kept)) => Some(kept),
        _ => None,
    })
}

/// A case's row.
pub fn find_case(connection: &Connection, id: Id) -> Result<Option<Kept<Case>>> {
    Ok(match find(connection, id)? {
        Some(Entity::Case(kept)) => Some(kept),
        _ => None,
    })
}

/// Everybody with this document whom the centre knows.
pub fn people_with(connection: &Connection, subject: &str) -> Result<Vec<Kept<Person>>> {
    const SAME_NUMBER: usize = 16;
    let ids = person_key::find(connection, &person_key::document(subject), SAME_NUMBER)?;
    let rows = ids.into_iter().map(|id| find_person(connection, id));
    Ok(rows
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// The cases of a person that the centre knows.
pub fn cases_of(connection: &Connection, person: Id) -> Result<Vec<Kept<Case>>> {
    let mut query = connection.prepare_cached(
        "SELECT base, view, seq FROM entity
             WHERE kind = 'case' AND base IS NOT NULL AND person = ?1",
    )?;
    let rows = query.query_map([person.as_bytes()], |row| texts(row, 0))?;
    rows.map(|row| kept(row?)).collect()
}

/// Which those are.
pub fn ids_of_cases(connection: &Connection, person: Id) -> Result<Vec<Id>> {
    let mut query = connection.prepare_cached(
        "SELECT id FROM entity WHERE kind = 'case' AND base IS NOT NULL AND person = ?1",
    )?;
    let rows = query.query_map([person.as_bytes()], |row| id_at(row, 0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Cases that the centre knows, at this stage, the last touched first.
pub fn cases_at(connection: &Connection, stage: &str, limit: usize) -> Result<Vec<Case>> {
    let mut query = connection.prepare_cached(
        "SELECT base, view, seq FROM entity
         WHERE stage = ?1 AND base IS NOT NULL ORDER BY seq DESC LIMIT ?2",
    )?;
    let rows = query.query_map(params![stage, limit], |row| texts(row, 0))?;
    let cases = rows.map(|row| Ok(kept::<Case>(row?)?.into_shown()));
    Ok(cases
        .collect::<Result<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// Writes a person's row; one with neither state goes.
pub fn put_person(tx: &Transaction, id: Id, kept: &Kept<Person>) -> Result<()> {
    let shown = kept.shown();
    let conflicts = shown.map_or(0, |person| person.unsettled().count());
    put(tx, id, "person", (id, None, conflicts), kept)
}

/// Writes a case's row; one with neither state goes.
pub fn put_case(tx: &Transaction, id: Id, kept: &Kept<Case>) -> Result<()> {
    let (person, stage) = match kept.shown() {
        Some(case) => (case.person, Some(stage_name(&case.stage))),
        None => (id, None),
    };
    put(tx, id, "case", (person, stage, 0), kept)
}

fn put<T: serde::Serialize>(
    tx: &Transaction,
    id: Id,
    kind: &str,
    (person, stage, conflicts): (Id, Option<&str>, usize),
    kept: &Kept<T>,
) -> Result<()> {
    if kept.shown().is_none() {
        let mut query = tx.prepare_cached("DELETE FROM entity WHERE id = ?1")?;
        query.execute([id.as_bytes()])?;
        return Ok(());
    }
    let text = |state: &Option<T>| state.as_ref().map(serde_json::to_string).transpose();
    let mut query = tx.prepare_cached(
        "INSERT INTO entity (id, kind, person, stage, seq, base, view, conflicts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (id) DO UPDATE SET person = excluded.person, stage = excluded.stage,
             seq = excluded.seq, base = excluded.base, view = excluded.view,
             conflicts = excluded.conflicts",
    )?;
    query.execute(params![
        id.as_bytes(),
        kind,
        person.as_bytes(),
        stage,
        kept.seq,
        text(&kept.base)?,
        text(&kept.view)?,
        conflicts,
    ])?;
    Ok(())
}

/// A row that facts alone speak of, with its JSON as it came.
pub struct Base<'a> {
    /// Its id.
    pub id: Id,
    /// `person` or `case`.
    pub kind: &'a str,
    /// The person, or whose case it is.
    pub person: Id,
    /// See [`stage_name`].
    pub stage: Option<&'a str>,
    /// Answers that were changed twice.
    pub conflicts: usize,
    /// The last fact folded.
    pub seq: u64,
    /// The person or case.
    pub text: &'a str,
}

impl Base<'_> {
    /// Writes a row that is not there.
    pub fn put(&self, tx: &Transaction) -> Result<()> {
        let mut query = tx.prepare_cached(
            "INSERT INTO entity (id, kind, person, stage, seq, base, conflicts)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, person = excluded.person,
                 stage = excluded.stage, seq = excluded.seq, base = excluded.base,
                 conflicts = excluded.conflicts",
        )?;
        query.execute(params![
            self.id.as_bytes(),
            self.kind,
            self.person.as_bytes(),
            self.stage,
            self.seq,
            self.text,
            self.conflicts,
        ])?;
        Ok(())
    }
}

/// Takes every row away: all of them are made again from facts and pending commands.
pub fn forget_all(tx: &Transaction) -> Result<()> {
    tx.execute("DELETE FROM entity", [])?;
    Ok(())
}

type Texts = (Option<String>, Option<String>, u64);

fn texts(row: &SqlRow, from: usize) -> rusqlite::Result<Texts> {
    Ok((row.get(from)?, row.get(from + 1)?, row.get(from + 2)?))
}

fn kept<T: serde::de::DeserializeOwned>((base, view, seq): Texts) -> Result<Kept<T>> {
    let read = |text: Option<String>| {
        text.map(|text| serde_json::from_str(&text))
            .transpose()
            .map_err(Error::from)
    };
    Ok(Kept {
        base: read(base)?,
        view: read(view)?,
        seq,
    })
}
