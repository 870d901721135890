//! The station's database: SQLCipher, WAL, every commit synced before it returns. One writer, two
//! readers. SQL stands in one file a table; what must agree is one transaction. What is saved is in
//! the journal too before a write returns (`journaled`).

pub mod audit;
mod check;
mod copy;
pub mod draft;
pub mod draft_page;
pub mod entity;
mod journaled;
pub mod key_fill;
pub mod meta;
mod new_log;
pub mod notice_told;
mod open;
pub mod outbox;
pub mod outbox_days;
pub mod outgoing;
pub mod page_lost;
pub mod page_out;
pub mod person_key;
#[cfg(test)]
mod pretend;
mod rebuilt;
pub mod rekey;
pub mod removed;
pub mod salvage;
mod schema;
pub mod snapshot_part;
mod stamp;
pub mod standing;
pub mod unread_fact;
mod upkeep;
pub mod wal;
pub mod whole;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use domain::sync::{Entry, FeedAt, LogAt, Unsent};
use domain::{Catalog, Division, Reason};
use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::error::{Error, Result};
use crate::keys::{Keys, Secret, keyed_hash};
use crate::storage::Ballast;

pub use copy::{
    copy, forget_before_migration, keep_before_migration, kept_before_migration, log_of, prove,
};
use journaled::Journaling;
pub use journaled::{Agreed, JournalState};
pub use meta::Tried;
pub use page_out::PageOut;
pub use stamp::{Stamp, Tx};

/// A station's database.
pub struct Store {
    path: PathBuf,
    // Closed before the writer: only a connection that may write folds the log into the file when
    // it is the last to go.
    readers: [Mutex<Connection>; 2],
    writer: Mutex<Connection>,
    search_key: Secret,
    stamp: Stamp,
    catalog: Arc<Catalog>,
    here: OnceLock<Division>,
    journaling: Mutex<Journaling>,
    ballast: OnceLock<Ballast>,
    /// Damage was met: nothing is written any more.
    damaged: AtomicBool,
    /// Counts writes, so that idle moments are known.
    writes: AtomicU64,
    /// Held while the file must not change under somebody who reads it page by page.
    folding: Mutex<()>,
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
            stamp: Stamp::new(keys.audit.clone()),
            catalog,
            here: OnceLock::new(),
            journaling: Mutex::default(),
            ballast: OnceLock::new(),
            damaged: AtomicBool::new(false),
            writes: AtomicU64::new(0),
            folding: Mutex::new(()),
        })
    }

    /// Says which community this is: its residents are found first. Once, before facts are folded.
    pub fn set_here(&self, community: &Division) {
        let _ = self.here.set(community.clone());
    }

    /// The community of this station, once said.
    pub(crate) fn here(&self) -> Option<&Division> {
        self.here.get()
    }

    /// What was needed could be read: from now on the log is folded into the file when the store is
    /// closed. A store that turns out unreadable stays, with its log, byte for byte as it was found.
    pub fn trust(&self) -> Result<()> {
        open::fold_on_close(&held(&self.writer), true)?;
        self.count_boot()
    }

    /// Who acts and when: what audit records are stamped with.
    pub fn stamp(&self) -> &Stamp {
        &self.stamp
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
    pub(crate) fn write<T>(&self, act: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
        if self.is_damaged() {
            return Err(self.unreadable("damage was met while it was open"));
        }
        if let Some(ballast) = self.ballast.get() {
            ballast.mind_room();
        }
        self.writes.fetch_add(1, Ordering::Relaxed);
        let mut writer = held(&self.writer);
        let outcome = self.commit(&mut writer, act);
        if let Err(error) = &outcome {
            self.mind(error, &writer);
        } else {
            self.follow(&writer);
        }
        outcome
    }

    fn commit<T>(&self, writer: &mut Connection, act: impl FnOnce(&Tx) -> Result<T>) -> Result<T> {
        let transaction = Transaction::new(writer, TransactionBehavior::Immediate)?;
        let tx = Tx::new(transaction, &self.stamp);
        let outcome = act(&tx)?;
        self.commit_beside(tx)?;
        Ok(outcome)
    }

    /// Reads from one moment of the database, beside the writer.
    pub(crate) fn read<T>(&self, look: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let [first, second] = &self.readers;
        let mut reader = first.try_lock().unwrap_or_else(|_| held(second));
        let outcome = reader
            .transaction()
            .map_err(Error::from)
            .and_then(|transaction| look(&transaction));
        drop(reader);
        if let Err(error) = &outcome
            && error.is_damage()
        {
            self.mind(error, &held(&self.writer));
        }
        outcome
    }

    /// Damage was met: nothing is written any more, and the file stays as it is.
    pub fn is_damaged(&self) -> bool {
        self.damaged.load(Ordering::Relaxed)
    }

    /// A full disk gives up its ballast, so that the next try is saved; a damaged database is never
    /// written to again.
    fn mind(&self, error: &Error, writer: &Connection) {
        if error.code() == "store.disk_full"
            && let Some(ballast) = self.ballast.get()
        {
            ballast.release();
        }
        if error.is_damage() && !self.damaged.swap(true, Ordering::Relaxed) {
            tracing::error!(%error, "the database is damaged");
            if let Err(error) = open::fold_on_close(writer, false) {
                tracing::error!(%error, "the log would be folded into the damaged database");
            }
        }
    }

    fn unreadable(&self, why: &str) -> Error {
        open::unreadable(&self.path, why)
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

    /// The next page whose preview has to be sent.
    pub fn preview_to_send(&self) -> Result<Option<PageOut>> {
        self.read(page_out::unseen)
    }

    /// The centre has this page's preview, or there is none.
    pub fn preview_sent(&self, sha256: &str) -> Result<()> {
        self.write(|tx| page_out::set_previewed(tx, sha256))
    }

    /// The centre has this page, whole and re-hashed.
    pub fn page_sent(&self, sha256: &str) -> Result<()> {
        self.write(|tx| page_out::set_sent(tx, sha256))
    }

    /// Pages that the centre waits for and was said to have are offered once more.
    pub fn offer_pages_again(&self) -> Result<()> {
        self.write(|tx| page_out::offer_again(tx))
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
}

/// A poisoned lock is no reason to stop: its transaction was rolled back when it was dropped.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
