//! Where a station's data lie and how they are opened: the database, the journal in another folder,
//! backups in a third; room that is kept for a full disk; what is done in idle moments; and what is
//! done when the database cannot be read.

/// Codes of this module: what the operator has to know of, and what a chosen folder may be wrong in.
pub const CODES: &[&str] = &[
    "storage.damaged",
    "storage.disk_low",
    "storage.inside",
    "storage.journal_away",
    "storage.no_backup",
    "storage.not_a_folder",
    "storage.pages_lost",
    "storage.restored",
];

mod ballast;
mod kept;
mod open;
pub mod pages;
mod places;
mod rebuild;
mod upkeep;

pub use ballast::{Ballast, Room};
pub use kept::{BackupKept, CheckKept, GoodBackup, Kept};
pub use open::{BLOBS, Opened, journal, open, open_installation, seal_installation, set_aside};
pub(crate) use open::{STORE, refuse_rotten_log};
pub use places::Places;
pub use rebuild::{Base, Rebuilt, Step, rebuild};
pub use upkeep::{Doing, Upkeep};
