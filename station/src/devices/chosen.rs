//! What was chosen for the devices of this computer: the scanner that is used first, scanners that
//! were added by address, the watched folder. Nothing about a person; a plain file beside the
//! station's keys.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::{Error, Result};

/// The file's name in the station's folder.
const FILE: &str = "devices.json";
/// Scanners that can be added.
pub const ADDED_LIMIT: usize = 8;

/// The choices.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chosen {
    /// Pages come from this device first.
    pub source: Option<String>,
    /// Network scanners by address.
    pub scanners: Vec<AddedScanner>,
    /// Files that appear here are pages.
    pub folder: Option<PathBuf>,
}

/// A scanner on the network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddedScanner {
    /// `http://…/eSCL` as it answered.
    pub address: String,
    /// What it calls itself.
    pub name: String,
}

impl Chosen {
    /// As last kept; nothing chosen when there is no file or it cannot be read.
    pub fn load(folder: &Path) -> Chosen {
        let Ok(text) = std::fs::read_to_string(folder.join(FILE)) else {
            return Chosen::default();
        };
        serde_json::from_str(&text).unwrap_or_else(|error| {
            tracing::warn!(%error, "the choice of devices is not readable");
            Chosen::default()
        })
    }

    /// Keeps the choices durably.
    pub fn save(&self, folder: &Path) -> Result<()> {
        if self.scanners.len() > ADDED_LIMIT {
            return Err(Error::coded("device.too_many"));
        }
        disk::write_whole(&folder.join(FILE), &serde_json::to_vec_pretty(self)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_survive_a_restart_and_a_file_that_is_no_choice_chooses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let chosen = Chosen {
            source: Some("sane:test:0".into()),
            folder: Some("/somewhere".into()),
            ..Chosen::default()
        };
        chosen.save(folder.path()).unwrap();
        assert_eq!(Chosen::load(folder.path()), chosen);
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(Chosen::load(folder.path()), Chosen::default());
    }
}
