//! A transaction on the tables in memory: reads see what is committed, locks are held until the end,
//! and every call is a moment at which another transaction, or a crash, may come in between.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use center::Result;
use domain::Document;

use super::tables::{Data, Lock, Shared, held};

/// What a transaction fails with whose command was written by another one meanwhile.
pub const TAKEN: &str = "command_pkey";

type Write = Box<dyn FnOnce(&mut Data) + Send>;

/// One transaction.
pub struct Memory {
    pub database: Shared,
    id: u64,
    pub writes: Mutex<Vec<Write>>,
}

impl Memory {
    pub fn begin(database: &Shared) -> Memory {
        let mut open = held(database);
        open.transactions += 1;
        Memory {
            database: Arc::clone(database),
            id: open.transactions,
            writes: Mutex::default(),
        }
    }

    pub fn write(&mut self, write: impl FnOnce(&mut Data) + Send + 'static) {
        let writes = self.writes.get_mut();
        writes
            .unwrap_or_else(PoisonError::into_inner)
            .push(Box::new(write));
    }

    /// What is committed, after others have had their turn.
    pub async fn read<T>(&self, look: impl FnOnce(&Data) -> T) -> Result<T> {
        turn().await;
        Ok(look(&held(&self.database).data))
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
