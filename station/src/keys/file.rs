//! `keys.json`: who can open the data key, each with a wrap of their own. Written whole, synced,
//! with a copy beside it; its existence says that a store exists.

use std::path::Path;

use domain::Staff;
use rand::RngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};

use super::wrap::{self, Cost};
use super::{DataKey, Secret};
use crate::disk;
use crate::error::{Error, Result};

const FILE: &str = "keys.json";
const COPY: &str = "keys.json.copy";

/// The wraps of the data key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KeyFile {
    /// Layout of this file.
    pub version: u32,
    /// One per staff member.
    pub wraps: Vec<Wrap>,
}

/// The data key, sealed for one staff member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wrap {
    /// Log-in name.
    pub login: String,
    /// Who that is.
    pub staff: Staff,
    /// What the password costs.
    pub cost: Cost,
    /// Salt, hex.
    pub salt: String,
    /// The sealed data key with its suite byte, hex.
    pub sealed: String,
}

impl Wrap {
    /// Seals `key` for a staff member's password.
    pub fn new(
        key: &DataKey,
        login: &str,
        staff: Staff,
        password: &str,
        machine: &Secret,
        cost: Cost,
    ) -> Wrap {
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        Wrap {
            login: login.to_owned(),
            staff,
            cost,
            salt: hex::encode(salt),
            sealed: hex::encode(wrap::wrap(key, password, &salt, machine, cost)),
        }
    }

    /// The data key, for the right password.
    pub fn open(&self, password: &str, machine: &Secret) -> Result<Option<DataKey>> {
        let damaged = |_| Error::coded("keys.unreadable");
        let salt = hex::decode(&self.salt).map_err(damaged)?;
        let sealed = hex::decode(&self.sealed).map_err(damaged)?;
        wrap::unwrap(&sealed, password, &salt, machine, self.cost)
    }
}

impl KeyFile {
    /// The file in `folder`, or its copy; None when there is neither.
    pub fn load(folder: &Path) -> Result<Option<KeyFile>> {
        let mut damaged = false;
        for name in [FILE, COPY] {
            match std::fs::read(folder.join(name)) {
                Ok(bytes) => match serde_json::from_slice(&bytes) {
                    Ok(file) => return Ok(Some(file)),
                    Err(_) => damaged = true,
                },
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(Error::disk(folder.join(name))(error)),
            }
        }
        if damaged {
            return Err(Error::coded("keys.unreadable"));
        }
        Ok(None)
    }

    /// Writes the copy, then the file: one of them is always whole.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(self)?;
        disk::write_whole(&folder.join(COPY), &bytes)?;
        disk::write_whole(&folder.join(FILE), &bytes)
    }

    /// The wrap of a log-in name.
    pub fn find(&self, login: &str) -> Option<&Wrap> {
        self.wraps.iter().find(|wrap| wrap.login == login)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_key_file_is_replaced_by_its_copy_and_never_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(KeyFile::load(folder.path()).unwrap().is_none());
        let file = KeyFile {
            version: 1,
            wraps: Vec::new(),
        };
        file.save(folder.path()).unwrap();
        std::fs::write(folder.path().join(FILE), b"{").unwrap();
        assert_eq!(KeyFile::load(folder.path()).unwrap(), Some(file));
        std::fs::write(folder.path().join(COPY), b"").unwrap();
        let error = KeyFile::load(folder.path()).unwrap_err();
        assert_eq!(error.code(), "keys.unreadable");
    }
}
