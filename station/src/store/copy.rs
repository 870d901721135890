//! A copy of the whole database, encrypted with the same key, taken while it is written to.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use domain::sync::LogAt;

use super::{check, open, outbox, schema};
use crate::disk::{self, How};
use crate::error::{Error, Result};
use crate::keys::Keys;

/// Copies a database, which need not be of the newest layout, to a file that replaces one of this
/// name. The copy is checked with the key and durable before it has its name: `VACUUM INTO` itself
/// syncs nothing.
pub fn copy(from: &Path, to: &Path, keys: &Keys) -> Result<()> {
    let (disk, temporary) = (disk::of(to), disk::temporary(to));
    disk::remove(&temporary)?;
    let outcome = write(from, &temporary, keys)
        .and_then(|()| prove(&temporary, keys))
        .and_then(|()| {
            disk.open(&temporary, How::Update)
                .and_then(|file| file.sync())
                .and_then(|()| disk.rename(&temporary, to))
                .and_then(|()| disk.sync_folder(disk::folder_of(to)))
                .map_err(Error::disk(to))
        });
    if outcome.is_err() {
        let _ = disk::remove(&temporary);
    }
    outcome
}

/// An older layout is about to be changed: a copy of the database as it is stays beside it, until
/// the new one has been proved. Nothing where there is no database, or no older one.
pub fn keep_before_migration(path: &Path, keys: &Keys) -> Result<()> {
    let found = disk::of(path).find(path);
    if found.map_or(true, |found| found.size_bytes == 0) {
        return Ok(());
    }
    let version = schema::version(&open::reader(path, keys)?)?;
    if version == 0 || version >= schema::latest() {
        return Ok(());
    }
    copy(path, &before(path, version), keys)
}

/// The new layout has been proved: what was kept of older ones goes.
pub fn forget_before_migration(path: &Path) -> Result<()> {
    (1..schema::latest()).try_for_each(|version| disk::remove(&before(path, version)))
}

/// Copies that were kept of older layouts, the newest first.
pub fn kept_before_migration(path: &Path) -> Vec<PathBuf> {
    let kept = (1..schema::latest())
        .rev()
        .map(|version| before(path, version));
    kept.filter(|kept| disk::exists(kept)).collect()
}

fn before(path: &Path, version: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".before-{version}"));
    name.into()
}

/// Where the log of a database stands that nothing is written to.
pub fn log_of(path: &Path, keys: &Keys) -> Result<LogAt> {
    outbox::log_at(&open::reader(path, keys)?)
}

/// Opens a database that nothing is written to and looks at every page of it; `store.unreadable`.
pub fn prove(path: &Path, keys: &Keys) -> Result<()> {
    let connection = open::reader(path, keys)?;
    if schema::version(&connection)? == 0 {
        return Err(open::unreadable(path, "it holds no schema"));
    }
    let found = check::deep(&connection, &AtomicBool::new(false))?;
    match found.unwrap_or_default().first() {
        None => Ok(()),
        Some(first) => Err(open::unreadable(path, first)),
    }
}

fn write(from: &Path, to: &Path, keys: &Keys) -> Result<()> {
    let connection = open::copier(from, keys)?;
    let to = to.to_str().ok_or_else(|| {
        let error = std::io::ErrorKind::InvalidFilename.into();
        Error::disk(to)(error)
    })?;
    connection.execute("VACUUM INTO ?1", [to])?;
    Ok(())
}
