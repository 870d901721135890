//! Table `snapshot_part`: a snapshot on its way. The database seals it like everything else, so that it
//! goes on where it was cut, also after the program was started anew.

use std::collections::HashSet;

use domain::Id;
use domain::snapshot::{Header, Offer};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::entity::id_at;
use super::{Store, meta};
use crate::error::{Error, Result};

/// Meta key: what is on its way, as it was offered.
const OFFERED: &str = "snapshot";
/// Meta key: the address of one that is no snapshot of this feed: it is not asked for again.
const REFUSED: &str = "snapshot_refused";

/// A snapshot on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Staged {
    /// As it was offered.
    pub offer: Offer,
    /// What it says of itself.
    pub header: Header,
    /// The chunks that are here.
    pub chunks: usize,
}

impl Staged {
    /// Bytes that have not come yet.
    pub fn left_bytes(&self) -> u64 {
        self.header.left_bytes(self.chunks)
    }

    /// Whether all of it is here.
    pub fn is_whole(&self) -> bool {
        self.chunks == self.header.chunks.len()
    }
}

impl Store {
    /// The beginning of an offered snapshot has come; another one that was on its way goes. One of another
    /// community's feed is refused.
    pub fn stage_snapshot(&self, offer: &Offer, bytes: &[u8]) -> Result<()> {
        let header = Header::read(bytes, offer).map_err(|_| Error::coded("snapshot.unreadable"))?;
        if self.here().is_some_and(|here| *here != header.feed) {
            return self.leave_snapshot(Some(&offer.sha256));
        }
        self.write(|tx| {
            forget(tx)?;
            meta::set(tx, OFFERED, &serde_json::to_string(offer)?)?;
            insert(tx, 0, bytes)
        })
    }

    /// Chunks have come that were looked at; `first` is how many were here before.
    pub fn stage_chunks(&self, first: usize, chunks: &[Vec<u8>]) -> Result<()> {
        self.write(|tx| {
            for (at, bytes) in chunks.iter().enumerate() {
                insert(tx, first + at + 1, bytes)?;
            }
            Ok(())
        })
    }

    /// What is on its way is not wanted any more; `refused` is never asked for again.
    pub fn leave_snapshot(&self, refused: Option<&str>) -> Result<()> {
        self.write(|tx| {
            forget(tx)?;
            match refused {
                Some(sha256) => meta::set(tx, REFUSED, sha256),
                None => Ok(()),
            }
        })
    }
}

/// What is on its way; None also when an older program left what this one cannot read.
pub fn staged(connection: &Connection) -> Result<Option<Staged>> {
    let Some(offer) = meta::find(connection, OFFERED)? else {
        return Ok(None);
    };
    let Ok(offer) = serde_json::from_str::<Offer>(&offer) else {
        return Ok(None);
    };
    let head = part(connection, 0)?.filter(|_| offer.is_readable());
    let header = head.and_then(|bytes| Header::read(&bytes, &offer).ok());
    let Some(header) = header else {
        return Ok(None);
    };
    let mut query = connection.prepare_cached("SELECT count(*) FROM snapshot_part")?;
    let parts: usize = query.query_row([], |row| row.get(0))?;
    Ok(Some(Staged {
        offer,
        header,
        chunks: parts.saturating_sub(1),
    }))
}

/// The header (0) or a chunk (from 1), as it came.
pub fn part(connection: &Connection, place: usize) -> Result<Option<Vec<u8>>> {
    let mut query =
        connection.prepare_cached("SELECT bytes FROM snapshot_part WHERE place = ?1")?;
    Ok(query.query_row([place], |row| row.get(0)).optional()?)
}

/// The address of one that is not asked for again.
pub fn refused(connection: &Connection) -> Result<Option<String>> {
    meta::find(connection, REFUSED)
}

/// Our commands: the answers to these are looked for in a snapshot.
pub fn commands(connection: &Connection) -> Result<HashSet<Id>> {
    let mut query = connection.prepare_cached("SELECT command FROM outbox")?;
    let rows = query.query_map([], |row| id_at(row, 0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// Nothing is on its way any more.
pub fn forget(tx: &Transaction) -> Result<()> {
    tx.execute("DELETE FROM snapshot_part", [])?;
    meta::remove(tx, OFFERED)
}

fn insert(tx: &Transaction, place: usize, bytes: &[u8]) -> Result<()> {
    let mut query =
        tx.prepare_cached("INSERT INTO snapshot_part (place, bytes) VALUES (?1, ?2)")?;
    query.execute(params![place, bytes])?;
    Ok(())
}
