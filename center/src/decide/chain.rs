//! Whether a push continues its log, and what of it is new. Pure, on the log's row and the links
//! and content hashes that were read.

use std::collections::BTreeMap;

use domain::new_log::{NewLog, new_log_message};
use domain::sync::{Entry, first_link, link};
use domain::{Division, Id, Reason};
use ed25519_dalek::{Signature, VerifyingKey};

use super::Work;
use crate::error::{Error, Result};
use crate::refusal;
use crate::store::installation::Installation;
use crate::store::log::Position;

/// Whether the entries of a push are numbered as it says.
pub fn numbered(from: u64, entries: &[Entry]) -> Result<()> {
    let dense = (from..).zip(entries).all(|(n, entry)| entry.n == n);
    match from > 0 && dense {
        true => Ok(()),
        false => Err(Error::Refused(&refusal::REQUEST_MALFORMED)),
    }
}

/// Refuses a new log that does not go on from the one that it names, or whose owner has not signed
/// it. `there` is the link that stands at the position where it goes on.
pub fn descends(
    parent: &Installation,
    there: Option<&str>,
    new: &NewLog,
    log_key: &str,
) -> Result<()> {
    if parent.revoked_at.is_some() {
        return Err(Error::Refused(&refusal::STATION_REVOKED));
    }
    if new.n > parent.acked {
        return Err(Error::at(&refusal::LOG_GAP, parent.acked));
    }
    let first = first_link();
    let there = match new.n {
        0 => Some(first.as_str()),
        n if n == parent.acked => Some(parent.link.as_str()),
        _ => there,
    };
    if there != Some(new.link.as_str()) {
        return Err(Error::at(&refusal::LOG_FORK, parent.acked));
    }
    let wrong = || Error::at(&refusal::LOG_SIGNATURE, parent.acked);
    let key = VerifyingKey::from_bytes(&parent.log_key).map_err(|_| wrong())?;
    let signature = hex::decode(&new.signature).map_err(|_| wrong())?;
    let signature = Signature::from_slice(&signature).map_err(|_| wrong())?;
    let said = new_log_message(new.parent, new.n, &new.link, log_key);
    key.verify_strict(&said, &signature).map_err(|_| wrong())
}

/// The entries that the centre has already, by their numbers, and those behind them.
pub fn split<'a>(log: &Installation, entries: &'a [Entry]) -> (&'a [Entry], &'a [Entry]) {
    let known = entries.iter().take_while(|entry| entry.n <= log.acked);
    entries.split_at(known.count())
}

/// Refuses a push that does not continue the log. `there` is the link that stands at the position
/// of the last known entry.
pub fn continues(
    log: &Installation,
    known: Option<&Entry>,
    there: Option<&str>,
    fresh: &[Entry],
) -> Result<()> {
    if known.is_some_and(|last| there.is_some_and(|there| there != last.link)) {
        return Err(Error::at(&refusal::LOG_FORK, log.acked));
    }
    if fresh.first().is_some_and(|first| first.n != log.acked + 1) {
        return Err(Error::at(&refusal::LOG_GAP, log.acked));
    }
    Ok(())
}

/// Checks the chain from the end of the log on. Every link hashes the one before it, so the signature
/// of the last one speaks for all; those between are kept as they came.
pub fn verified(log: &Installation, entries: &[Entry]) -> Result<Vec<Position>> {
    let wrong = || Error::at(&refusal::LOG_SIGNATURE, log.acked);
    let key = VerifyingKey::from_bytes(&log.log_key).map_err(|_| wrong())?;
    let mut previous = log.link.as_str();
    let mut positions = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.link != link(previous, log.id, entry.n, entry.id, &entry.body) {
            return Err(wrong());
        }
        let bytes = hex::decode(&entry.link).map_err(|_| wrong())?;
        let signature = hex::decode(&entry.signature).map_err(|_| wrong())?;
        Signature::from_slice(&signature).map_err(|_| wrong())?;
        previous = &entry.link;
        positions.push(Position {
            n: entry.n,
            command: entry.id,
            link: bytes,
            signature,
        });
    }
    if let Some(last) = positions.last() {
        let signed = Signature::from_slice(&last.signature).map_err(|_| wrong())?;
        key.verify_strict(&last.link, &signed)
            .map_err(|_| wrong())?;
    }
    Ok(positions)
}

/// A new entry with the hash of its content.
pub struct Content<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// See [`super::Tables::content_hash`].
    pub hash: Vec<u8>,
}

/// The ids that the entries are kept under: their commands' own, but where another content stands
/// there already (`known`, or earlier in the same push) one that is derived from the content.
pub fn names(contents: &[Content], known: &BTreeMap<Id, Vec<u8>>) -> Vec<Id> {
    let mut known = known.clone();
    let names = contents.iter().map(|content| {
        let stands = known
            .entry(content.entry.id)
            .or_insert_with(|| content.hash.clone());
        match *stands == content.hash {
            true => content.entry.id,
            false => {
                let label = format!("content {}", hex::encode(&content.hash));
                content.entry.id.derive(&label)
            }
        }
    });
    names.collect()
}

/// The commands that were never seen, each once, in their order. What is known with the same
/// content has its outcome already.
pub fn fresh_works(
    log: &Installation,
    contents: Vec<Content>,
    names: &[Id],
    known: &mut BTreeMap<Id, Vec<u8>>,
    hold: Option<&Reason>,
) -> Vec<Work> {
    let feed: Option<&Division> = log.community.as_ref();
    let mut works = Vec::new();
    for (content, name) in contents.into_iter().zip(names) {
        let entry = content.entry;
        if known.insert(*name, content.hash).is_some() {
            continue;
        }
        let mut work = Work::new(*name, log.id, feed.cloned(), entry.body.clone());
        work.hold(hold);
        work.other = (*name != entry.id).then_some(entry.id);
        works.push(work);
    }
    works
}
