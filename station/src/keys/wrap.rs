//! One staff member's way in: a key pair of their own, its private half sealed under
//! HKDF(argon2id(password) ‖ machine secret). The data key is boxed to the public half, so that a new data
//! key can be given to everybody who stays without asking for their passwords.

use crypto::{BoxKey, BoxPublicKey, Key, Secret, Suite};
use domain::Staff;
use rand::RngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Cost;
use crate::error::{Error, Result};

/// A staff member in `keys.json`.
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
    /// Which machine secret it needs; see [`machine_id`].
    pub machine: String,
    /// The public key, hex.
    pub public: String,
    /// The private key, sealed, hex.
    pub private: String,
}

impl Wrap {
    /// A new key pair for a password, and the data key's way to it.
    pub fn new(
        login: &str,
        staff: Staff,
        password: &str,
        machine: &Secret,
        cost: Cost,
        suite: Suite,
    ) -> Wrap {
        let key = BoxKey::random(suite);
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        // The costs that this program chooses are in argon2's range.
        let wrapping = wrapping_key(password, &salt, machine, cost).expect("the cost is in range");
        let private = Key::new(&wrapping, suite).seal(purpose(login), &key.to_bytes());
        Wrap {
            login: login.to_owned(),
            staff,
            cost,
            salt: hex::encode(salt),
            machine: machine_id(machine),
            public: hex::encode(key.public().to_bytes()),
            private: hex::encode(private),
        }
    }

    /// Where a data key is boxed to.
    pub fn public(&self) -> Result<BoxPublicKey> {
        BoxPublicKey::read(&bytes(&self.public)?).ok_or_else(damaged)
    }

    /// The private key; None for a wrong password. `keys.machine_changed` when it was sealed with
    /// another machine secret than the one there is: no password would open it.
    pub fn open(&self, password: &str, machine: &Secret) -> Result<Option<BoxKey>> {
        if self.machine != machine_id(machine) {
            return Err(Error::coded("keys.machine_changed"));
        }
        let wrapping = wrapping_key(password, &bytes(&self.salt)?, machine, self.cost)?;
        let opened =
            Key::new(&wrapping, Suite::One).open(purpose(&self.login), &bytes(&self.private)?);
        let Some(plain) = opened.map(Zeroizing::new) else {
            return Ok(None);
        };
        Ok(Some(BoxKey::read(&plain).ok_or_else(damaged)?))
    }
}

/// Names a machine secret without telling it: eight bytes of a keyed hash, hex.
pub fn machine_id(machine: &Secret) -> String {
    hex::encode(&Suite::One.hmac(machine.as_slice(), &[b"yizhan machine 2"])[..8])
}

/// Hex of `keys.json`.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>> {
    hex::decode(text).map_err(|_| damaged())
}

pub(super) fn damaged() -> Error {
    Error::coded("keys.unreadable")
}

fn purpose(login: &str) -> String {
    format!("yizhan staff key 2 {login}")
}

fn wrapping_key(password: &str, salt: &[u8], machine: &Secret, cost: Cost) -> Result<Secret> {
    // Twice 32 bytes: what the password gives, then what the machine holds.
    let mut both = Zeroizing::new([0; 64]);
    both[..32].copy_from_slice(cost.stretch(password, salt)?.as_slice());
    both[32..].copy_from_slice(machine.as_slice());
    Ok(Suite::One.hkdf(salt, both.as_slice(), b"yizhan wrap 2"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::staff;

    #[test]
    fn password_and_machine_are_both_needed() {
        let (here, there) = (Zeroizing::new([1; 32]), Zeroizing::new([2; 32]));
        for suite in Suite::ALL {
            let wrap = Wrap::new("zhang", staff(), "right", &here, Cost::CHEAP, suite);
            let key = wrap.open("right", &here).unwrap().unwrap();
            assert_eq!(key.public(), wrap.public().unwrap());
            assert!(wrap.open("wrong", &here).unwrap().is_none());
            let elsewhere = wrap.open("right", &there);
            assert_eq!(elsewhere.unwrap_err().code(), "keys.machine_changed");
            let mut forged = wrap.clone();
            forged.machine = machine_id(&there);
            assert!(forged.open("right", &there).unwrap().is_none());
            forged = wrap;
            forged.login = "li".into();
            assert!(
                forged.open("right", &here).unwrap().is_none(),
                "another name"
            );
        }
    }
}
