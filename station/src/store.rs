//! The station's database: SQLCipher, WAL, every commit synced before it returns. One writer, two
//! readers. SQL stands in one file a table; what must agree is one transaction.

pub mod draft;
pub mod draft_page;
pub mod entity;
pub mod meta;
mod open;
pub mod outbox;
pub mod page_out;
pub mod person_key;
pub mod removed;
mod schema;
pub mod unread_fact;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Utc};
use domain::sync::{Entry, FeedAt, LogAt, Unsent};
use domain::{Catalog, Reason};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::{Error, Result};
use crate::keys::{Keys, Secret, keyed_hash};

pub use meta::Tried;
pub use page_out::PageOut;

/// A station's database.
pub struct Store {
    path: PathBuf,
    // Closed before the writer: only a connection that may write folds the log into the file when
    // it is the last to go.
    readers: [Mutex<Connection>; 2],
    writer: Mutex<Connection>,
    search_key: Secret,
    catalog: Arc<Catalog>,
}

impl Store {
    /// Makes a new database; refuses to touch a file that is there.
    pub fn create(path: &Path, keys: &Keys, catalog: Arc<Catalog>) -> Result<Store> {
        open::make(path, keys)?;
        let store = Store::open(path, keys, catalog)?;
        store.trust()?;
        Ok(store)
    }

    /// Opens the database that must be there. Never makes one: see `store.missing` and
    /// `store.unreadable`; the file is left as it is.
    pub fn open(path: &Path, keys: &Keys, catalog: Arc<Catalog>) -> Result<Store> {
        let writer = open::writer(path, keys)?;
        let readers = [open::reader(path, keys)?, open::reader(path, keys)?];
        Ok(Store {
            path: path.to_owned(),
            readers: readers.map(Mutex::new),
            writer: Mutex::new(writer),
            search_key: keys.search.clone(),
            catalog,
        })
    }

    /// What was needed could be read: from now on the log is folded into the file when the store is
    /// closed. A store that turns out unreadable stays, with its log, byte for byte as it was found.
    pub fn trust(&self) -> Result<()> {
        open::fold_on_close(&held(&self.writer), true)
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The rules that commands are replayed by.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The key of everybody with this document number: what a command is about.
    pub fn subject(&self, number: &str) -> String {
        keyed_hash(&self.search_key, number)[..32].to_owned()
    }

    /// Runs `act` as one durable transaction: all of it when this returns Ok, nothing otherwise.
    pub(crate) fn write<T>(&self, act: impl FnOnce(&Transaction) -> Result<T>) -> Result<T> {
        let mut writer = held(&self.writer);
        let transaction =
            Transaction::new(&mut writer, TransactionBehavior::Immediate).map_err(Error::from)?;
        let outcome = act(&transaction)?;
        transaction.commit()?;
        Ok(outcome)
    }

    /// Reads from one moment of the database, beside the writer.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let [first, second] = &self.readers;
        let mut reader = first.try_lock().unwrap_or_else(|_| held(second));
        let transaction = reader.transaction()?;
        look(&transaction)
    }

    /// Entries after the last acknowledged one, in order, within both limits (but at least one).
    pub fn outbox_page(&self, limit: usize, limit_bytes: usize) -> Result<Vec<Entry>> {
        self.read(|c| outbox::page(c, meta::acked(c)?, limit, limit_bytes))
    }

    /// The centre's word on how much of the log it has. It may be less than before: a centre
    /// restored from an older copy gets the rest again.
    pub fn set_acked(&self, n: u64) -> Result<()> {
        self.write(|tx| {
            if n > outbox::log_at(tx)?.last {
                return Err(Error::coded("log.conflict"));
            }
            meta::set_number(tx, meta::ACKED, n)
        })
    }

    /// The last entry of the log.
    pub fn log_at(&self) -> Result<LogAt> {
        self.read(outbox::log_at)
    }

    /// The last acknowledged entry.
    pub fn acked(&self) -> Result<u64> {
        self.read(meta::acked)
    }

    /// How far the feed is folded.
    pub fn feed_at(&self) -> Result<FeedAt> {
        self.read(meta::feed_at)
    }

    /// What has not left yet.
    pub fn unsent(&self) -> Result<Unsent> {
        self.read(|c| {
            Ok(Unsent {
                commands: outbox::log_at(c)?.last.saturating_sub(meta::acked(c)?),
                pages: page_out::count_unsent(c)?,
            })
        })
    }

    /// Pages that are not stored at the centre, oldest first.
    pub fn pages_to_send(&self, limit: usize) -> Result<Vec<PageOut>> {
        self.read(|c| page_out::unsent(c, limit))
    }

    /// The centre has this page, whole and re-hashed.
    pub fn page_sent(&self, sha256: &str) -> Result<()> {
        self.write(|tx| page_out::set_sent(tx, sha256))
    }

    /// A single value.
    pub fn meta(&self, name: &str) -> Result<Option<String>> {
        self.read(|c| meta::find(c, name))
    }

    /// Sets a single value.
    pub fn set_meta(&self, name: &str, value: &str) -> Result<()> {
        self.write(|tx| meta::set(tx, name, value))
    }

    /// Why the last try to send failed, and when the next one is: shown on waiting items.
    pub fn note_try(&self, reason: &Reason, next_try: Option<DateTime<Utc>>) -> Result<()> {
        let tried = Tried {
            reason: reason.clone(),
            next_try,
        };
        self.write(|tx| meta::set_tried(tx, &tried))
    }

    /// Moves the log file's pages into the database. For idle moments: keeps it out of saves.
    pub fn checkpoint(&self) -> Result<()> {
        open::checkpoint(&held(&self.writer))
    }
}

#[cfg(test)]
impl Store {
    /// Lets the database grow no more, as a full disk would; or lets it again.
    pub(crate) fn pretend_full(&self, full: bool) {
        let writer = held(&self.writer);
        let pages: u32 = writer
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .expect("the page count is known");
        let most = if full { pages } else { u32::MAX >> 2 };
        let set = format!("PRAGMA max_page_count = {most}");
        writer
            .query_row(&set, [], |_| Ok(()))
            .expect("a limit is set");
    }

    /// As if a newer program had been here.
    pub(crate) fn pretend_newer(&self) {
        let set = held(&self.writer).pragma_update(None, "user_version", schema::latest() + 1);
        set.expect("the version is written");
    }
}

/// A poisoned lock is no reason to stop: its transaction was rolled back when it was dropped.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
