//! Opening connections: the key first, then the settings, each read back, since SQLite answers an
//! unknown pragma with silence.

use std::fs::OpenOptions;
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::schema;
use crate::disk;
use crate::error::{Error, Result};
use crate::keys::Keys;

const BUSY_MS: u64 = 5_000;
const STATEMENTS_KEPT: usize = 64;
/// A save pays for a checkpoint only when nobody was idle for this many pages of log.
const CHECKPOINT_PAGES: u32 = 4_000;
const FULL: i64 = 2;
/// Pages that stay decrypted, for each connection: a page read again costs its deciphering again.
const CACHE_KIB: i64 = 16 * 1024;

/// Makes a new, empty, encrypted database. The file must not exist.
pub fn make(path: &Path, keys: &Keys) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(Error::disk(path))?;
    let mut connection = connect(path, keys, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    settle(&connection)?;
    schema::migrate(&mut connection)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    disk::sync_folder(folder).map_err(Error::disk(folder))
}

/// The one writing connection to a database that must be there.
pub fn writer(path: &Path, keys: &Keys) -> Result<Connection> {
    match std::fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing(path.to_owned()));
        }
        Err(error) => return Err(Error::disk(path)(error)),
        // SQLite would take it for a new database and delete the log beside it.
        Ok(found) if found.len() == 0 => return Err(unreadable(path, "it is empty")),
        Ok(_) => {}
    }
    let opened = connect(path, keys, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(|mut found| {
        if schema::version(&found)? == 0 {
            // SQLite takes an empty file for a new database: for us it is a lost one.
            return Err(unreadable(path, "it holds no schema"));
        }
        settle(&found)?;
        schema::migrate(&mut found)?;
        Ok(found)
    });
    opened.map_err(|error| match error.code() {
        "store.unreadable" => unreadable(path, &error.to_string()),
        _ => error,
    })
}

/// A connection that cannot write.
pub fn reader(path: &Path, keys: &Keys) -> Result<Connection> {
    let connection = connect(path, keys, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}

/// Moves the log's pages into the database.
pub fn checkpoint(connection: &Connection) -> Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}

fn connect(path: &Path, keys: &Keys, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    fold_on_close(&connection, false)?;
    connection.busy_timeout(Duration::from_millis(BUSY_MS))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // SQLCipher would write to stderr by itself; what fails is returned and logged where handled.
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    let key = Zeroizing::new(hex::encode(keys.database.as_slice()));
    // The raw key form: SQLCipher's own derivation stays out.
    connection.execute_batch(&Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *key)))?;
    let cipher: String = connection
        .query_row("PRAGMA cipher_version", [], |row| row.get(0))
        .unwrap_or_default();
    if cipher.is_empty() {
        return Err(Error::Bug("this SQLite does not encrypt".into()));
    }
    // Temporary tables must not reach the disk in plain.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(connection)
}

/// Whether the log is folded into the file when the last connection closes.
pub fn fold_on_close(connection: &Connection, fold: bool) -> Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, !fold)?;
    Ok(())
}

fn settle(connection: &Connection) -> Result<()> {
    let mode: String = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    let synchronous: i64 = connection.pragma_query_value(None, "synchronous", |r| r.get(0))?;
    let foreign_keys: bool = connection.pragma_query_value(None, "foreign_keys", |r| r.get(0))?;
    if mode != "wal" || synchronous != FULL || !foreign_keys {
        return Err(Error::Bug(format!(
            "settings not taken: journal {mode}, synchronous {synchronous}, \
             foreign keys {foreign_keys}"
        )));
    }
    Ok(())
}

fn unreadable(path: &Path, why: &str) -> Error {
    Error::Unreadable {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}
