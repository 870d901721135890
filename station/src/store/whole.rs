//! What a store holds of the exchange, whole: for proofs that compare it with what it should hold.

use domain::sync::{Entry, FeedAt};
use domain::{Case, Outcome, Person};
use rusqlite::Connection;

use super::entity::{self, Entity, Kept, id_at};
use super::{Store, meta, outbox};
use crate::error::Result;

/// Everything, from one moment.
#[derive(Clone, Debug)]
pub struct Whole {
    /// How far the feed is folded.
    pub feed: FeedAt,
    /// The last acknowledged entry.
    pub acked: u64,
    /// Everybody, as the facts say and as it is shown.
    pub people: Vec<Kept<Person>>,
    /// Every case, likewise.
    pub cases: Vec<Kept<Case>>,
    /// The log.
    pub log: Vec<Logged>,
    /// Pages to send, and whether the centre has them.
    pub pages: Vec<(String, bool)>,
}

/// An entry of the log with what became of it.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The entry.
    pub entry: Entry,
    /// An effect of it has come: it is replayed no more.
    pub told: bool,
    /// The centre's answer.
    pub outcome: Option<Outcome>,
}

impl Store {
    /// All of it.
    pub fn whole(&self) -> Result<Whole> {
        self.read(|c| {
            let mut whole = Whole {
                feed: meta::feed_at(c)?,
                acked: meta::acked(c)?,
                people: Vec::new(),
                cases: Vec::new(),
                log: log(c)?,
                pages: pages(c)?,
            };
            let mut ids = c.prepare_cached("SELECT id FROM entity ORDER BY id")?;
            for id in ids.query_map([], |row| id_at(row, 0))? {
                match entity::find(c, id?)? {
                    Some(Entity::Person(kept)) => whole.people.push(kept),
                    Some(Entity::Case(kept)) => whole.cases.push(kept),
                    None => {}
                }
            }
            Ok(whole)
        })
    }
}

fn log(connection: &Connection) -> Result<Vec<Logged>> {
    let mut query = connection.prepare_cached("SELECT n, told, outcome FROM outbox ORDER BY n")?;
    let rows = query.query_map([], |row| {
        let told: bool = row.get(1)?;
        let outcome: Option<String> = row.get(2)?;
        Ok((row.get::<_, u64>(0)?, told, outcome))
    })?;
    let mut log = Vec::new();
    for row in rows {
        let (n, told, outcome) = row?;
        let outcome = outcome
            .map(|text| serde_json::from_str(&text))
            .transpose()?;
        let entries = outbox::page(connection, n - 1, 1, usize::MAX)?;
        log.extend(entries.into_iter().map(|entry| Logged {
            entry,
            told,
            outcome: outcome.clone(),
        }));
    }
    Ok(log)
}

fn pages(connection: &Connection) -> Result<Vec<(String, bool)>> {
    let mut query =
        connection.prepare_cached("SELECT sha256, sent <> 0 FROM page_out ORDER BY place")?;
    let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
