//! Pages as sealed files. A file is named by a keyed hash of its content's hash, so that a folder
//! listing tells nothing; it is synced before anything refers to it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use domain::sync::sha256_hex;

use crate::disk;
use crate::error::{Error, Result};
use crate::keys::{Keys, Secret, keyed_hash};
use crate::storage::Ballast;

/// The folder of sealed files.
pub struct Blobs {
    folder: PathBuf,
    sealer: crypto::Key,
    names: Secret,
    /// Those that could not be opened when they were asked for.
    noticed: Mutex<BTreeSet<String>>,
    steady: Mutex<()>,
    ballast: OnceLock<Ballast>,
}

/// Held from a page's file to the row that names it, and from finding that no row names a page to taking
/// its file away: else the same picture, taken again in between, would be a row without a file.
pub struct Steady<'a> {
    _held: MutexGuard<'a, ()>,
}

impl Blobs {
    /// The folder, made when it is not there.
    pub fn open(folder: &Path, keys: &Keys) -> Result<Blobs> {
        disk::make_folder(folder)?;
        Ok(Blobs {
            folder: folder.to_owned(),
            sealer: crypto::Key::new(&keys.blobs, keys.suite),
            names: keys.blobs.clone(),
            noticed: Mutex::default(),
            steady: Mutex::default(),
            ballast: OnceLock::new(),
        })
    }

    /// Room that is given up when the disk is full.
    pub fn give_ballast(&self, ballast: Ballast) {
        let _ = self.ballast.set(ballast);
    }

    /// See [`Steady`]. Not twice on one thread.
    pub fn steady(&self) -> Steady<'_> {
        Steady {
            _held: self.steady.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Keeps bytes durably; returns their SHA-256, hex. The same bytes are kept once.
    pub fn put(&self, plain: &[u8], _: &Steady) -> Result<String> {
        let sha256 = sha256_hex(plain);
        let path = self.path(&sha256);
        if self.open_file(&sha256).is_ok() {
            return Ok(sha256);
        }
        let sealed = self.sealer.seal(&sha256, plain);
        let write = || {
            disk::make_folder(disk::folder_of(&path))?;
            disk::write_whole(&path, &sealed)
        };
        match self.ballast.get() {
            Some(ballast) => ballast.for_room(write)?,
            None => write()?,
        }
        Ok(sha256)
    }

    /// The bytes with this SHA-256. `page.gone` when the file is missing or was changed, which is
    /// noticed: see [`Blobs::take_noticed`].
    pub fn get(&self, sha256: &str) -> Result<Vec<u8>> {
        let outcome = self.open_file(sha256);
        if outcome
            .as_ref()
            .is_err_and(|error| error.code() == "page.gone")
        {
            self.noticed().insert(sha256.to_owned());
        }
        outcome
    }

    /// Those that could not be opened since this was asked last.
    pub fn take_noticed(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.noticed())
    }

    /// Whether the bytes with this SHA-256 are here and whole.
    pub fn is_sound(&self, sha256: &str) -> Result<bool> {
        match self.open_file(sha256) {
            Ok(_) => Ok(true),
            Err(error) if error.code() == "page.gone" => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn noticed(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.noticed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open_file(&self, sha256: &str) -> Result<Vec<u8>> {
        let path = self.path(sha256);
        let envelope = match disk::read(&path) {
            Ok(envelope) => envelope,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::coded("page.gone"));
            }
            Err(error) => return Err(Error::disk(path)(error)),
        };
        let opened = self.sealer.open(sha256, &envelope);
        opened.ok_or_else(|| Error::coded("page.gone"))
    }

    /// Takes a file away; nothing when it is not there.
    pub fn remove(&self, sha256: &str, _: &Steady) -> Result<()> {
        disk::remove(&self.path(sha256))
    }

    /// Where they lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the file of these bytes lies, or would.
    pub fn path(&self, sha256: &str) -> PathBuf {
        let name = keyed_hash(&self.names, sha256);
        self.folder.join(&name[..2]).join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::DataKey;

    #[test]
    fn a_page_comes_back_whole_and_its_file_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(folder.path(), &DataKey::random().derive()).unwrap();
        let plain = b"a canary in a page".repeat(50);
        let steady = blobs.steady();
        let sha256 = blobs.put(&plain, &steady).unwrap();
        assert_eq!(blobs.put(&plain, &steady).unwrap(), sha256);
        assert_eq!(blobs.get(&sha256).unwrap(), plain);
        let path = blobs.path(&sha256);
        assert!(!path.to_string_lossy().contains(&sha256[..8]));
        let sealed = std::fs::read(&path).unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"canary"));
        std::fs::write(&path, &sealed[..sealed.len() - 1]).unwrap();
        assert_eq!(blobs.get(&sha256).unwrap_err().code(), "page.gone");
        blobs.put(&plain, &steady).unwrap();
        assert_eq!(
            blobs.get(&sha256).unwrap(),
            plain,
            "a damaged file is written anew"
        );
        blobs.remove(&sha256, &steady).unwrap();
        assert_eq!(blobs.get(&sha256).unwrap_err().code(), "page.gone");
    }
}
