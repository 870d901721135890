//! `keys.json` of the first layout: the data key sealed directly under each password, everything
//! else derived from it. It is read, and rewritten in today's layout at the first log-in.

use crypto::{Key, Secret, Suite};
use domain::Staff;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::wrap::bytes;
use super::{Cost, DataKey};
use crate::error::Result;

const PURPOSE: &str = "yizhan data key 1";

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OldKeyFile {
    /// 1.
    pub version: u32,
    /// One per staff member.
    pub wraps: Vec<OldWrap>,
}

/// The data key, sealed for one staff member.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OldWrap {
    /// Log-in name.
    pub login: String,
    /// Who that is.
    pub staff: Staff,
    /// What the password costs.
    pub cost: Cost,
    /// Salt, hex.
    pub salt: String,
    /// The sealed data key, hex.
    pub sealed: String,
}

impl OldWrap {
    /// The data key, for the right password.
    pub fn open(&self, password: &str, machine: &Secret) -> Result<Option<DataKey>> {
        let sealer = Key::new(&self.wrapping_key(password, machine)?, Suite::One);
        let Some(plain) = sealer.open(PURPOSE, &bytes(&self.sealed)?) else {
            return Ok(None);
        };
        let plain = Zeroizing::new(plain);
        let key = <[u8; 32]>::try_from(plain.as_slice()).ok();
        Ok(key.map(|key| DataKey(Zeroizing::new(key))))
    }

    fn wrapping_key(&self, password: &str, machine: &Secret) -> Result<Secret> {
        let salt = bytes(&self.salt)?;
        let mut both = Zeroizing::new([0; 64]);
        both[..32].copy_from_slice(self.cost.stretch(password, &salt)?.as_slice());
        both[32..].copy_from_slice(machine.as_slice());
        Ok(Suite::One.hkdf(&salt, both.as_slice(), b"yizhan wrap 1"))
    }

    /// As the first layout wrote it.
    #[cfg(test)]
    pub fn new(key: &DataKey, login: &str, staff: Staff, password: &str, machine: &Secret) -> Self {
        let mut made = OldWrap {
            login: login.into(),
            staff,
            cost: Cost::CHEAP,
            salt: "05".repeat(16),
            sealed: String::new(),
        };
        let wrapping = made
            .wrapping_key(password, machine)
            .expect("a cost of ours");
        let sealed = Key::new(&wrapping, Suite::One).seal(PURPOSE, key.0.as_slice());
        made.sealed = hex::encode(sealed);
        made
    }
}
