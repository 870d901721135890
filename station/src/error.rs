//! The one error of this crate. Every failure a person can meet has a code `area.what`; words for
//! it are in the locale files, cause and cure in `docs/failure-codes.md`.

use std::path::PathBuf;

use domain::Reason;

use crate::view::Failure;

/// What this crate's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong in a station.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    Disk {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        error: std::io::Error,
    },
    /// The database refused.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// The database exists by all signs, and its file is gone.
    #[error("no database at {0}")]
    Missing(PathBuf),
    /// The database is there and cannot be opened. The file is kept.
    #[error("{path}: {why}")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Known by its code, with particulars, and perhaps what it is about.
    #[error("{} {:?}", .reason.code, .reason.with)]
    Coded {
        /// Code and particulars.
        reason: Reason,
        /// The field or material it is about.
        field: Option<String>,
    },
    /// Cannot happen unless the program is wrong.
    #[error("bug: {0}")]
    Bug(String),
}

/// Every code that this crate gives, apart from those of `domain` and `drivers`.
pub const CODES: &[&str] = &[
    "advice.continue_draft",
    "advice.fix_returned",
    "advice.nothing_due",
    "advice.offer_hardship",
    "advice.register_unemployed",
    "advice.wait_for_centre",
    "alert.card_expired",
    "alert.frozen",
    "alert.name_incomplete",
    "alert.open_case",
    "alert.other_name",
    "alert.returned_by_rules",
    "alert.returned_case",
    "auth.same_password",
    "auth.unknown",
    "auth.wait",
    "auth.weak_password",
    "auth.wrong_changed",
    "auth.wrong_password",
    "backup.damaged",
    "case.filed_elsewhere",
    "case.no_papers",
    "case.not_repairable",
    "case.unknown",
    "catalog.broken",
    "certificate.forged",
    "certificate.unsent",
    "draft.blocked",
    "draft.too_many_pages",
    "draft.unknown",
    "export.empty",
    "export.no_place",
    "export.not_allowed",
    "export.numbers_not_allowed",
    "export.purpose_missing",
    "export.reason_missing",
    "export.second_is_same",
    "export.second_missing",
    "feed.differs",
    "feed.gap",
    "feed.unreadable",
    "internal.bug",
    "journal.differs",
    "keys.keeper_absent",
    "keys.keeper_refused",
    "keys.machine_changed",
    "keys.machine_lost",
    "keys.missing",
    "keys.newer",
    "keys.no_printed_code",
    "keys.unreadable",
    "ledger.days",
    "ledger.too_many",
    "log.conflict",
    "material.unknown",
    "outbox.next",
    "page.at_centre",
    "page.blurred",
    "page.cut",
    "page.glare",
    "page.gone",
    "page.has_both_sides",
    "page.moved",
    "page.no_sheet",
    "page.not_an_image",
    "page.too_coarse",
    "page.too_coarse_for_dense",
    "page.too_large",
    "page.unknown",
    "person.unknown",
    "reading.gone",
    "receipt.no_viewer",
    "search.superseded",
    "staff.too_many",
    "staff.unknown",
    "staff.yourself",
    "station.already_enrolled",
    "station.locked",
    "station.not_enrolled",
    "store.busy",
    "store.disk_full",
    "store.locked_by_other",
    "store.missing",
    "store.newer",
    "store.nothing_left",
    "store.unreadable",
    "store.unwritable",
    "undo.gone",
];

impl Error {
    /// A failure that its code says all about.
    pub fn coded(code: &str) -> Error {
        Error::reason(Reason::new(code))
    }

    /// A failure with particulars.
    pub fn reason(reason: Reason) -> Error {
        Error::Coded {
            reason,
            field: None,
        }
    }

    /// The failure of an operation on a file.
    pub fn disk(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Error {
        let path = path.into();
        move |error| Error::Disk { path, error }
    }

    /// How long the centre asked to be left alone, where it did; see `LineError`.
    pub fn retry_after(&self) -> Option<std::time::Duration> {
        let Error::Coded { reason, .. } = self else {
            return None;
        };
        let seconds = reason.with.get("seconds")?.parse().ok()?;
        Some(std::time::Duration::from_secs(seconds))
    }

    /// The database's file is damaged, and not merely refused.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        match self {
            Error::Database(error) => {
                let code = error.sqlite_error_code();
                matches!(code, Some(DatabaseCorrupt | NotADatabase)) || is_unread(error)
            }
            _ => false,
        }
    }

    /// The disk does not give back a part of the database.
    pub fn is_unread(&self) -> bool {
        matches!(self, Error::Database(error) if is_unread(error))
    }

    /// `area.what`; see [`CODES`].
    pub fn code(&self) -> &str {
        match self {
            Error::Disk { error, .. } => disk_code(error),
            Error::Database(error) => database_code(error),
            Error::Missing(_) => "store.missing",
            Error::Unreadable { .. } => "store.unreadable",
            Error::Coded { reason, .. } => &reason.code,
            Error::Bug(_) => "internal.bug",
        }
    }
}

fn disk_code(error: &std::io::Error) -> &'static str {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
            "store.disk_full"
        }
        _ => "store.unwritable",
    }
}

fn is_unread(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_IOERR_CORRUPTFS, SQLITE_IOERR_READ, SQLITE_IOERR_SHORT_READ};
    let code = error.sqlite_error().map(|error| error.extended_code);
    matches!(
        code,
        Some(SQLITE_IOERR_READ | SQLITE_IOERR_SHORT_READ | SQLITE_IOERR_CORRUPTFS)
    )
}

fn database_code(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode;
    if is_unread(error) {
        return "store.unreadable";
    }
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => "store.disk_full",
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "store.busy",
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt | ErrorCode::CannotOpen) => {
            "store.unreadable"
        }
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure) => {
            "store.unwritable"
        }
        _ => "internal.bug",
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        let code = error.code().to_owned();
        if code == "internal.bug" {
            tracing::error!(%error, "a call failed where it should not");
        }
        match error {
            Error::Coded { reason, field } => Failure { reason, field },
            Error::Missing(path) | Error::Unreadable { path, .. } | Error::Disk { path, .. } => {
                let reason = Reason::new(&code).with("path", path.display());
                Failure {
                    reason,
                    field: None,
                }
            }
            Error::Database(_) | Error::Bug(_) => Failure {
                reason: Reason::new(&code),
                field: None,
            },
        }
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Error {
        Error::Bug(format!("JSON of our own: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_has_one_code_wherever_it_is_met() {
        let file = Error::disk("/x")(std::io::Error::from_raw_os_error(28));
        let full = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL);
        let database = Error::Database(rusqlite::Error::SqliteFailure(full, None));
        assert_eq!(file.code(), "store.disk_full");
        assert_eq!(database.code(), "store.disk_full");
    }

    #[test]
    fn codes_are_listed_once_and_in_order() {
        assert!(CODES.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
