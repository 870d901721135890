//! What the project's own tasks and its tests share: a private PostgreSQL cluster, a line that can
//! be cut, and child processes that never outlive their parent. The tasks themselves are in the
//! binary.

use std::fmt;
use std::io;

pub mod line;
pub mod postgres;
pub mod process;
pub mod screen;

/// Why a task could not go on. Made for people: each says what was tried.
#[derive(Debug)]
pub enum Error {
    /// Something this machine lacks; the text says how to get it.
    Missing(String),
    /// A command that failed; the text says which and shows the end of what it said.
    Failed(String),
    /// A file or process operation that failed.
    Io {
        /// What was being done, with the path.
        doing: String,
        /// What the system answered.
        cause: io::Error,
    },
}

/// The result of every step here.
pub type Result<T> = std::result::Result<T, Error>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Missing(text) | Error::Failed(text) => f.write_str(text),
            Error::Io { doing, cause } => write!(f, "{doing}: {cause}"),
        }
    }
}

impl std::error::Error for Error {}

/// Adds what was being done to an input/output error.
pub trait Doing<T> {
    /// Turns the error into [`Error::Io`]; `what` is called on failure only.
    fn doing(self, what: impl FnOnce() -> String) -> Result<T>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, what: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|cause| Error::Io {
            doing: what(),
            cause,
        })
    }
}
