//! Opening connections: the key first, then the settings, each read back, since SQLite answers an
//! unknown pragma with silence.

use std::path::Path;
use std::sync::Once;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::schema;
use crate::disk::{self, How};
use crate::error::{Error, Result};
use crate::keys::{Keys, Secret};

const BUSY_MS: u64 = 5_000;
const STATEMENTS_KEPT: usize = 64;
/// A save pays for a checkpoint only when nobody was idle for this many pages of log.
const CHECKPOINT_PAGES: u32 = 4_000;
const FULL: i64 = 2;
/// SQLCipher's salt. Left to itself it draws one and keeps it in the first bytes of the file alone: a
/// power cut while page 1 is folded in may leave noise there, and then no page opens any more,
/// however whole the log is. The raw key is random, so the salt need not be.
const SALT: &[u8] = b"yizhan station 1";
/// Pages that stay decrypted, for each connection: a page read again costs its deciphering again.
const CACHE_KIB: i64 = 16 * 1024;

/// Makes a new, empty, encrypted database. The file must not exist.
pub fn make(path: &Path, keys: &Keys) -> Result<()> {
    let made = disk::of(path).open(path, How::New);
    drop(made.map_err(Error::disk(path))?);
    let mut connection = connect(path, keys, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    settle(&connection)?;
    schema::migrate(&mut connection)?;
    let folder = disk::folder_of(path);
    disk::sync_folder(folder).map_err(Error::disk(folder))
}

/// The one writing connection to a database that must be there.
pub fn writer(path: &Path, keys: &Keys) -> Result<Connection> {
    match disk::of(path).find(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing(path.to_owned()));
        }
        Err(error) => return Err(Error::disk(path)(error)),
        // SQLite would take it for a new database and delete the log beside it.
        Ok(found) if found.size_bytes == 0 => return Err(unreadable(path, "it is empty")),
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

/// A connection for `VACUUM INTO`, which SQLite refuses to one that may not write at all.
pub fn copier(path: &Path, keys: &Keys) -> Result<Connection> {
    connect(path, keys, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

/// Moves the log's pages into the database.
pub fn checkpoint(connection: &Connection) -> Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    Ok(())
}

/// Moves all of the log's pages into the database and empties the log.
pub fn fold(connection: &Connection) -> Result<()> {
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    match busy {
        0 => Ok(()),
        _ => Err(Error::Bug(
            "somebody reads a store that is being made".into(),
        )),
    }
}

/// Whether a commit folds the log by itself once it has grown long.
pub fn fold_by_itself(connection: &Connection, fold: bool) -> Result<()> {
    let pages = if fold { CHECKPOINT_PAGES } else { 0 };
    connection.pragma_update(None, "wal_autocheckpoint", pages)?;
    Ok(())
}

fn connect(path: &Path, keys: &Keys, flags: OpenFlags) -> Result<Connection> {
    let connection = connect_by(path, &keys.database, flags)?;
    // Temporary tables must not reach the disk in plain.
    connection.pragma_update(None, "temp_store", "memory")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "cache_size", -CACHE_KIB)?;
    connection.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?;
    Ok(connection)
}

/// A connection with its key; whether the key is right shows when something is read.
pub(super) fn connect_by(path: &Path, key: &Secret, flags: OpenFlags) -> Result<Connection> {
    let connection = keyed(path, key, flags, SALT)?;
    let read = |c: &Connection| c.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()));
    if let Err(error) = read(&connection).map_err(Error::from) {
        // Asked once more it would say that it is no database.
        if matches!(
            error.code(),
            "store.disk_full" | "store.unwritable" | "store.busy"
        ) {
            return Err(error);
        }
        // One that was made before the salt was ours has it in its first bytes.
        let older = keyed(path, key, flags, b"")?;
        if read(&older).is_ok() {
            return Ok(older);
        }
    }
    Ok(connection)
}

/// The same, of which nothing has been read yet: which salt fits was seen by another one.
pub(super) fn unread(path: &Path, key: &Secret, flags: OpenFlags) -> Result<Connection> {
    let ours = keyed(path, key, flags, SALT)?;
    let fits = ours.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()));
    let salt = if fits.is_ok() { SALT } else { b"" };
    drop(ours);
    keyed(path, key, flags, salt)
}

/// SQLCipher makes itself ready with the first key that it is given in a process; two threads that give
/// one at the same moment disturb each other there. What fails here is said by whoever opens.
fn make_ready() {
    static READY: Once = Once::new();
    READY.call_once(|| {
        let first = Connection::open_in_memory();
        let _ = first.and_then(|first| first.execute_batch("PRAGMA key = 'first';"));
    });
}

fn keyed(path: &Path, key: &Secret, flags: OpenFlags, salt: &[u8]) -> Result<Connection> {
    make_ready();
    let flags = flags | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = match disk::of(path).vfs() {
        Some(vfs) => Connection::open_with_flags_and_vfs(path, flags, vfs.as_str())?,
        None => Connection::open_with_flags(path, flags)?,
    };
    fold_on_close(&connection, false)?;
    connection.busy_timeout(Duration::from_millis(BUSY_MS))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_KEPT);
    // SQLCipher would write to stderr by itself; what fails is returned and logged where handled.
    connection.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    set_key(&connection, "key", key, salt)?;
    let cipher: String = connection
        .query_row("PRAGMA cipher_version", [], |row| row.get(0))
        .unwrap_or_default();
    if cipher.is_empty() {
        return Err(Error::Bug("this SQLite does not encrypt".into()));
    }
    Ok(connection)
}

/// `PRAGMA key` or `PRAGMA rekey` in the raw form: SQLCipher's own derivation stays out.
pub(super) fn set_key(
    connection: &Connection,
    pragma: &str,
    key: &Secret,
    salt: &[u8],
) -> Result<()> {
    let bytes = Zeroizing::new([key.as_slice(), salt].concat());
    let digits = Zeroizing::new(hex::encode(bytes.as_slice()));
    // Made in one piece: a text that grows leaves copies behind that nobody wipes.
    let mut statement = Zeroizing::new(String::with_capacity(128));
    for part in ["PRAGMA ", pragma, " = \"x'", &digits, "'\";"] {
        statement.push_str(part);
    }
    connection.execute_batch(&statement)?;
    Ok(())
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

/// A database that cannot be used; its file is kept.
pub fn unreadable(path: &Path, why: &str) -> Error {
    Error::Unreadable {
        path: path.to_owned(),
        why: why.to_owned(),
    }
}
