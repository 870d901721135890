//! What is done in idle moments, on a thread of its own while the desk is open: the log is folded
//! into the database, the journal completed and tidied, room taken back, pages looked at, backups
//! made when they are due, the database looked at page by page. Each can also be asked for.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use audit::Event;
use chrono::{DateTime, Utc};

use super::kept::{BackupKept, CheckKept, Kept};
use super::{Places, journal, pages};
use crate::backup;
use crate::desk::Desk;
use crate::error::{Error, Result};

/// How often it looks whether there is something to do.
const LOOK: Duration = Duration::from_secs(5);
/// Nothing was written for so long: the counter is idle.
const IDLE: Duration = Duration::from_secs(20);
const BACKUP_DUE: chrono::TimeDelta = chrono::TimeDelta::hours(20);
const CHECK_DUE: chrono::TimeDelta = chrono::TimeDelta::days(7);

/// What it does now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Doing {
    /// Making a backup, or about to.
    pub backing_up: bool,
    /// Looking at every page of the database, or about to.
    pub checking: bool,
}

/// Where it is told that something has changed.
pub type Tell = Arc<dyn Fn() + Send + Sync>;

/// The running upkeep. Dropping it ends it after the step it is at.
pub struct Upkeep {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    desk: Arc<Desk>,
    folder: PathBuf,
    tell: Tell,
    doing: Mutex<Doing>,
    bell: Condvar,
    stop: AtomicBool,
    stop_check: AtomicBool,
}

impl Upkeep {
    /// Starts the thread. Fails only when the system gives none.
    pub fn start(desk: Arc<Desk>, folder: PathBuf, tell: Tell) -> std::io::Result<Upkeep> {
        let shared = Arc::new(Shared {
            desk,
            folder,
            tell,
            doing: Mutex::default(),
            bell: Condvar::new(),
            stop: AtomicBool::new(false),
            stop_check: AtomicBool::new(false),
        });
        let theirs = shared.clone();
        let thread = std::thread::Builder::new().name("upkeep".to_owned());
        Ok(Upkeep {
            thread: Some(thread.spawn(move || theirs.run())?),
            shared,
        })
    }

    /// What it does now.
    pub fn doing(&self) -> Doing {
        *self.shared.doing()
    }

    /// A backup, as soon as it gets to it.
    pub fn back_up(&self) {
        self.shared.doing().backing_up = true;
        self.shared.bell.notify_all();
    }

    /// A deep check, as soon as it gets to it.
    pub fn check(&self) {
        self.shared.stop_check.store(false, Ordering::Relaxed);
        self.shared.doing().checking = true;
        self.shared.bell.notify_all();
    }

    /// No deep check now.
    pub fn stop_check(&self) {
        self.shared.stop_check.store(true, Ordering::Relaxed);
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.shared.stop_check.store(true, Ordering::Relaxed);
        self.shared.bell.notify_all();
        let Some(thread) = self.thread.take() else {
            return;
        };
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the upkeep ended in a panic");
        }
    }
}

impl Shared {
    fn doing(&self) -> MutexGuard<'_, Doing> {
        self.doing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn run(&self) {
        let (mut writes, mut since) = (self.desk.store.writes(), Instant::now());
        let mut folded = None;
        while !self.stopped() {
            let waited = self.bell.wait_timeout(self.doing(), LOOK);
            let asked = *waited.unwrap_or_else(PoisonError::into_inner).0;
            if self.stopped() {
                break;
            }
            let now = Utc::now();
            if asked.backing_up {
                self.did("backup", self.back_up(now));
            }
            if asked.checking {
                self.did("check", self.check(now));
            }
            self.did("journal", self.find_journal(now));
            let store = &self.desk.store;
            if store.writes() != writes {
                (writes, since) = (store.writes(), Instant::now());
            }
            if since.elapsed() < IDLE || store.is_damaged() {
                continue;
            }
            if folded != Some(writes) {
                self.did("checkpoint", store.checkpoint());
                self.did("journal", store.tidy_journal());
                folded = Some(writes);
            }
            self.did("idle", self.idle(now));
            // What upkeep itself has written does not end the idle moment.
            writes = store.writes();
        }
    }

    fn did(&self, what: &str, outcome: Result<()>) {
        if let Err(error) = outcome {
            tracing::warn!(%error, what, "upkeep failed");
        }
    }

    /// What is due, one thing at a time.
    fn idle(&self, now: DateTime<Utc>) -> Result<()> {
        let store = &self.desk.store;
        if let Some(ballast) = store.ballast() {
            ballast.restore()?;
        }
        let kept = Kept::load(store)?;
        let past = |at: Option<DateTime<Utc>>, due| at.is_none_or(|at| now - at > due || at > now);
        if past(kept.backup.as_ref().map(BackupKept::tried_at), BACKUP_DUE) {
            self.back_up(now)?;
        } else if past(kept.check.as_ref().map(|check| check.at), CHECK_DUE) {
            self.check(now)?;
        } else if pages::look_at_some(&self.desk, &self.folder, now)? {
            (self.tell)();
        }
        Ok(())
    }

    /// Makes a backup; the outcome is kept, also where it failed.
    fn back_up(&self, now: DateTime<Utc>) -> Result<()> {
        self.doing().backing_up = true;
        (self.tell)();
        let desk = &self.desk;
        let places = Places::load(&self.folder);
        let to = places.backups_of(&self.folder);
        let source = backup::Source {
            folder: &self.folder,
            store: &desk.store,
            blobs: &desk.blobs,
            installation: &desk.installation,
            keys: &desk.keys,
        };
        let outcome = backup::make(&source, &to, &places, now);
        let noted = Kept::note_backup(&desk.store, &to, now, &outcome);
        self.doing().backing_up = false;
        (self.tell)();
        let made = outcome?.manifest;
        let bytes = made.files.iter().map(|file| file.size_bytes).sum();
        desk.store.note(&Event::BackupMade { bytes })?;
        noted
    }

    /// Looks at every page of the database; the outcome is kept. What is damaged is not written to
    /// any more.
    fn check(&self, now: DateTime<Utc>) -> Result<()> {
        self.doing().checking = true;
        (self.tell)();
        let desk = &self.desk;
        let outcome = desk.store.check(&desk.keys, &self.stop_check);
        self.doing().checking = false;
        let findings = match outcome {
            Ok(Some(findings)) => findings,
            Ok(None) => {
                (self.tell)();
                return Ok(());
            }
            Err(error) => {
                (self.tell)();
                return Err(error);
            }
        };
        let good = findings.is_empty();
        let noted = Kept::note_check(&desk.store, CheckKept { at: now, findings });
        if good {
            crate::store::forget_before_migration(desk.store.path())?;
        } else {
            tracing::error!("the deep check found the database damaged");
            desk.store.condemn();
        }
        (self.tell)();
        noted
    }

    /// A journal that was away, its stick having been pulled out, is looked for again.
    fn find_journal(&self, now: DateTime<Utc>) -> Result<()> {
        let store = &self.desk.store;
        if store.journal_state().trouble.is_none() || store.is_damaged() {
            return Ok(());
        }
        let folder = Places::load(&self.folder).journal_of(&self.folder);
        let desk = &self.desk;
        journal(store, &folder, &desk.installation, &desk.keys, now)?;
        if store.journal_state().trouble.is_none() {
            (self.tell)();
        }
        Ok(())
    }
}

/// The reason of a failure, for people.
pub(super) fn reason(error: &Error) -> domain::Reason {
    match error {
        Error::Coded { reason, .. } => reason.clone(),
        other => domain::Reason::new(other.code()),
    }
}
