//! The one error of this crate, and what the other side of a request is told of it.

use std::io;
use std::path::Path;

use deadpool_postgres::{PoolError, TimeoutType};
use domain::Reason;
use domain::sync::Problem;
use tokio_postgres::error::SqlState;

use crate::refusal::{self, Refusal};

/// The result of everything here.
pub type Result<T> = std::result::Result<T, Error>;

/// Seconds after which a station tries again when the centre cannot work.
pub const RETRY_AFTER_S: u64 = 2;

/// Why something could not be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A request that is answered with a refusal.
    #[error("refused: {}", .0.code)]
    Refused(&'static Refusal),
    /// The same with what the other side needs to go on.
    #[error("refused: {}", .0.code)]
    Told(&'static Refusal, Box<Particulars>),
    /// PostgreSQL said no, or nothing.
    #[error("database: {0}")]
    Database(#[from] tokio_postgres::Error),
    /// No connection could be had.
    #[error("database pool: {0}")]
    Pool(String),
    /// The store of pages said no, or nothing.
    #[error("store of pages: {0}")]
    Pages(#[from] object_store::Error),
    /// A file operation.
    #[error("{doing}: {cause}")]
    File {
        /// What was being done.
        doing: String,
        /// What the system answered.
        cause: io::Error,
    },
    /// The configuration cannot be used.
    #[error("configuration: {0}")]
    Config(String),
    /// The catalogue cannot be used.
    #[error("catalogue: {0}")]
    Catalog(String),
    /// Certificates or keys cannot be made or read.
    #[error("certificate: {0}")]
    Certificate(String),
    /// Something sealed does not open: another key, or changed bytes.
    #[error("sealed bytes do not open: {0}")]
    Sealed(&'static str),
    /// The schema is not what this program knows.
    #[error("migration: {0}")]
    Migration(String),
    /// A backup does not hold what it should.
    #[error("backup: {0}")]
    Backup(String),
    /// The command line was not understood.
    #[error("usage: {0}")]
    Usage(String),
    /// A bug, or a database that holds what we never wrote.
    #[error("fault: {0}")]
    Fault(String),
}

/// What goes with a refusal.
#[derive(Debug, Default)]
pub struct Particulars {
    /// When to try again.
    pub retry_after_s: Option<u64>,
    /// Where the log ends.
    pub acked: Option<u64>,
    /// Why, in the domain's words.
    pub reasons: Vec<Reason>,
}

impl Error {
    /// A refusal that names the end of the log.
    pub fn at(refusal: &'static Refusal, acked: u64) -> Error {
        let acked = Some(acked);
        Error::Told(
            refusal,
            Box::new(Particulars {
                acked,
                ..Default::default()
            }),
        )
    }

    /// A refusal that says when to try again.
    pub fn wait(refusal: &'static Refusal, seconds: u64) -> Error {
        let retry_after_s = Some(seconds);
        Error::Told(
            refusal,
            Box::new(Particulars {
                retry_after_s,
                ..Default::default()
            }),
        )
    }

    /// A refusal with the domain's reasons.
    pub fn because(refusal: &'static Refusal, reasons: Vec<Reason>) -> Error {
        Error::Told(
            refusal,
            Box::new(Particulars {
                reasons,
                ..Default::default()
            }),
        )
    }

    /// What a request is answered with.
    pub fn refusal(&self) -> &'static Refusal {
        match self {
            Error::Refused(refusal) | Error::Told(refusal, _) => refusal,
            Error::Database(error) if is_away(error) => &refusal::CENTRE_DATABASE_DOWN,
            Error::Pool(_) => &refusal::CENTRE_DATABASE_DOWN,
            Error::Pages(_) => &refusal::CENTRE_PAGES_DOWN,
            _ => &refusal::CENTRE_FAULT,
        }
    }

    /// `area.what`, also for what is met at the command line.
    pub fn code(&self) -> &'static str {
        match self {
            Error::File { .. } => "centre.file",
            Error::Config(_) => "centre.config",
            Error::Catalog(_) => "centre.catalog",
            Error::Certificate(_) => "centre.certificate",
            Error::Sealed(_) => "centre.sealed",
            Error::Migration(_) => "centre.migration",
            Error::Backup(_) => "centre.backup",
            Error::Usage(_) => "centre.usage",
            other => other.refusal().code,
        }
    }

    /// What the other side of a request reads.
    pub fn problem(&self) -> Problem {
        let refusal = self.refusal();
        let mut problem = Problem {
            code: refusal.code.to_owned(),
            retry_after_s: None,
            acked: None,
        };
        if let Error::Told(_, told) = self {
            (problem.retry_after_s, problem.acked) = (told.retry_after_s, told.acked);
        }
        if refusal.status.as_u16() == 503 {
            problem.retry_after_s.get_or_insert(RETRY_AFTER_S);
        }
        problem
    }

    /// Whether the database refused what it was given: no use in trying the same again.
    pub fn is_data(&self) -> bool {
        self.sql_class()
            .is_some_and(|class| matches!(class, "22" | "23" | "54"))
    }

    /// Whether it lies in what was to be decided, or in what is known about that: the database refused it,
    /// or a row of a person's or a case's cannot be read. No use in trying the same again, and no reason to
    /// keep others from it. (That none can be read, since the key is another one, is seen at the start.)
    pub fn is_poison(&self) -> bool {
        self.is_data() || matches!(self, Error::Fault(_) | Error::Sealed(_))
    }

    /// Whether two transactions were in each other's way: the same may pass the next time.
    pub fn is_collision(&self) -> bool {
        let Error::Database(error) = self else {
            return false;
        };
        let code = error.code();
        code == Some(&SqlState::T_R_DEADLOCK_DETECTED)
            || code == Some(&SqlState::T_R_SERIALIZATION_FAILURE)
    }

    fn sql_class(&self) -> Option<&str> {
        let Error::Database(error) = self else {
            return None;
        };
        error.code().and_then(|code| code.code().get(..2))
    }
}

/// No connection, a server that stops or starts, no room, or a collision: later it may work.
fn is_away(error: &tokio_postgres::Error) -> bool {
    match error.code().and_then(|code| code.code().get(..2)) {
        Some(class) => matches!(class, "08" | "40" | "53" | "57" | "58"),
        None => {
            let cause = std::error::Error::source(error);
            error.is_closed() || cause.is_some_and(|cause| cause.is::<io::Error>())
        }
    }
}

impl From<PoolError> for Error {
    fn from(error: PoolError) -> Error {
        match error {
            PoolError::Backend(error) => Error::Database(error),
            // Every connection is at work: this is load, and the database is well.
            PoolError::Timeout(TimeoutType::Wait) => Error::Refused(&refusal::CENTRE_BUSY),
            other => Error::Pool(other.to_string()),
        }
    }
}

/// Adds what was being done to a file error.
pub trait Doing<T> {
    /// `what` and the path go into the message.
    fn doing(self, what: &str, path: &Path) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: &str, path: &Path) -> Result<T> {
        self.map_err(|cause| Error::File {
            doing: format!("{what} {}", path.display()),
            cause,
        })
    }
}
