//! `storage.json`: which folders journal and backups lie in, and what room is wanted. It lies beside
//! the keys, in plain: it names no person.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::Result;

const FILE: &str = "storage.json";
const GIB: u64 = 1 << 30;

/// Where things lie. What the file does not say is as [`Places::default`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Places {
    /// Folder of the journal; None for one beside the station's own.
    pub journal: Option<PathBuf>,
    /// Folder of the backups; None for one beside the station's own.
    pub backups: Option<PathBuf>,
    /// The operator is warned when less is free than this …
    pub low_bytes: u64,
    /// … or than this share of the disk.
    pub low_percent: u8,
    /// Given up when the disk is full.
    pub ballast_bytes: u64,
    /// Backups that are kept: the last of each day, for so many days …
    pub keep_days: usize,
    /// … and the last of each week, for so many weeks.
    pub keep_weeks: usize,
}

impl Default for Places {
    fn default() -> Places {
        Places {
            journal: None,
            backups: None,
            low_bytes: 2 * GIB,
            low_percent: 10,
            ballast_bytes: 64 << 20,
            keep_days: 7,
            keep_weeks: 4,
        }
    }
}

impl Places {
    /// As written in the station's folder; a file that is missing or cannot be read says nothing,
    /// since nothing of it is needed to open the store.
    pub fn load(folder: &Path) -> Places {
        let read = disk::read(&folder.join(FILE)).ok();
        let parsed = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        parsed.unwrap_or_default()
    }

    /// Writes it down.
    pub fn save(&self, folder: &Path) -> Result<()> {
        disk::write_whole(&folder.join(FILE), &serde_json::to_vec_pretty(self)?)
    }

    /// Where the journal lies.
    pub fn journal_of(&self, folder: &Path) -> PathBuf {
        let own = || beside(folder, "journal");
        self.journal.clone().unwrap_or_else(own)
    }

    /// Where backups lie.
    pub fn backups_of(&self, folder: &Path) -> PathBuf {
        let own = || beside(folder, "backups");
        self.backups.clone().unwrap_or_else(own)
    }
}

/// A folder beside the station's own: what empties the one leaves the other.
fn beside(folder: &Path, what: &str) -> PathBuf {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    disk::folder_of(folder).join(format!("{name}-{what}"))
}
