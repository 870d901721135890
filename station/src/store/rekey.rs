//! Changing the database's key. SQLCipher's `rekey` rewrites every page in ONE transaction of the
//! write-ahead log and leaves the salt as it is, so after a power cut the database has the old key or the new
//! one, whole: before its commit record is durable the old, from then on the new. While it runs nobody else
//! has the database open. A torn log is what SQLite already copes with; the tests cut it at every frame.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::open::{connect_by, set_key, unread};
use crate::disk;
use crate::error::{Error, Result};
use crate::keys::Secret;

const WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE;

/// Whether the database at `path` opens with this key. Nothing is written, nothing is made.
pub fn fits(path: &Path, key: &Secret) -> Result<bool> {
    if !disk::exists(path) {
        return Err(Error::Missing(path.to_owned()));
    }
    let connection = connect_by(path, key, WRITE)?;
    let looked = connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()));
    match looked.map_err(Error::from) {
        Ok(()) => Ok(true),
        Err(error) if error.code() == "store.unreadable" => Ok(false),
        Err(error) => Err(error),
    }
}

/// Changes the key of the database at `path`, durably when this returns. `store.busy` while
/// another connection is open; after any failure the old key holds.
pub fn rekey(path: &Path, old: &Secret, new: &Secret) -> Result<()> {
    let connection = unread(path, old, WRITE)?;
    // Before the first page is read: then nobody else may even look.
    connection.query_row("PRAGMA locking_mode = EXCLUSIVE", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "full")?;
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    if mode != "wal" {
        return Err(Error::Bug(format!(
            "the database is in journal mode {mode}"
        )));
    }
    // What the log holds goes into the file first: the log has to take the whole file now.
    fold(&connection)?;
    set_key(&connection, "rekey", new, b"")?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    // From here the new key holds. The old key's pages still lie in the file until they are folded
    // over, which can be done again at any time.
    let folded = fold(&connection);
    drop(connection);
    // SQLCipher tells nobody when a page could not be written: it goes back to the old key.
    if !fits(path, new)? {
        let told = folded
            .err()
            .filter(|error| error.code() == "store.unwritable");
        return Err(told.unwrap_or_else(|| Error::coded("store.disk_full")));
    }
    if let Err(error) = folded {
        tracing::warn!(%error, "the log was not folded after the key was changed");
    }
    Ok(())
}

fn fold(connection: &Connection) -> Result<()> {
    let busy: bool =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    match busy {
        false => Ok(()),
        true => Err(Error::coded("store.busy")),
    }
}

#[cfg(test)]
#[path = "rekey_tests.rs"]
mod tests;
