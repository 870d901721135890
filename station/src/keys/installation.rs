//! The enrolled machine: its identity, and the keys by which it speaks. The public part lies in
//! `installation.json`; the whole is sealed in the store, so that a locked PC cannot speak for the
//! station.

use std::path::Path;

use chrono::{DateTime, Utc};
use domain::{Division, Id};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use crate::disk;
use crate::error::{Error, Result};

const FILE: &str = "installation.json";

/// One enrolled machine with its private keys. They are wiped when dropped.
#[derive(Clone, Serialize, Deserialize)]
pub struct Installation {
    /// Given by the centre.
    pub id: Id,
    /// Its community.
    pub community: Division,
    /// The community's name.
    pub community_name: String,
    /// The centre's port for stations.
    pub station_url: String,
    /// The centre's port that asks for no certificate, as it was typed; empty when an older program
    /// enrolled this machine.
    #[serde(default)]
    pub centre_url: String,
    /// The machine's number within its community; 0 while it is not known.
    #[serde(default)]
    pub number: u32,
    /// Until when the certificate holds; None while that is not known.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// Client certificate, PEM.
    pub certificate_pem: String,
    /// Its private key, PEM.
    pub key_pem: String,
    /// The city CA, PEM.
    pub ca_pem: String,
    /// Ed25519 seed that signs the log.
    pub log_key: [u8; 32],
    /// Ed25519 public key by which the centre signs leases, hex.
    pub centre_key: String,
}

/// What may lie open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicPart {
    /// See [`Installation::id`].
    pub id: Id,
    /// See [`Installation::community`].
    pub community: Division,
    /// See [`Installation::community_name`].
    pub community_name: String,
    /// See [`Installation::station_url`].
    pub station_url: String,
    /// See [`Installation::centre_url`].
    #[serde(default)]
    pub centre_url: String,
    /// See [`Installation::certificate_pem`].
    pub certificate_pem: String,
    /// See [`Installation::ca_pem`].
    pub ca_pem: String,
}

impl Installation {
    /// What may lie open.
    pub fn public(&self) -> PublicPart {
        PublicPart {
            id: self.id,
            community: self.community.clone(),
            community_name: self.community_name.clone(),
            station_url: self.station_url.clone(),
            centre_url: self.centre_url.clone(),
            certificate_pem: self.certificate_pem.clone(),
            ca_pem: self.ca_pem.clone(),
        }
    }
}

impl Installation {
    /// `{community}-{machine}-{six digits}`; without the machine where its number is not known.
    pub fn serial(&self, count: u64) -> String {
        match self.number {
            0 => format!("{}-{count:06}", self.community),
            number => format!("{}-{number:02}-{count:06}", self.community),
        }
    }
}

impl PublicPart {
    /// As last written.
    pub fn load(folder: &Path) -> Option<PublicPart> {
        let bytes = disk::read(&folder.join(FILE)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Whether there was an installation here.
    pub fn exists(folder: &Path) -> bool {
        disk::exists(&folder.join(FILE))
    }

    /// Writes it down.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(self).map_err(Error::from)?;
        disk::write_whole(&folder.join(FILE), &bytes)
    }
}

impl std::fmt::Debug for Installation {
    /// Without the private keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Installation({})", self.id)
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        self.key_pem.zeroize();
        self.log_key.zeroize();
    }
}
