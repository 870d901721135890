//! The centre's key files: made once, readable by its user alone, never in PostgreSQL.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use crypto::{Secret, Suite};
use ed25519_dalek::SigningKey;
use rand::RngCore;
use zeroize::Zeroizing;

use crate::error::{Doing, Error, Result};
use crate::seal::Seals;

/// What the centre seals with, and what it signs its own log with.
pub struct Keys {
    /// Sealing and keyed hashes.
    pub seals: Seals,
    /// The centre's own log.
    pub log: SigningKey,
    /// Opens what comes by ferry.
    pub ferry: Secret,
}

impl Keys {
    /// Opens the keys of a folder, making what is not there yet. `suite` seals what is new.
    pub fn open_or_make(dir: &Path, suite: Suite) -> Result<Keys> {
        let keys = dir.join("keys");
        make_folder(&keys)?;
        let data = secret(&keys.join("data.key"))?;
        let log = secret(&keys.join("log.key"))?;
        let ferry = secret(&keys.join("ferry.key"))?;
        Ok(Keys {
            seals: Seals::new(&data, suite),
            log: SigningKey::from_bytes(&log),
            ferry,
        })
    }
}

/// Makes a folder that only we may enter.
pub fn make_folder(path: &Path) -> Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .doing("make", path)
}

/// Reads 32 secret bytes, making them on first use. A file that cannot be read is never replaced.
fn secret(path: &Path) -> Result<Zeroizing<[u8; 32]>> {
    if !path.exists() {
        let mut fresh = Zeroizing::new([0; 32]);
        rand::rngs::OsRng.fill_bytes(&mut *fresh);
        let text = Zeroizing::new(hex::encode(*fresh));
        write_private(path, text.as_bytes())?;
    }
    let text = Zeroizing::new(fs::read_to_string(path).doing("read", path)?);
    let mut bytes = Zeroizing::new([0; 32]);
    hex::decode_to_slice(text.trim(), &mut *bytes)
        .map_err(|_| Error::Config(format!("{} is not a key", path.display())))?;
    Ok(bytes)
}

/// Writes a file that only we may read: beside it first, synced, then renamed.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let side = path.with_extension("writing");
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&side)
        .doing("write", &side)?;
    file.write_all(bytes).doing("write", &side)?;
    file.sync_all().doing("sync", &side)?;
    fs::rename(&side, path).doing("rename", &side)?;
    sync_folder(path)
}

/// Makes a rename into the folder of `path` durable.
pub fn sync_folder(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .doing("sync", folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn keys_are_made_once_and_only_we_may_read_them() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::open_or_make(dir.path(), Suite::One).unwrap();
        let again = Keys::open_or_make(dir.path(), Suite::One).unwrap();
        assert_eq!(first.log.to_bytes(), again.log.to_bytes());
        let mode = |name: &str| {
            let path = dir.path().join("keys").join(name);
            fs::metadata(path).unwrap().permissions().mode() & 0o777
        };
        assert_eq!((mode("data.key"), mode("log.key")), (0o600, 0o600));
    }

    #[test]
    fn a_damaged_key_is_reported_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        Keys::open_or_make(dir.path(), Suite::One).unwrap();
        let path = dir.path().join("keys/data.key");
        fs::write(&path, "short").unwrap();
        assert!(Keys::open_or_make(dir.path(), Suite::One).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "short");
    }
}
