//! The machine secret: 32 bytes that go into every staff member's key beside the password, so that a
//! stolen disk can't be guessed at elsewhere. It is a second factor and never the only way in: when it is lost
//! (a cleared TPM, a new mainboard), the centre's officers or the printed code open the data.
//!
//! Where it is kept is written in `keys.json`. Moving it keeps its value, so nobody's password is needed.

mod dpapi;
mod file;
#[cfg(target_os = "linux")]
mod secret_service;
#[cfg(target_os = "linux")]
mod tpm;

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Secret;
use crate::error::{Error, Result};

pub(crate) use file::FILE as IN_FILE;
pub use file::InFile;
#[cfg(target_os = "linux")]
pub use secret_service::InSecretService;
#[cfg(target_os = "linux")]
pub use tpm::InTpm;

/// What can keep a machine secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Keeper {
    /// A TPM 2.0.
    Tpm,
    /// The desktop's Secret Service (GNOME Keyring, KWallet).
    SecretService,
    /// Windows' DPAPI.
    Dpapi,
    /// A file beside the data: a copy of the disk takes it along.
    File,
}

/// How the machine secret is kept, in `keys.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kept {
    /// Sealed by a TPM 2.0.
    Tpm {
        /// TPM2B_PUBLIC of the sealed object, hex.
        public: String,
        /// TPM2B_PRIVATE, wrapped by the TPM's storage key, hex.
        private: String,
    },
    /// In the desktop's Secret Service.
    SecretService {
        /// Finds the item.
        item: String,
    },
    /// Sealed by Windows for this user.
    Dpapi {
        /// What `CryptProtectData` gave, hex.
        sealed: String,
    },
    /// In a file beside the data.
    #[default]
    File,
}

/// A keeper of the machine secret.
pub trait Keeps {
    /// Keeps a secret; what is returned finds it again.
    fn keep(&self, secret: &Secret) -> Result<Kept>;
    /// The secret. `keys.machine_lost` when it is not there any more.
    fn fetch(&self, kept: &Kept) -> Result<Secret>;
    /// Forgets it, after it has been moved.
    fn forget(&self, kept: &Kept) -> Result<()>;
}

impl Kept {
    /// Who keeps it.
    pub fn keeper(&self) -> Keeper {
        match self {
            Kept::Tpm { .. } => Keeper::Tpm,
            Kept::SecretService { .. } => Keeper::SecretService,
            Kept::Dpapi { .. } => Keeper::Dpapi,
            Kept::File => Keeper::File,
        }
    }
}

/// The keeper of a kind for the station in `folder`. `keys.keeper_absent` on another system.
pub fn keeper(kind: Keeper, folder: &Path) -> Result<Box<dyn Keeps>> {
    match kind {
        Keeper::File => Ok(Box::new(InFile::new(folder))),
        #[cfg(target_os = "linux")]
        Keeper::Tpm => Ok(Box::new(InTpm::system())),
        #[cfg(target_os = "linux")]
        Keeper::SecretService => Ok(Box::new(InSecretService)),
        #[cfg(windows)]
        Keeper::Dpapi => Ok(Box::new(dpapi::InDpapi)),
        #[allow(unreachable_patterns)]
        _ => Err(Error::coded("keys.keeper_absent")),
    }
}

/// The machine secret of the station in `folder`.
pub fn fetch(kept: &Kept, folder: &Path) -> Result<Secret> {
    keeper(kept.keeper(), folder)?.fetch(kept)
}

/// Keepers that answer on this machine, best first. The file always does.
pub fn there(folder: &Path) -> Vec<Keeper> {
    let mut found = Vec::new();
    #[cfg(target_os = "linux")]
    {
        if InTpm::system().answers() {
            found.push(Keeper::Tpm);
        }
        if InSecretService.answers() {
            found.push(Keeper::SecretService);
        }
    }
    if keeper(Keeper::Dpapi, folder).is_ok() {
        found.push(Keeper::Dpapi);
    }
    found.push(Keeper::File);
    found
}

/// A new machine secret, kept by the best keeper that needs no person to unlock it: a TPM or DPAPI, a
/// file otherwise. The Secret Service is chosen by hand.
pub fn establish(folder: &Path) -> Result<(Secret, Kept)> {
    let secret = crypto::random_secret();
    for kind in [Keeper::Tpm, Keeper::Dpapi] {
        if let Ok(kept) = keeper(kind, folder).and_then(|keeper| keeper.keep(&secret)) {
            return Ok((secret, kept));
        }
    }
    let kept = InFile::new(folder).keep(&secret)?;
    Ok((secret, kept))
}

pub(super) fn lost() -> Error {
    Error::coded("keys.machine_lost")
}
