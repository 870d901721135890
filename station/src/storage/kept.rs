//! What is remembered of backups and checks: in the store, so that it is shown also while the
//! stick is away.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use domain::Reason;
use serde::{Deserialize, Serialize};

use super::upkeep::reason;
use crate::backup::Found;
use crate::error::Result;
use crate::store::Store;

const BACKUP: &str = "storage_backup";
const CHECK: &str = "storage_check";
const PAGES: &str = "storage_pages";

/// Everything remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Backups.
    pub backup: Option<BackupKept>,
    /// The deep check.
    pub check: Option<CheckKept>,
    /// Looking at the sealed pages.
    pub pages: PagesKept,
}

/// Backups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupKept {
    /// The last good one.
    pub good: Option<GoodBackup>,
    /// The last try …
    pub tried_at: DateTime<Utc>,
    /// … and why it failed, if it did.
    pub failed: Option<Reason>,
}

/// A backup that was looked at after it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodBackup {
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The last entry of the log in it.
    pub log_last: u64,
    /// Where it lies.
    pub folder: PathBuf,
}

/// The last deep check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckKept {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// What was found; nothing is good.
    pub findings: Vec<String>,
}

/// How far the sealed pages were looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PagesKept {
    /// The last one of this round, by hash.
    pub after: String,
    /// When the last whole round ended.
    pub at: Option<DateTime<Utc>>,
}

impl BackupKept {
    /// When the last try was.
    pub fn tried_at(&self) -> DateTime<Utc> {
        self.tried_at
    }
}

impl Kept {
    /// As remembered.
    pub fn load(store: &Store) -> Result<Kept> {
        Ok(Kept {
            backup: read(store, BACKUP)?,
            check: read(store, CHECK)?,
            pages: read(store, PAGES)?.unwrap_or_default(),
        })
    }

    /// Remembers a try of a backup to `folder`.
    pub fn note_backup(
        store: &Store,
        folder: &Path,
        now: DateTime<Utc>,
        outcome: &Result<Found>,
    ) -> Result<()> {
        let before: Option<BackupKept> = read(store, BACKUP)?;
        let good = match outcome {
            Ok(found) => Some(GoodBackup {
                made_at: found.manifest.made_at,
                log_last: found.manifest.log.last,
                folder: folder.to_owned(),
            }),
            Err(_) => before.and_then(|before| before.good),
        };
        let kept = BackupKept {
            good,
            tried_at: now,
            failed: outcome.as_ref().err().map(reason),
        };
        write(store, BACKUP, &kept)
    }

    /// Remembers a deep check.
    pub fn note_check(store: &Store, kept: CheckKept) -> Result<()> {
        write(store, CHECK, &kept)
    }

    /// Remembers how far the pages were looked at.
    pub fn note_pages(store: &Store, kept: &PagesKept) -> Result<()> {
        write(store, PAGES, kept)
    }
}

fn read<T: serde::de::DeserializeOwned>(store: &Store, name: &str) -> Result<Option<T>> {
    let text = store.meta(name)?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

fn write<T: Serialize>(store: &Store, name: &str, kept: &T) -> Result<()> {
    store.set_meta(name, &serde_json::to_string(kept)?)
}
