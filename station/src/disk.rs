//! Every file the station keeps goes through here: the database's VFS, the journal, sealed pages,
//! keys, backups. Files are written so that after a power cut there is the old one or the new one,
//! whole.
//!
//! [`mount`] lets another [`Disk`] answer for a folder, as a file system does: the proofs put a
//! model there that cuts the power, tears writes and fills up. Everything else is the computer's own.

mod beside;
mod mounted;
mod real;

use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

pub use mounted::{Mounted, mount};
pub use real::RealDisk;

/// Files are copied in pieces of this size.
const PIECE_BYTES: usize = 1 << 20;
/// What a disk gives back whole or not at all.
const SECTOR_BYTES: usize = 4096;

/// What the station asks of a disk. A write is durable only after the file's sync, a name only
/// after its folder's.
pub trait Disk: Send + Sync {
    /// Opens a file.
    fn open(&self, path: &Path, how: How) -> io::Result<Box<dyn DiskFile>>;
    /// What lies in a folder.
    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>>;
    /// What a path leads to; `NotFound` when there is nothing.
    fn find(&self, path: &Path) -> io::Result<Entry>;
    /// Makes a folder, with those above it.
    fn make_folder(&self, folder: &Path) -> io::Result<()>;
    /// Gives a file or folder another name; a file that has it is replaced.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Takes a file, or an empty folder, away.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes names in a folder durable.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// Room on the disk that holds this path.
    fn space(&self, path: &Path) -> io::Result<Space>;
    /// The SQLite VFS by which databases on this disk are opened; None for SQLite's own.
    fn vfs(&self) -> Option<String>;
}

/// One open file. Offsets and lengths in bytes.
#[allow(clippy::len_without_is_empty)]
pub trait DiskFile: Send + Sync {
    /// How long it is.
    fn len(&self) -> io::Result<u64>;
    /// Reads up to the buffer's length; 0 at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
    /// Writes all of it; not durable yet.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;
    /// Cuts or grows it.
    fn set_len(&self, len: u64) -> io::Result<()>;
    /// Makes content and length durable.
    fn sync(&self) -> io::Result<()>;
    /// Makes content durable; the length too where it has changed.
    fn sync_data(&self) -> io::Result<()>;
    /// Begins to make content durable, beside what the caller does meanwhile.
    fn begin_sync(&self) -> Syncing;
}

/// A sync that was begun. Calling it waits for its end and says how it went.
pub type Syncing = Box<dyn FnOnce() -> io::Result<()> + Send>;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// To read; it must be there.
    Read,
    /// To read and write; it must be there.
    Update,
    /// To read and write, empty; it must not be there.
    New,
    /// To read and write, empty, whether it was there or not.
    Fresh,
}

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Where it is.
    pub path: PathBuf,
    /// A folder.
    pub is_folder: bool,
    /// Length of a file.
    pub size_bytes: u64,
    /// Last change.
    pub modified: SystemTime,
}

/// Room on a disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// What may still be written.
    pub free_bytes: u64,
    /// What the disk holds in all.
    pub total_bytes: u64,
}

/// The disk that answers for a path.
pub fn of(path: &Path) -> std::sync::Arc<dyn Disk> {
    mounted::find(path)
}

/// A whole file.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = of(path).open(path, How::Read)?;
    let mut bytes = vec![0; usize::try_from(file.len()?).unwrap_or(usize::MAX)];
    let mut have = 0;
    while have < bytes.len() {
        match file.read_at(have as u64, &mut bytes[have..])? {
            0 => break,
            more => have += more,
        }
    }
    bytes.truncate(have);
    Ok(bytes)
}

/// Whether there is a file or folder.
pub fn exists(path: &Path) -> bool {
    of(path).find(path).is_ok()
}

/// Writes a file beside its place, syncs it, renames it, and syncs the folder.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<()> {
    let disk = of(path);
    let folder = folder_of(path);
    let temporary = temporary(path);
    let result = write_synced(disk.as_ref(), &temporary, bytes)
        .and_then(|()| disk.rename(&temporary, path))
        .and_then(|()| disk.sync_folder(folder));
    if result.is_err() {
        let _ = disk.remove(&temporary);
    }
    result.map_err(Error::disk(path))
}

/// Makes a folder, with those above it, durably.
pub fn make_folder(folder: &Path) -> Result<()> {
    let disk = of(folder);
    if disk.find(folder).is_ok_and(|found| found.is_folder) {
        return Ok(());
    }
    let made = disk
        .make_folder(folder)
        .and_then(|()| disk.sync_folder(folder_of(folder)));
    made.map_err(Error::disk(folder))
}

/// Takes a file away; nothing when it is not there.
pub fn remove(path: &Path) -> Result<()> {
    match of(path).remove(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::disk(path)(error)),
        _ => Ok(()),
    }
}

/// Copies a file to one that replaces what is there; durable, and whole or not there at all.
pub fn copy_file(from: &Path, to: &Path) -> Result<u64> {
    let source = of(from).open(from, How::Read).map_err(Error::disk(from))?;
    let len = source.len().map_err(Error::disk(from))?;
    copy_part(from, to, len)
}

/// The same for the first `len` bytes.
pub fn copy_part(from: &Path, to: &Path, len: u64) -> Result<u64> {
    let source = of(from).open(from, How::Read).map_err(Error::disk(from))?;
    write_copy(to, len, |at, piece| match source.read_at(at, piece)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        more => Ok(more),
    })?;
    Ok(len)
}

/// Copies a file as far as it can be read: where it cannot, the copy has zeros. Fails only where the
/// copy cannot be written.
pub fn copy_readable(from: &Path, to: &Path) -> Result<()> {
    let source = of(from).open(from, How::Read);
    let opened = source.and_then(|source| Ok((source.len()?, source)));
    let (len, source) = match opened {
        Ok((len, source)) => (len, Some(source)),
        Err(error) => {
            tracing::error!(%error, "a file cannot be read at all");
            (0, None)
        }
    };
    write_copy(to, len, |at, piece| {
        let Some(source) = &source else {
            return Ok(piece.len());
        };
        if let Ok(more @ 1..) = source.read_at(at, piece) {
            return Ok(more);
        }
        // Only the sector that is bad is lost.
        let sector = piece.len().min(SECTOR_BYTES - at as usize % SECTOR_BYTES);
        match source.read_at(at, &mut piece[..sector]) {
            Ok(more @ 1..) => Ok(more),
            _ => {
                piece[..sector].fill(0);
                Ok(sector)
            }
        }
    })
}

/// Writes a file of `len` bytes that replaces what is there, from what `read` says stands at a place.
fn write_copy(
    to: &Path,
    len: u64,
    read: impl Fn(u64, &mut [u8]) -> io::Result<usize>,
) -> Result<()> {
    let (disk, temporary) = (of(to), temporary(to));
    let copied = disk
        .open(&temporary, How::Fresh)
        .and_then(|file| {
            let (mut piece, mut at) = (vec![0; PIECE_BYTES], 0);
            while at < len {
                let want = usize::try_from(len - at).unwrap_or(PIECE_BYTES);
                let more = read(at, &mut piece[..want.min(PIECE_BYTES)])?;
                file.write_at(at, &piece[..more])?;
                at += more as u64;
            }
            file.sync()
        })
        .and_then(|()| disk.rename(&temporary, to))
        .and_then(|()| disk.sync_folder(folder_of(to)));
    if copied.is_err() {
        let _ = disk.remove(&temporary);
    }
    copied.map_err(Error::disk(to))
}

/// Cuts a file off behind its first `len` bytes, durably.
pub fn cut(path: &Path, len: u64) -> Result<()> {
    let cut = of(path)
        .open(path, How::Update)
        .and_then(|file| file.set_len(len).and_then(|()| file.sync()));
    cut.map_err(Error::disk(path))
}

/// Length and SHA-256 (hex) of a file.
pub fn digest(path: &Path) -> Result<(u64, String)> {
    let file = of(path).open(path, How::Read).map_err(Error::disk(path))?;
    let (mut hash, mut piece, mut at) = (Sha256::new(), vec![0; PIECE_BYTES], 0);
    loop {
        match file.read_at(at, &mut piece).map_err(Error::disk(path))? {
            0 => return Ok((at, hex::encode(hash.finalize()))),
            more => {
                hash.update(&piece[..more]);
                at += more as u64;
            }
        }
    }
}

/// Takes a folder away with all that is in it; nothing when it is not there.
pub fn remove_folder(folder: &Path) -> Result<()> {
    if !exists(folder) {
        return Ok(());
    }
    for entry in of(folder).list(folder).map_err(Error::disk(folder))? {
        match entry.is_folder {
            true => remove_folder(&entry.path)?,
            false => remove(&entry.path)?,
        }
    }
    remove(folder)
}

/// Makes what was created, renamed or removed in a folder survive a power cut.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    of(folder).sync_folder(folder)
}

/// The folder that a path lies in.
pub fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The name under which a file is written before it has its own.
pub fn temporary(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    folder_of(path).join(name)
}

fn write_synced(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let file = disk.open(path, How::Fresh)?;
    file.write_at(0, bytes)?;
    file.sync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_that_fails_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys.json");
        write_whole(&path, b"old").unwrap();
        std::fs::create_dir(folder.path().join("keys.json.new")).unwrap();
        assert!(write_whole(&path, b"new").is_err());
        assert_eq!(read(&path).unwrap(), b"old");
    }

    #[test]
    fn a_disk_says_how_much_room_it_has() {
        let folder = tempfile::tempdir().unwrap();
        let space = of(folder.path()).space(folder.path()).unwrap();
        assert!(space.free_bytes > 0 && space.free_bytes <= space.total_bytes);
    }
}
