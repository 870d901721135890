//! A station's push: the chain is checked, what is new is decided, all in one transaction. A batch
//! that fails as a whole is taken one by one, and the command it fails on is held.

use std::collections::BTreeMap;

use domain::sync::{Entry, Push, PushReply, link};
use domain::{Division, Id, Reason};
use ed25519_dalek::{Signature, VerifyingKey};

use super::{Plan, Work, take};
use crate::Center;
use crate::database;
use crate::error::{Error, Result};
use crate::refusal::{self, COMMAND_POISONOUS};
use crate::store::installation::Installation;
use crate::store::{self, log::Position};

/// Times that a transaction is tried when another was in its way.
const TRIES: usize = 4;

/// What became of a batch.
struct Taken {
    acked: u64,
    plan: Plan,
    /// The next entry has a known id and another content.
    conflict: bool,
}

impl Center {
    /// Takes a push of an installation.
    pub async fn push(&self, installation: Id, push: Push) -> Result<PushReply> {
        let numbers = (push.from..).zip(&push.commands);
        if push.from == 0 || numbers.into_iter().any(|(n, entry)| entry.n != n) {
            return Err(Error::Refused(&refusal::REQUEST_MALFORMED));
        }
        let acked = match self.attempt(installation, &push.commands, None).await {
            Err(error) if error.is_data() => {
                tracing::warn!(%error, "a batch failed and is taken one by one");
                self.one_by_one(installation, &push.commands).await?
            }
            other => other?,
        };
        self.settle_waiting().await;
        Ok(PushReply { acked })
    }

    async fn one_by_one(&self, installation: Id, entries: &[Entry]) -> Result<u64> {
        let mut acked = 0;
        for entry in entries {
            let one = std::slice::from_ref(entry);
            acked = match self.attempt(installation, one, None).await {
                Err(error) if error.is_data() => {
                    tracing::error!(%error, command = %entry.id, "a command is held");
                    let reason = Reason::new(COMMAND_POISONOUS);
                    self.attempt(installation, one, Some(&reason)).await?
                }
                other => other?,
            };
        }
        Ok(acked)
    }

    async fn attempt(
        &self,
        installation: Id,
        entries: &[Entry],
        hold: Option<&Reason>,
    ) -> Result<u64> {
        let mut tries = 1;
        let taken = loop {
            match self.once(installation, entries, hold).await {
                Err(error) if error.is_collision() && tries < TRIES => tries += 1,
                other => break other?,
            }
        };
        self.news.announce(grown(&taken.plan));
        if taken.conflict {
            return Err(Error::at(&refusal::LOG_CONFLICT, taken.acked));
        }
        Ok(taken.acked)
    }

    async fn once(
        &self,
        installation: Id,
        entries: &[Entry],
        hold: Option<&Reason>,
    ) -> Result<Taken> {
        let mut client = self.database.decide().await?;
        let tx = database::begin(&mut client).await?;
        let log = store::installation::lock(&tx, installation)
            .await?
            .ok_or(Error::Refused(&refusal::STATION_UNKNOWN))?;
        if log.revoked_at.is_some() {
            return Err(Error::Refused(&refusal::STATION_REVOKED));
        }
        let known = entries
            .iter()
            .take_while(|entry| entry.n <= log.acked)
            .count();
        let (known, fresh) = entries.split_at(known);
        if let Some(last) = known.last() {
            let links = store::log::links(&tx, installation, &[last.n]).await?;
            if links.first().is_some_and(|(_, link)| *link != last.link) {
                return Err(Error::at(&refusal::LOG_FORK, log.acked));
            }
        }
        if fresh.first().is_some_and(|first| first.n != log.acked + 1) {
            return Err(Error::at(&refusal::LOG_GAP, log.acked));
        }
        let mut positions = verified(&log, fresh)?;
        let ids: Vec<_> = fresh.iter().map(|entry| entry.id).collect();
        let mut hashes = store::command::hashes(&tx, &ids).await?;
        let feed = log.community.as_ref();
        let works = self.new_works(installation, feed, fresh, &mut hashes, hold);
        let conflict = works.conflict_at.is_some();
        positions.truncate(works.conflict_at.unwrap_or(positions.len()));
        let Some(last) = positions.last() else {
            let (acked, plan) = (log.acked, Plan::default());
            return Ok(Taken {
                acked,
                plan,
                conflict,
            });
        };
        let acked = last.n;
        let plan = take::take(self, &tx, installation, &positions, works.list).await?;
        tx.commit().await?;
        Ok(Taken {
            acked,
            plan,
            conflict,
        })
    }

    /// The commands that were never seen, up to the first whose id is known with other content.
    fn new_works(
        &self,
        installation: Id,
        feed: Option<&Division>,
        entries: &[Entry],
        hashes: &mut BTreeMap<Id, Vec<u8>>,
        hold: Option<&Reason>,
    ) -> Works {
        let mut works = Works::default();
        for (at, entry) in entries.iter().enumerate() {
            let hash = store::command::content_hash(&self.seals, &entry.body);
            match hashes.get(&entry.id) {
                Some(known) if *known == hash => continue,
                Some(_) => {
                    works.conflict_at = Some(at);
                    break;
                }
                None => {}
            }
            hashes.insert(entry.id, hash);
            let body = entry.body.clone();
            let mut work = Work::new(entry.id, installation, feed.cloned(), body);
            work.hold = hold.cloned();
            works.list.push(work);
        }
        works
    }
}

#[derive(Default)]
struct Works {
    list: Vec<Work>,
    conflict_at: Option<usize>,
}

/// The feeds that a plan made longer.
pub fn grown(plan: &Plan) -> Vec<Division> {
    let mut feeds: Vec<_> = plan.told.iter().map(|(feed, _)| feed.clone()).collect();
    feeds.sort();
    feeds.dedup();
    feeds
}

/// Checks the chain from the end of the log on. Every link hashes the one before it, so the signature
/// of the last one speaks for all; those between are kept as they came.
fn verified(log: &Installation, entries: &[Entry]) -> Result<Vec<Position>> {
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
