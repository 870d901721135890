//! Pages' bytes as sealed files in the centre's folder. A file is a row of frames, one for each
//! part as it arrived: `length of the envelope (4 bytes, big endian) ‖ envelope` (see `seal`), bound
//! to the community, the page's hash and the offset in the plain bytes.
//!
//! While a page arrives its file ends in `.part`. How much of it counts is said by the database: a
//! longer file is what a crash left over.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use domain::Division;
use domain::sync::{BLOB_LIMIT_BYTES, BLOB_PART_BYTES};
use sha2::{Digest, Sha256};

use crate::error::{Doing, Error, Result};
use crate::keys::{make_folder, sync_folder};
use crate::seal::{Kind, OVERHEAD_BYTES, Seals};

/// The folder of pages.
#[derive(Clone)]
pub struct Blobs {
    folder: PathBuf,
}

/// One community's copy of one page.
#[derive(Clone)]
pub struct Name {
    feed: Division,
    sha256: [u8; 32],
}

impl Name {
    /// Names a page.
    pub fn new(feed: &Division, sha256: &[u8; 32]) -> Name {
        Name {
            feed: feed.clone(),
            sha256: *sha256,
        }
    }

    fn place(&self, offset: u64) -> Vec<u8> {
        format!("{}/{}/{offset}", self.feed, hex::encode(self.sha256)).into_bytes()
    }
}

impl Blobs {
    /// Opens the folder `blobs` of the centre's folder.
    pub fn open(dir: &Path) -> Result<Blobs> {
        let folder = dir.join("blobs");
        make_folder(&folder)?;
        Ok(Blobs { folder })
    }

    /// Writes a part behind `sealed_bytes` that count, and returns how many count then. None when
    /// the file does not have as many: the page must come again from its start.
    pub fn append(
        &self,
        seals: &Seals,
        name: &Name,
        sealed_bytes: u64,
        offset: u64,
        part: &[u8],
    ) -> Result<Option<u64>> {
        let path = self.path(seals, name)?;
        let arriving = path.with_extension("part");
        if !arriving.exists() && path.exists() {
            // Finished before a crash that the database did not see.
            fs::rename(&path, &arriving).doing("rename", &path)?;
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&arriving)
            .doing("open", &arriving)?;
        let length = file.metadata().doing("look at", &arriving)?.len();
        if length < sealed_bytes {
            return Ok(None);
        }
        let envelope = seals.seal(Kind::Page, &name.place(offset), part);
        let length = u32::try_from(envelope.len())
            .map_err(|_| Error::Fault("a part beyond 4 GiB".to_owned()))?;
        file.set_len(sealed_bytes).doing("cut", &arriving)?;
        file.seek(SeekFrom::Start(sealed_bytes))
            .doing("write", &arriving)?;
        file.write_all(&length.to_be_bytes())
            .doing("write", &arriving)?;
        file.write_all(&envelope).doing("write", &arriving)?;
        Ok(Some(sealed_bytes + 4 + u64::from(length)))
    }

    /// Reads back a whole page, and keeps it when it is the one it should be: synced, renamed, the
    /// folder synced. False when the bytes are others; they are gone then.
    pub fn finish(&self, seals: &Seals, name: &Name) -> Result<bool> {
        let path = self.path(seals, name)?;
        let arriving = path.with_extension("part");
        let mut hash = Sha256::new();
        frames(seals, name, &arriving, |plain| hash.update(plain))?;
        if hash.finalize().as_slice() != name.sha256 {
            fs::remove_file(&arriving).doing("delete", &arriving)?;
            return Ok(false);
        }
        let file = File::open(&arriving).doing("open", &arriving)?;
        file.sync_all().doing("sync", &arriving)?;
        fs::rename(&arriving, &path).doing("rename", &arriving)?;
        sync_folder(&path)?;
        Ok(true)
    }

    /// The plain bytes of a stored page.
    pub fn read(&self, seals: &Seals, name: &Name) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        frames(seals, name, &self.path(seals, name)?, |plain| {
            bytes.extend_from_slice(plain);
        })?;
        if Sha256::digest(&bytes).as_slice() != name.sha256 {
            return Err(Error::Sealed("a page of other bytes"));
        }
        Ok(bytes)
    }

    /// A page's file is named by a keyed hash.
    fn path(&self, seals: &Seals, name: &Name) -> Result<PathBuf> {
        let hash = hex::encode(seals.hash("page", &name.place(0)));
        let folder = self.folder.join(&hash[..2]);
        if !folder.exists() {
            make_folder(&folder)?;
        }
        Ok(folder.join(&hash[2..]))
    }
}

fn frames(seals: &Seals, name: &Name, path: &Path, mut each: impl FnMut(&[u8])) -> Result<()> {
    let mut file = std::io::BufReader::new(File::open(path).doing("open", path)?);
    let mut offset = 0;
    loop {
        let mut length = [0; 4];
        match file.read_exact(&mut length) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error).doing("read", path),
        }
        let length = u32::from_be_bytes(length) as usize;
        if length > BLOB_PART_BYTES + OVERHEAD_BYTES || offset > BLOB_LIMIT_BYTES {
            return Err(Error::Sealed("a frame too long"));
        }
        let mut envelope = vec![0; length];
        file.read_exact(&mut envelope).doing("read", path)?;
        let plain = seals.open(Kind::Page, &name.place(offset), &envelope)?;
        offset += plain.len() as u64;
        each(&plain);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setup() -> (tempfile::TempDir, Blobs, Seals, Name, Vec<u8>) {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(dir.path()).unwrap();
        let bytes: Vec<u8> = (0..700_000u32).map(|n| (n % 251) as u8).collect();
        let digest: [u8; 32] = Sha256::digest(&bytes).into();
        let name = Name::new(&Division("320302001005".into()), &digest);
        (
            dir,
            blobs,
            Seals::new(&[1; 32], crypto::Suite::One),
            name,
            bytes,
        )
    }

    #[test]
    fn a_page_in_parts_is_read_back_whole_after_a_part_was_written_twice() {
        let (_dir, blobs, seals, name, bytes) = setup();
        let (mut sealed, mut offset) = (0, 0);
        for part in bytes.chunks(BLOB_PART_BYTES) {
            // The first try was written but never counted, as after a crash.
            blobs.append(&seals, &name, sealed, offset, part).unwrap();
            sealed = blobs
                .append(&seals, &name, sealed, offset, part)
                .unwrap()
                .unwrap();
            offset += part.len() as u64;
        }
        assert!(blobs.finish(&seals, &name).unwrap());
        assert_eq!(blobs.read(&seals, &name).unwrap(), bytes);
    }

    #[test]
    fn a_changed_file_is_refused_and_other_bytes_are_not_kept() {
        let (_dir, blobs, seals, name, bytes) = setup();
        blobs.append(&seals, &name, 0, 0, &bytes[..1000]).unwrap();
        assert!(!blobs.finish(&seals, &name).unwrap());
        assert_eq!(blobs.append(&seals, &name, 1016, 1000, b"x").unwrap(), None);
        let mut sealed = 0;
        for (at, part) in bytes.chunks(BLOB_PART_BYTES).enumerate() {
            let offset = (at * BLOB_PART_BYTES) as u64;
            sealed = blobs
                .append(&seals, &name, sealed, offset, part)
                .unwrap()
                .unwrap();
        }
        assert!(blobs.finish(&seals, &name).unwrap());
        let path = blobs.path(&seals, &name).unwrap();
        let mut file = fs::read(&path).unwrap();
        file[5000] ^= 1;
        fs::write(&path, file).unwrap();
        assert!(blobs.read(&seals, &name).is_err());
    }
}
