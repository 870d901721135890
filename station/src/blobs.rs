//! Pages as sealed files. A file is named by a keyed hash of its content's hash, so that a folder
//! listing tells nothing; it is synced before anything refers to it.

use std::path::{Path, PathBuf};

use domain::sync::sha256_hex;

use crate::disk;
use crate::error::{Error, Result};
use crate::keys::{Keys, Secret, keyed_hash};
use crate::seal;

/// The folder of sealed files.
pub struct Blobs {
    folder: PathBuf,
    key: Secret,
}

impl Blobs {
    /// The folder, made when it is not there.
    pub fn open(folder: &Path, keys: &Keys) -> Result<Blobs> {
        std::fs::create_dir_all(folder).map_err(Error::disk(folder))?;
        Ok(Blobs {
            folder: folder.to_owned(),
            key: keys.blobs.clone(),
        })
    }

    /// Keeps bytes durably; returns their SHA-256, hex. The same bytes are kept once.
    pub fn put(&self, plain: &[u8]) -> Result<String> {
        let sha256 = sha256_hex(plain);
        let path = self.path(&sha256);
        if self.get(&sha256).is_ok() {
            return Ok(sha256);
        }
        let shelf = path.parent().unwrap_or(&self.folder);
        if !shelf.exists() {
            std::fs::create_dir_all(shelf).map_err(Error::disk(shelf))?;
            disk::sync_folder(&self.folder).map_err(Error::disk(&self.folder))?;
        }
        disk::write_whole(&path, &seal::seal(&self.key, &sha256, plain))?;
        Ok(sha256)
    }

    /// The bytes with this SHA-256. `page.gone` when the file is missing or was changed.
    pub fn get(&self, sha256: &str) -> Result<Vec<u8>> {
        let path = self.path(sha256);
        let envelope = match std::fs::read(&path) {
            Ok(envelope) => envelope,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::coded("page.gone"));
            }
            Err(error) => return Err(Error::disk(path)(error)),
        };
        seal::open(&self.key, sha256, &envelope).ok_or_else(|| Error::coded("page.gone"))
    }

    /// Takes a file away; nothing when it is not there.
    pub fn remove(&self, sha256: &str) -> Result<()> {
        let path = self.path(sha256);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::disk(path)(error))
            }
            _ => Ok(()),
        }
    }

    fn path(&self, sha256: &str) -> PathBuf {
        let name = keyed_hash(&self.key, sha256);
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
        let sha256 = blobs.put(&plain).unwrap();
        assert_eq!(blobs.put(&plain).unwrap(), sha256);
        assert_eq!(blobs.get(&sha256).unwrap(), plain);
        let path = blobs.path(&sha256);
        assert!(!path.to_string_lossy().contains(&sha256[..8]));
        let sealed = std::fs::read(&path).unwrap();
        assert!(!sealed.windows(6).any(|bytes| bytes == b"canary"));
        std::fs::write(&path, &sealed[..sealed.len() - 1]).unwrap();
        assert_eq!(blobs.get(&sha256).unwrap_err().code(), "page.gone");
        blobs.put(&plain).unwrap();
        assert_eq!(
            blobs.get(&sha256).unwrap(),
            plain,
            "a damaged file is written anew"
        );
        blobs.remove(&sha256).unwrap();
        assert_eq!(blobs.get(&sha256).unwrap_err().code(), "page.gone");
    }
}
