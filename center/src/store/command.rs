//! Commands as they were sent, sealed, and what became of them.

use std::collections::BTreeMap;

use domain::{Division, Id, Outcome};

use crate::database::Tx;
use crate::error::Result;
use crate::seal::{Kind, Seals};

/// One command to write.
pub struct New<'a> {
    /// Its id.
    pub id: Id,
    /// Who sent it.
    pub installation: Id,
    /// The feed that its answer goes to.
    pub feed: Option<&'a Division>,
    /// The words of its author.
    pub body: &'a str,
    /// What it came to.
    pub outcome: &'a Outcome,
    /// How many facts were told with it as cause.
    pub facts: usize,
}

/// What others need to know of a command.
#[derive(Clone, Debug)]
pub struct Known {
    /// The feed that its answer goes to.
    pub feed: Option<Division>,
    /// Whether a person or another command must settle it first.
    pub held: bool,
    /// Facts told with it as cause.
    pub facts: u16,
}

/// The keyed hash by which the same content is known again.
pub fn content_hash(seals: &Seals, body: &str) -> Vec<u8> {
    seals.hash("command", body.as_bytes())
}

/// Content hashes of known commands.
pub async fn hashes(tx: &Tx<'_>, ids: &[Id]) -> Result<BTreeMap<Id, Vec<u8>>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let statement = "SELECT id, content_hash FROM command WHERE id = ANY($1)";
    let rows = super::rows(tx, statement, &[&ids]).await?;
    rows.iter()
        .map(|row| Ok((Id(row.try_get("id")?), row.try_get("content_hash")?)))
        .collect()
}

/// What is known of some commands.
pub async fn known(tx: &Tx<'_>, ids: &[Id]) -> Result<BTreeMap<Id, Known>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let statement = "SELECT id, feed, state, facts FROM command WHERE id = ANY($1)";
    let rows = super::rows(tx, statement, &[&ids]).await?;
    rows.iter()
        .map(|row| {
            let facts: i32 = row.try_get("facts")?;
            let known = Known {
                feed: row.try_get::<_, Option<String>>("feed")?.map(Division),
                held: row.try_get::<_, String>("state")? == "held",
                facts: u16::try_from(facts).unwrap_or(u16::MAX),
            };
            Ok((Id(row.try_get("id")?), known))
        })
        .collect()
}

/// The words of a command with its sender.
pub async fn find(tx: &Tx<'_>, seals: &Seals, id: Id) -> Result<Option<(Id, String)>> {
    let statement = "SELECT installation, body FROM command WHERE id = $1";
    let Some(row) = super::find(tx, statement, &[&id.0]).await? else {
        return Ok(None);
    };
    let sealed: Vec<u8> = row.try_get("body")?;
    let body = seals.open_text(Kind::Command, id.as_bytes(), &sealed)?;
    Ok(Some((Id(row.try_get("installation")?), body)))
}

/// What a command came to, as last told.
pub async fn find_outcome(tx: &Tx<'_>, id: Id) -> Result<Option<Outcome>> {
    let statement = "SELECT outcome FROM command WHERE id = $1";
    let row = super::find(tx, statement, &[&id.0]).await?;
    row.map(|row| super::json(row.try_get("outcome")?, "outcome"))
        .transpose()
}

/// Writes commands that are new.
pub async fn insert(tx: &Tx<'_>, seals: &Seals, commands: &[New<'_>]) -> Result<()> {
    let ids: Vec<_> = commands.iter().map(|c| c.id.0).collect();
    let installations: Vec<_> = commands.iter().map(|c| c.installation.0).collect();
    let feeds: Vec<_> = commands.iter().map(|c| c.feed.map(|f| &f.0)).collect();
    let hashes: Vec<_> = commands
        .iter()
        .map(|c| content_hash(seals, c.body))
        .collect();
    let bodies: Vec<_> = commands
        .iter()
        .map(|c| seals.seal(Kind::Command, c.id.as_bytes(), c.body.as_bytes()))
        .collect();
    let outcomes = commands
        .iter()
        .map(|c| super::to_json(c.outcome))
        .collect::<Result<Vec<_>>>()?;
    let states: Vec<_> = commands.iter().map(|c| state(c.outcome)).collect();
    let facts: Vec<_> = commands
        .iter()
        .map(|c| i32::try_from(c.facts).unwrap_or(i32::MAX))
        .collect();
    super::run(
        tx,
        "INSERT INTO command (id, installation, feed, content_hash, body, outcome, state, facts)
         SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bytea[], $5::bytea[],
             $6::text[], $7::text[], $8::integer[])",
        &[
            &ids,
            &installations,
            &feeds,
            &hashes,
            &bodies,
            &outcomes,
            &states,
            &facts,
        ],
    )
    .await?;
    Ok(())
}

/// Writes what earlier commands came to now, and how many facts they caused meanwhile.
pub async fn update(tx: &Tx<'_>, changes: &[(Id, &Outcome, usize)]) -> Result<()> {
    let ids: Vec<_> = changes.iter().map(|(id, ..)| id.0).collect();
    let outcomes = changes
        .iter()
        .map(|(_, outcome, _)| super::to_json(outcome))
        .collect::<Result<Vec<_>>>()?;
    let states: Vec<_> = changes
        .iter()
        .map(|(_, outcome, _)| state(outcome))
        .collect();
    let facts: Vec<_> = changes
        .iter()
        .map(|(.., facts)| i32::try_from(*facts).unwrap_or(i32::MAX))
        .collect();
    super::run(
        tx,
        "UPDATE command SET outcome = t.outcome, state = t.state, facts = command.facts + t.facts
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::integer[])
             AS t (id, outcome, state, facts)
         WHERE command.id = t.id",
        &[&ids, &outcomes, &states, &facts],
    )
    .await?;
    Ok(())
}

/// An outcome in a word.
pub fn state(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Awaiting { .. } => "awaiting",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Held { .. } => "held",
    }
}
