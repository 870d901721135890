//! A transaction on the tables in memory: reads see what is committed, locks are held until the end,
//! and every call is a moment at which another transaction, or a crash, may come in between.

#[cfg(debug_assertions)]
use std::collections::BTreeMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use center::{Error, Result};
use domain::Document;
#[cfg(debug_assertions)]
use domain::{
    Division, Fact,
    sync::{FeedAt, first_sum},
};

use super::tables::{Data, Lock, Shared, held};

/// What a transaction fails with whose command was written by another one meanwhile.
pub const TAKEN: &str = "command_pkey";

pub type Write = Box<dyn FnOnce(&mut Data) + Send>;

/// One transaction.
pub struct Memory {
    pub database: Shared,
    id: u64,
    /// It holds locks: what it takes now may come out of order.
    locks: bool,
    writes: Mutex<Vec<Write>>,
}

impl Memory {
    pub fn begin(database: &Shared) -> Memory {
        let mut open = held(database);
        open.transactions += 1;
        Memory {
            database: Arc::clone(database),
            id: open.transactions,
            locks: false,
            writes: Mutex::default(),
        }
    }

    pub fn write(&mut self, write: impl FnOnce(&mut Data) + Send + 'static) {
        let writes = self.writes.get_mut();
        writes
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::new(write));
    }

    /// What it wrote, taken out of it.
    pub fn written(&mut self) -> Vec<Write> {
        let writes = self.writes.get_mut();
        std::mem::take(writes.unwrap_or_else(PoisonError::into_inner))
    }

    /// What is committed, after others have had their turn.
    pub async fn read<T>(&self, look: impl FnOnce(&Data) -> T) -> Result<T> {
        turn().await;
        Ok(look(&held(&self.database).data))
    }

    /// Takes the locks of documents, sorted.
    pub async fn take_in_order(&mut self, keys: &[Vec<u8>]) -> Result<()> {
        for key in keys {
            turn().await;
            let lock = (1, key.clone());
            // Out of order, two could wait for each other for ever: one gives way and begins again.
            if self.locks && self.is_taken(&lock) {
                return Err(Error::Fault(TAKEN.to_owned()));
            }
            self.take(lock).await;
        }
        self.locks = true;
        Ok(())
    }

    /// Numbers from a sequence, locking nothing: a planted bug.
    #[cfg(debug_assertions)]
    pub fn draw(&mut self, told: &[(Division, Fact)]) -> BTreeMap<Division, FeedAt> {
        let mut open = held(&self.database);
        let mut counts: BTreeMap<Division, u64> = BTreeMap::new();
        for (feed, _) in told {
            *counts.entry(feed.clone()).or_default() += 1;
        }
        let mut drawn = BTreeMap::new();
        for (feed, count) in counts {
            let head = open.data.heads.get(&feed);
            let sum = head.map_or_else(first_sum, |at| at.sum.clone());
            let next = open.sequences.entry(feed.clone()).or_default();
            drawn.insert(feed, FeedAt { seq: *next, sum });
            *next += count;
        }
        drawn
    }

    /// Whether somebody else holds a lock.
    fn is_taken(&self, lock: &Lock) -> bool {
        let open = held(&self.database);
        open.locks
            .get(lock)
            .is_some_and(|holder| *holder != self.id)
    }

    pub async fn take(&self, lock: Lock) {
        poll_fn(|_| {
            let mut open = held(&self.database);
            match open.locks.get(&lock) {
                Some(holder) if *holder != self.id => Poll::Pending,
                _ => {
                    open.locks.insert(lock.clone(), self.id);
                    Poll::Ready(())
                }
            }
        })
        .await;
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        let id = self.id;
        held(&self.database).locks.retain(|_, holder| *holder != id);
    }
}

/// Lets others go first, once.
pub async fn turn() {
    let mut waited = false;
    poll_fn(|_| match std::mem::replace(&mut waited, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

/// What everything about the carriers of a document is locked under.
pub fn key_of(document: &Document) -> Vec<u8> {
    format!("{:?}/{}", document.kind, document.number).into_bytes()
}
