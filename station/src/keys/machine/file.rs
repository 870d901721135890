//! The machine secret in a file beside the data. It stops nobody who copies the whole disk, so the
//! keys page warns; it is what there is on a machine with nothing better.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Keeps, Kept, lost};
use crate::disk;
use crate::error::{Error, Result};
use crate::keys::Secret;

/// Its name.
pub(crate) const FILE: &str = "machine.secret";

/// See the module.
pub struct InFile(PathBuf);

impl InFile {
    /// In a station's folder.
    pub fn new(folder: &Path) -> InFile {
        InFile(folder.join(FILE))
    }
}

impl Keeps for InFile {
    fn keep(&self, secret: &Secret) -> Result<Kept> {
        disk::write_whole(&self.0, secret.as_slice())?;
        Ok(Kept::File)
    }

    fn fetch(&self, _: &Kept) -> Result<Secret> {
        match disk::read(&self.0).map(Zeroizing::new) {
            Ok(bytes) => {
                let secret = <[u8; 32]>::try_from(bytes.as_slice());
                secret.map(Zeroizing::new).map_err(|_| lost())
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(lost()),
            Err(error) => Err(Error::disk(&self.0)(error)),
        }
    }

    /// Overwritten first. On a flash disk or a copying file system that reaches nothing; then only
    /// the disk's own encryption or destruction does.
    fn forget(&self, _: &Kept) -> Result<()> {
        if !disk::exists(&self.0) {
            return Ok(());
        }
        let noise = crypto::random_secret();
        let disk = disk::of(&self.0);
        disk.open(&self.0, disk::How::Update)
            .and_then(|file| {
                file.write_at(0, noise.as_slice())?;
                file.sync()
            })
            .and_then(|()| disk.remove(&self.0))
            .map_err(Error::disk(&self.0))?;
        let folder = disk::folder_of(&self.0);
        disk::sync_folder(folder).map_err(Error::disk(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_in_a_file_is_found_again_until_it_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let keeper = InFile::new(folder.path());
        assert_eq!(
            keeper.fetch(&Kept::File).unwrap_err().code(),
            "keys.machine_lost"
        );
        let secret = crypto::random_secret();
        let kept = keeper.keep(&secret).unwrap();
        assert_eq!(keeper.fetch(&kept).unwrap(), secret);
        keeper.forget(&kept).unwrap();
        keeper.forget(&kept).unwrap();
        assert_eq!(keeper.fetch(&kept).unwrap_err().code(), "keys.machine_lost");
        std::fs::write(folder.path().join(FILE), b"short").unwrap();
        assert_eq!(keeper.fetch(&kept).unwrap_err().code(), "keys.machine_lost");
    }
}
