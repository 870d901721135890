//! The machine secret: a second factor, so that a stolen `keys.json` is of no use elsewhere. Here
//! it is a file of its own; a TPM or the system's secret store would be others.

use std::path::Path;

use rand::RngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use super::Secret;
use crate::disk;
use crate::error::{Error, Result};

const FILE: &str = "machine.secret";

/// The secret in `folder`, made when there is none and `make` says so.
pub fn machine_secret(folder: &Path, make: bool) -> Result<Secret> {
    let path = folder.join(FILE);
    match std::fs::read(&path) {
        Ok(bytes) => {
            let bytes = Zeroizing::new(bytes);
            let secret = <[u8; 32]>::try_from(bytes.as_slice())
                .map_err(|_| Error::coded("keys.unreadable"))?;
            Ok(Zeroizing::new(secret))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && make => {
            let mut secret = Zeroizing::new([0; 32]);
            OsRng.fill_bytes(secret.as_mut());
            disk::write_whole(&path, secret.as_slice())?;
            Ok(secret)
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(Error::coded("keys.missing"))
        }
        Err(error) => Err(Error::disk(path)(error)),
    }
}
