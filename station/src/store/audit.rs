//! Tables `audit` and `audit_witness`: this station's chain, and the heads of the centre's.

use ::audit::record::{Hash, Record};
use ::audit::{Event, Head, Witness};
use chrono::{DateTime, TimeDelta, Utc};
use domain::Id;
use domain::sync::AuditHead;
use rusqlite::{Connection, OptionalExtension, Row, params};
use uuid::Uuid;

use super::stamp::Stamp;
use super::{Store, Tx, meta};
use crate::error::{Error, Result};

/// Meta key: starts of the computer, and the name of the last one.
const BOOT: &str = "boot";
/// How the centre's chain is called: each station knows one.
const CENTRE: &str = "centre";
/// A clock that moved by this much more or less than time did has jumped.
const JUMP_MS: i64 = 60_000;

/// Whom an event is about. Only a keyed pseudonym of it is kept.
#[derive(Clone, Copy, Debug)]
pub enum About<'a> {
    /// Whoever carries a document with this number.
    Person(&'a str),
    /// A case.
    Case(Id),
}

/// A record as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// See [`Record::n`].
    pub n: u64,
    /// See [`Record::at_ms`].
    pub at_ms: i64,
    /// See [`Record::running_ms`].
    pub running_ms: u64,
    /// See [`Record::boots`].
    pub boots: u64,
    /// See [`Record::high_water_ms`].
    pub high_water_ms: i64,
    /// Who.
    pub who: Option<Uuid>,
    /// What.
    pub kind: String,
    /// Whom it is about.
    pub about: Option<[u8; 16]>,
    /// Particulars, JSON.
    pub details: String,
    /// See [`Record::previous`].
    pub previous: Hash,
    /// See [`Record::hash`].
    pub hash: Hash,
}

impl Kept {
    /// As a link of the chain.
    pub fn record(&self) -> Record<'_> {
        Record {
            n: self.n,
            at_ms: self.at_ms,
            running_ms: self.running_ms,
            boots: self.boots,
            high_water_ms: self.high_water_ms,
            who: self.who,
            kind: &self.kind,
            about: self.about,
            details: &self.details,
            previous: self.previous,
            hash: self.hash,
        }
    }
}

/// Records an event in the transaction of what it tells of.
pub fn append(tx: &Tx, event: &Event) -> Result<()> {
    write(tx, event, None)
}

/// Records an event about a person or a case.
pub fn append_about(tx: &Tx, event: &Event, about: About) -> Result<()> {
    let pseudonym = pseudonym(tx.stamp(), about);
    write(tx, event, Some(pseudonym))
}

/// What somebody is called in the audit.
fn pseudonym(stamp: &Stamp, about: About) -> [u8; 16] {
    match about {
        About::Person(number) => stamp.pseudonym(&format!("person {number}")),
        About::Case(case) => stamp.pseudonym(&format!("case {case}")),
    }
}

fn write(tx: &Tx, event: &Event, about: Option<[u8; 16]>) -> Result<()> {
    let moment = tx.stamp().moment();
    let last = last(tx)?;
    let now = Times {
        at_ms: moment.wall.timestamp_millis(),
        running_ms: moment.running_ms,
        boots: tx.stamp().boots(),
    };
    let mut head = last
        .as_ref()
        .map_or(Head::EMPTY, |last| last.record().head());
    let high_water_ms = high_water(tx.stamp(), &now, last.as_ref());
    let mut put = |event: &Event, who: Option<Id>, about| {
        let (kind, details) = event.parts();
        let record = Record {
            n: 0,
            at_ms: now.at_ms,
            running_ms: now.running_ms,
            boots: now.boots,
            high_water_ms,
            who: who.map(|who| who.0),
            kind: &kind,
            about,
            details: &details,
            previous: head.hash,
            hash: head.hash,
        };
        let record = record.chained(&head);
        head = record.head();
        insert(tx, &record)
    };
    if let Some(by_ms) = last.as_ref().and_then(|last| jumped(&now, last)) {
        let by_s = by_ms / 1_000;
        put(&Event::ClockJumped { by_s }, None, None)?;
    }
    put(event, tx.stamp().who(), about)
}

struct Times {
    at_ms: i64,
    running_ms: u64,
    boots: u64,
}

impl Times {
    /// How long the computer ran since a record, where it did not start anew in between.
    fn since_ms(&self, last: &Kept) -> Option<i64> {
        let same = self.boots == last.boots;
        let ran_ms = self
            .running_ms
            .checked_sub(last.running_ms)
            .filter(|_| same)?;
        i64::try_from(ran_ms).ok()
    }
}

/// How far the clock moved beyond what time did. Between two starts only back is told: nobody knows
/// how long the computer was off.
fn jumped(now: &Times, last: &Kept) -> Option<i64> {
    let moved_ms = now.at_ms.saturating_sub(last.at_ms);
    let by_ms = match now.since_ms(last) {
        Some(since_ms) => moved_ms.saturating_sub(since_ms),
        None => moved_ms.min(0),
    };
    (by_ms.saturating_abs() > JUMP_MS).then_some(by_ms)
}

/// The latest time known to have passed: the last such one and what the computer ran since, or what
/// the centre told and what it ran since. The clock alone counts only where nothing else is known.
fn high_water(stamp: &Stamp, now: &Times, last: Option<&Kept>) -> i64 {
    let centre_ms = stamp.centre_ms(now.running_ms);
    let Some(last) = last else {
        return centre_ms.unwrap_or(now.at_ms);
    };
    let ran_ms = now.since_ms(last).unwrap_or(0);
    let ours_ms = last.high_water_ms.saturating_add(ran_ms);
    centre_ms.map_or(ours_ms, |centre_ms| centre_ms.max(ours_ms))
}

const COLUMNS: &str =
    "n, at_ms, running_ms, boots, high_water_ms, who, kind, about, details, previous, hash";

/// The last record.
pub fn last(connection: &Connection) -> Result<Option<Kept>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM audit ORDER BY n DESC LIMIT 1"
    ))?;
    Ok(query.query_row([], read).optional()?)
}

/// Moments (milliseconds of the epoch) and kinds of the last records, oldest first.
pub fn kinds(connection: &Connection, limit: usize) -> Result<Vec<(i64, String)>> {
    let mut query =
        connection.prepare_cached("SELECT at_ms, kind FROM audit ORDER BY n DESC LIMIT ?1")?;
    let rows = query.query_map([limit], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut kinds: Vec<_> = rows.collect::<Result<_, _>>()?;
    kinds.reverse();
    Ok(kinds)
}

/// Records between two moments by the station's clock, newest first.
pub fn between(
    connection: &Connection,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    limit: usize,
) -> Result<Vec<Kept>> {
    let mut query = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM audit WHERE at_ms >= ?1 AND at_ms < ?2 ORDER BY n DESC LIMIT ?3"
    ))?;
    let span = params![from.timestamp_millis(), until.timestamp_millis(), limit];
    let rows = query.query_map(span, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Shows every record, in order.
pub fn each(connection: &Connection, mut show: impl FnMut(&Kept) -> Result<()>) -> Result<()> {
    let mut query =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM audit ORDER BY n"))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        show(&read(row)?)?;
    }
    Ok(())
}

/// Keeps a head of another chain, as it was told. One that is known already stays.
pub fn keep_witness(tx: &Tx, witness: &Witness) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO audit_witness (origin, n, hash, at_ms) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT DO NOTHING",
    )?;
    query.execute(params![
        witness.origin,
        witness.head.n,
        witness.head.hash.as_slice(),
        witness.at_ms
    ])?;
    Ok(())
}

/// The heads of other chains.
pub fn witnesses(connection: &Connection) -> Result<Vec<Witness>> {
    let mut query =
        connection.prepare_cached("SELECT origin, n, hash, at_ms FROM audit_witness ORDER BY n")?;
    let rows = query.query_map([], |row| {
        Ok(Witness {
            origin: row.get(0)?,
            head: Head {
                n: row.get(1)?,
                hash: row.get(2)?,
            },
            at_ms: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn insert(tx: &Tx, record: &Record) -> Result<()> {
    let mut query = tx.prepare_cached(
        "INSERT INTO audit (n, at_ms, running_ms, boots, high_water_ms, who, kind, about, details,
             previous, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    query.execute(params![
        record.n,
        record.at_ms,
        record.running_ms,
        record.boots,
        record.high_water_ms,
        record.who.map(|who| *who.as_bytes()),
        record.kind,
        record.about,
        record.details,
        record.previous,
        record.hash,
    ])?;
    Ok(())
}

fn read(row: &Row) -> rusqlite::Result<Kept> {
    Ok(Kept {
        n: row.get(0)?,
        at_ms: row.get(1)?,
        running_ms: row.get(2)?,
        boots: row.get(3)?,
        high_water_ms: row.get(4)?,
        who: row.get::<_, Option<[u8; 16]>>(5)?.map(Uuid::from_bytes),
        kind: row.get(6)?,
        about: row.get(7)?,
        details: row.get(8)?,
        previous: row.get(9)?,
        hash: row.get(10)?,
    })
}

impl Store {
    /// Records an event of its own.
    pub fn note(&self, event: &Event) -> Result<()> {
        self.write(|tx| append(tx, event))
    }

    /// Records an event about a person or a case.
    pub fn note_about(&self, event: &Event, about: About) -> Result<()> {
        self.write(|tx| append_about(tx, event, about))
    }

    /// What a person or a case is called in the audit.
    pub fn pseudonym(&self, about: About) -> [u8; 16] {
        pseudonym(self.stamp(), about)
    }

    /// Where this station's chain stands.
    pub fn audit_head(&self) -> Result<Head> {
        self.read(|c| Ok(last(c)?.map_or(Head::EMPTY, |last| last.record().head())))
    }

    /// The latest time known to have passed, as the last record says.
    pub fn high_water(&self) -> Result<Option<DateTime<Utc>>> {
        let last = self.read(last)?;
        Ok(last.and_then(|last| DateTime::from_timestamp_millis(last.high_water_ms)))
    }

    /// Keeps a head of the centre's audit, when the last one that was kept is old enough.
    pub fn witness(&self, told: &AuditHead, at: DateTime<Utc>, every: TimeDelta) -> Result<()> {
        let mut hash = [0; 32];
        if told.n == 0 || hex::decode_to_slice(&told.hash, &mut hash).is_err() {
            return Ok(());
        }
        let at_ms = at.timestamp_millis();
        let last = self.read(witnesses)?.pop();
        let recent = |last: Witness| {
            last.head.n == told.n || (at_ms - last.at_ms).abs() < every.num_milliseconds()
        };
        if last.is_some_and(recent) {
            return Ok(());
        }
        let n = told.n;
        let head = Head { n, hash };
        let origin = CENTRE.to_owned();
        let witness = Witness {
            origin,
            head,
            at_ms,
        };
        self.write(|tx| keep_witness(tx, &witness))
    }

    /// Counts a start of the computer, once.
    pub(super) fn count_boot(&self) -> Result<()> {
        let moment = self.stamp().moment();
        let known = self.read(|c| meta::find(c, BOOT))?;
        let known = known.as_deref().and_then(|text| text.split_once(' '));
        let (boots, same) = match known {
            Some((count, name)) => {
                let count = count.parse::<u64>();
                let count = count.map_err(|_| Error::Bug("meta boot is no count".into()))?;
                (count, name == moment.boot)
            }
            None => (0, false),
        };
        let boots = if same { boots } else { boots + 1 };
        if !same {
            self.write(|tx| meta::set(tx, BOOT, &format!("{boots} {}", moment.boot)))?;
        }
        self.stamp().set_boots(boots);
        Ok(())
    }
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
