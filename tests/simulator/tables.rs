//! The city's tables in memory: what is committed, who holds which lock, and how the next commits
//! end.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use center::store::blob::Blob;
use center::store::installation::Installation;
use center::store::staff::Member;
use center::sync::greet::Last;
use domain::snapshot::File;
use domain::sync::{FeedAt, FeedFact, first_sum};
use domain::{Case, Division, Id, Outcome, Person, Reason};

use super::ground::Ordered;

/// A command as it is kept.
#[derive(Clone, Debug)]
pub struct Row {
    pub installation: Id,
    pub feed: Option<Division>,
    pub body: String,
    pub outcome: Outcome,
    pub facts: usize,
}

/// Everything that is committed.
#[derive(Clone, Default)]
pub struct Data {
    pub installations: BTreeMap<Id, Installation>,
    pub log: BTreeMap<(Id, u64), (Id, String)>,
    pub commands: BTreeMap<Id, Row>,
    pub held: BTreeMap<Id, (Reason, Option<Id>)>,
    pub people: BTreeMap<Id, Person>,
    /// Document key and person, and whether the number is shared.
    pub identities: BTreeMap<(Vec<u8>, Id), bool>,
    /// Document keys, and those that are locked with them.
    pub joined: BTreeMap<Vec<u8>, BTreeSet<Vec<u8>>>,
    pub carried: BTreeMap<Id, BTreeSet<Division>>,
    pub cases: BTreeMap<Id, Case>,
    pub heads: BTreeMap<Division, FeedAt>,
    pub facts: BTreeMap<(Division, u64), FeedFact>,
    pub stored: BTreeSet<(Division, String)>,
    pub blobs: BTreeMap<(Division, String), Blob>,
    pub staff: BTreeMap<Id, Member>,
    /// Of each feed, the newest last.
    pub snapshots: BTreeMap<Division, Vec<File>>,
    /// What was heard of each station last.
    pub contacts: BTreeMap<Id, Last>,
    /// The lease that each was given last: its number, and the hash of its content.
    pub leases: BTreeMap<Id, (u64, Vec<u8>)>,
    pub orders: Vec<Ordered>,
}

impl Data {
    /// Where a feed ends.
    pub fn head(&self, feed: &Division) -> u64 {
        self.heads.get(feed).map_or(0, |at| at.seq)
    }

    /// The same, with its checksum.
    pub fn end(&self, feed: &Division) -> FeedAt {
        let end = self.heads.get(feed).cloned();
        end.unwrap_or_else(|| FeedAt {
            seq: 0,
            sum: first_sum(),
        })
    }

    /// The facts of a feed behind a position.
    pub fn after(&self, feed: &Division, seq: u64, limit: usize) -> Vec<FeedFact> {
        let from = (feed.clone(), seq + 1);
        let rows = self.facts.range(from..=(feed.clone(), u64::MAX));
        rows.take(limit).map(|(_, fact)| fact.clone()).collect()
    }

    /// The checksum at a position.
    pub fn sum(&self, feed: &Division, seq: u64) -> Option<String> {
        match seq {
            0 => Some(first_sum()),
            seq => Some(self.facts.get(&(feed.clone(), seq))?.sum.clone()),
        }
    }
}

/// A kind of row and its key.
pub type Lock = (u8, Vec<u8>);

/// The database: what is committed, and who holds what.
#[derive(Default)]
pub struct Database {
    pub data: Data,
    pub locks: BTreeMap<Lock, u64>,
    pub sequences: BTreeMap<Division, u64>,
    pub transactions: u64,
    /// What the next commits meet: it is done, it is not, or it is done and nobody hears of it.
    pub faults: Vec<Fault>,
    /// What no state may show, as it was met at a commit.
    pub broken: Vec<String>,
    /// The link of every position there ever was.
    links: BTreeMap<(Id, u64), String>,
    pub commits: u64,
    /// Installations of which a disk was copied or put back.
    pub second_lives: BTreeSet<Id>,
    /// What went wrong at the centre, and how often.
    pub counts: BTreeMap<&'static str, u64>,
    /// How far each feed was looked at.
    pub looked: BTreeMap<Division, (u64, String)>,
}

/// How a commit ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// The database went away before it.
    Before,
    /// The database went away after it.
    After,
}

impl Database {
    /// Counts how a commit ends.
    pub fn meet(&mut self, fault: Fault) {
        let what = match fault {
            Fault::None => return,
            Fault::Before => "commits failed",
            Fault::After => "commits unheard",
        };
        *self.counts.entry(what).or_default() += 1;
    }

    /// The centre comes back from a backup: what was said since is forgotten everywhere.
    pub fn restore(&mut self, data: Data) {
        self.links
            .retain(|position, _| data.log.contains_key(position));
        self.sequences.clear();
        self.looked.clear();
        self.locks.clear();
        self.data = data;
    }

    /// Nobody is left who holds a lock.
    pub fn crash(&mut self) {
        self.locks.clear();
    }
}

/// The database, shared by the transactions.
pub type Shared = Arc<Mutex<Database>>;

pub fn held(database: &Shared) -> MutexGuard<'_, Database> {
    database.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Database {
    /// Every position with the link it had first; a second one is told (I7).
    pub fn note_links(&mut self) {
        for (position, (_, link)) in &self.data.log {
            let first = self.links.entry(*position).or_insert_with(|| link.clone());
            if first != link {
                self.broken.push(format!(
                    "I7: position {} of {} has two links",
                    position.1, position.0
                ));
            }
        }
    }
}
