//! `recovery.json`: the request that waits for its answer, and the private key that the answer is
//! sealed to. By itself that key opens nothing: the answer needs the release code too.

use std::path::Path;

use crypto::BoxKey;
use domain::recovery::{Ask, Stands, hash, spoken_code};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::disk;
use crate::error::{Error, Result};

/// Its name.
pub(crate) const FILE: &str = "recovery.json";

/// One request.
#[derive(Clone, Serialize, Deserialize)]
pub struct Pending {
    /// As it travels, verbatim.
    pub text: String,
    /// Suite and private key, hex.
    key: String,
    /// What the centre said last; None while it has not been told.
    pub stands: Option<Stands>,
}

impl Pending {
    /// A request that nobody has been told of.
    pub(super) fn new(ask: &Ask, own: &BoxKey) -> Result<Pending> {
        Ok(Pending {
            text: serde_json::to_string(ask)?,
            key: hex::encode(own.to_bytes().as_slice()),
            stands: None,
        })
    }

    /// The one that waits, if any does. A damaged file is none: asking again costs a phone call.
    pub fn load(folder: &Path) -> Option<Pending> {
        let bytes = std::fs::read(folder.join(FILE)).ok()?;
        serde_json::from_slice(&Zeroizing::new(bytes)).ok()
    }

    /// Writes it down.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let bytes = Zeroizing::new(serde_json::to_vec(self)?);
        disk::write_whole(&folder.join(FILE), &bytes)
    }

    /// Takes it away: its answer opens nothing any more.
    pub fn remove(folder: &Path) -> Result<()> {
        let path = folder.join(FILE);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::disk(path)(error))
            }
            _ => disk::sync_folder(folder).map_err(Error::disk(folder)),
        }
    }

    /// What it asks.
    pub fn ask(&self) -> Result<Ask> {
        Ok(serde_json::from_str(&self.text)?)
    }

    /// See [`domain::recovery::hash`].
    pub fn hash(&self) -> String {
        hash(&self.text)
    }

    /// See [`spoken_code`].
    pub fn code(&self) -> String {
        spoken_code(&self.hash())
    }

    pub(super) fn own(&self) -> Option<BoxKey> {
        BoxKey::read(&Zeroizing::new(hex::decode(&self.key).ok()?))
    }
}
