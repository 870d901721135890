//! What the storage page and the recovery page show.

use chrono::{DateTime, Utc};
use domain::Reason;
use serde::Serialize;
use ts_rs::TS;

use super::RecoveryView;

/// Where the station's data lie and how they are.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct StorageView {
    /// The database.
    pub database: DatabaseView,
    /// The journal.
    pub journal: JournalView,
    /// Backups.
    pub backups: BackupsView,
    /// Room on the disk.
    pub room: RoomView,
    /// Sealed pages that cannot be opened any more and that are nowhere else.
    #[ts(type = "number")]
    pub pages_lost: u64,
    /// When the store was restored, while the centre has not said yet that its log goes on.
    pub restored_at: Option<DateTime<Utc>>,
}

/// The database.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct DatabaseView {
    /// Where its file lies.
    pub path: String,
    /// The file with its log.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// The last entry of the log.
    #[ts(type = "number")]
    pub log_last: u64,
    /// When every page was last looked at.
    pub checked_at: Option<DateTime<Utc>>,
    /// What was found then; nothing is good.
    pub findings: Vec<String>,
    /// It is being looked at.
    pub checking: bool,
    /// Damage was met: nothing is written any more.
    pub damaged: bool,
}

/// The journal.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct JournalView {
    /// Its folder.
    pub folder: String,
    /// The folder was chosen; else it lies beside the station's own.
    pub chosen: bool,
    /// Its last entry.
    #[ts(type = "number")]
    pub last: u64,
    /// The last entry that is in a verified backup of the centre: what lies beyond is kept here.
    #[ts(type = "number")]
    pub durable: u64,
    /// Its size on the disk.
    #[ts(type = "number")]
    pub size_bytes: u64,
    /// Why it cannot be written to.
    pub trouble: Option<Reason>,
}

/// Backups.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct BackupsView {
    /// Their folder.
    pub folder: String,
    /// The folder was chosen; else it lies beside the station's own, on the same disk.
    pub chosen: bool,
    /// When the last good one was made, wherever it lies.
    pub last_good: Option<DateTime<Utc>>,
    /// Why the last try failed.
    pub trouble: Option<Reason>,
    /// One is being made.
    pub running: bool,
    /// Those in the folder, the newest first.
    pub lines: Vec<BackupLine>,
}

/// A backup in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BackupLine {
    /// Where it lies.
    pub folder: String,
    /// Whose it is.
    pub community_name: String,
    /// When it was made.
    pub made_at: DateTime<Utc>,
    /// The last entry of the log in it.
    #[ts(type = "number")]
    pub log_last: u64,
    /// Pictures in it that the centre did not have yet.
    #[ts(type = "number")]
    pub pages: u64,
    /// Its size.
    #[ts(type = "number")]
    pub size_bytes: u64,
}

/// Room on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RoomView {
    /// What may still be written.
    #[ts(type = "number")]
    pub free_bytes: u64,
    /// What the disk holds in all.
    #[ts(type = "number")]
    pub total_bytes: u64,
    /// Less is free than is wanted.
    pub is_low: bool,
    /// Room that is kept for a full disk …
    #[ts(type = "number")]
    pub ballast_bytes: u64,
    /// … and whether it is there, or was given up.
    pub ballast_there: bool,
}

/// What is there to make a store from that cannot be opened.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RebuildView {
    /// The database's file is there, if damaged.
    pub database_there: bool,
    /// The journal is there.
    pub journal_there: bool,
    /// Its folder.
    pub journal_folder: String,
    /// How far a rebuild is, while one runs.
    pub step: Option<RebuildStep>,
}

/// How far a rebuild is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RebuildStep {
    /// Looking for the best that is left.
    Looking,
    /// Bringing back what the journal has.
    Journal,
    /// Looking at every page of the new database.
    Checking,
}

/// What became of a rebuild.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct RebuiltView {
    /// `own`, `backup`, `older_layout` or `nothing`: what it was made from.
    pub base: String,
    /// When the backup was made that it was made from.
    pub made_at: Option<DateTime<Utc>>,
    /// The last entry of its log.
    #[ts(type = "number")]
    pub log_last: u64,
    /// Commands that the journal brought back.
    #[ts(type = "number")]
    pub brought_back: u64,
    /// Forms that were taken out of the damaged file.
    #[ts(type = "number")]
    pub forms: u64,
    /// Everything that was saved is there; else the centre must be asked first.
    pub is_complete: bool,
    /// Where the damaged file is kept.
    pub kept: Option<String>,
}

/// What there is to restore, before anybody has logged in.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RestoreView {
    /// Sticks and folders with backups.
    pub places: Vec<BackupPlace>,
    /// The backup that was chosen.
    pub chosen: Option<RestoreChosen>,
    /// How far the restore is, while it runs.
    pub step: Option<RebuildStep>,
}

/// A stick or folder with backups in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct BackupPlace {
    /// Where.
    pub folder: String,
    /// What is there, by its own word, the newest first.
    pub backups: Vec<BackupLine>,
}

/// The backup that was chosen, and who may open it.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct RestoreChosen {
    /// Which.
    pub backup: BackupLine,
    /// It is still plugged in.
    pub there: bool,
    /// A password opens it here: this is the machine that it comes from.
    pub by_password: bool,
    /// Whose passwords, the printed code, and the request to the officers.
    pub recovery: RecoveryView,
}
