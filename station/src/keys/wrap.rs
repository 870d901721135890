//! One staff member's way in: a key pair of their own, its private half sealed under
//! HKDF(argon2id(password) ‖ machine secret), and ‖ their own card where the city asks for it. The data key is boxed to the public half, so that a new data
//! key can be given to everybody who stays without asking for their passwords.

use crypto::{BoxKey, BoxPublicKey, Key, Secret, Suite};
use domain::substitute::Neighbour;
use domain::{Id, Staff};
use rand::RngCore;
use rand::rngs::OsRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{Cost, OwnCard};
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
    /// Which card it needs beside the password, by a keyed hash; None for none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// By which code they were let in as a substitute; None for who works here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub let_in: Option<Id>,
    /// The password at the centre when this was made: see `domain::lease::LeaseMember::mark`. Not sealed:
    /// it decides nothing but which words are shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// The centre has another password since.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub changed: bool,
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
        card: Option<&OwnCard>,
        cost: Cost,
        suite: Suite,
    ) -> Wrap {
        Wrap::made(login, staff, password, machine, card, None, cost, suite)
    }

    /// The same for a substitute who was let in by a code. That they are one is part of what is sealed.
    pub fn substitute(
        who: &Neighbour,
        password: &str,
        machine: &Secret,
        card: Option<&OwnCard>,
        code: Id,
        cost: Cost,
        suite: Suite,
    ) -> Wrap {
        let (login, staff) = (who.login.as_str(), who.staff.clone());
        let by = Some(code);
        Wrap::made(login, staff, password, machine, card, by, cost, suite)
    }

    #[expect(clippy::too_many_arguments, reason = "whose, by what, at what cost")]
    fn made(
        login: &str,
        staff: Staff,
        password: &str,
        machine: &Secret,
        card: Option<&OwnCard>,
        let_in: Option<Id>,
        cost: Cost,
        suite: Suite,
    ) -> Wrap {
        let key = BoxKey::random(suite);
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        // The costs that this program chooses are in argon2's range.
        let wrapping = wrapping_key(password, &salt, machine, card, cost);
        let wrapping = wrapping.expect("the cost is in range");
        let private = Key::new(&wrapping, suite).seal(purpose(login, let_in), &key.to_bytes());
        Wrap {
            login: login.to_owned(),
            staff,
            cost,
            salt: hex::encode(salt),
            machine: machine_id(machine),
            card: card.map(|card| card.id(machine)),
            let_in,
            mark: None,
            changed: false,
            public: hex::encode(key.public().to_bytes()),
            private: hex::encode(private),
        }
    }

    /// Where a data key is boxed to.
    pub fn public(&self) -> Result<BoxPublicKey> {
        BoxPublicKey::read(&bytes(&self.public)?).ok_or_else(damaged)
    }

    /// The private key; None for a wrong password. `keys.machine_changed` when it was sealed with
    /// another machine secret than the one there is: no password would open it. `auth.card_needed`,
    /// `auth.wrong_card` when it was sealed with a card too, and that one is not there.
    pub fn open(
        &self,
        password: &str,
        machine: &Secret,
        card: Option<&OwnCard>,
    ) -> Result<Option<BoxKey>> {
        if self.machine != machine_id(machine) {
            return Err(Error::coded("keys.machine_changed"));
        }
        let card = match &self.card {
            None => None,
            Some(id) => {
                let card = card.ok_or_else(|| Error::coded("auth.card_needed"))?;
                if card.id(machine) != *id {
                    return Err(Error::coded("auth.wrong_card"));
                }
                Some(card)
            }
        };
        let wrapping = wrapping_key(password, &bytes(&self.salt)?, machine, card, self.cost)?;
        let purpose = purpose(&self.login, self.let_in);
        let opened = Key::new(&wrapping, Suite::One).open(purpose, &bytes(&self.private)?);
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

fn purpose(login: &str, let_in: Option<Id>) -> String {
    match let_in {
        None => format!("yizhan staff key 2 {login}"),
        Some(code) => format!("yizhan substitute key 1 {code} {login}"),
    }
}

/// HKDF(argon2id(text) ‖ machine secret), for one label.
pub(super) fn stretched(
    text: &str,
    salt: &[u8],
    machine: &Secret,
    cost: Cost,
    label: &[u8],
) -> Result<Secret> {
    let mut both = Zeroizing::new([0; 64]);
    both[..32].copy_from_slice(cost.stretch(text, salt)?.as_slice());
    both[32..].copy_from_slice(machine.as_slice());
    Ok(Suite::One.hkdf(salt, both.as_slice(), label))
}

fn wrapping_key(
    password: &str,
    salt: &[u8],
    machine: &Secret,
    card: Option<&OwnCard>,
    cost: Cost,
) -> Result<Secret> {
    let Some(card) = card else {
        return stretched(password, salt, machine, cost, b"yizhan wrap 2");
    };
    // 32 bytes each: what the password gives, what the machine holds, what the card is.
    let mut all = Zeroizing::new([0; 96]);
    all[..32].copy_from_slice(cost.stretch(password, salt)?.as_slice());
    all[32..64].copy_from_slice(machine.as_slice());
    all[64..].copy_from_slice(card.secret().as_slice());
    Ok(Suite::One.hkdf(salt, all.as_slice(), b"yizhan wrap 3 card"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proof::staff;

    #[test]
    fn password_and_machine_are_both_needed() {
        let (here, there) = (Zeroizing::new([1; 32]), Zeroizing::new([2; 32]));
        for suite in Suite::ALL {
            let wrap = Wrap::new("zhang", staff(), "right", &here, None, Cost::CHEAP, suite);
            let key = wrap.open("right", &here, None).unwrap().unwrap();
            assert_eq!(key.public(), wrap.public().unwrap());
            assert!(wrap.open("wrong", &here, None).unwrap().is_none());
            let elsewhere = wrap.open("right", &there, None);
            assert_eq!(elsewhere.unwrap_err().code(), "keys.machine_changed");
            let mut forged = wrap.clone();
            forged.machine = machine_id(&there);
            assert!(forged.open("right", &there, None).unwrap().is_none());
            forged = wrap;
            forged.login = "li".into();
            assert!(
                forged.open("right", &here, None).unwrap().is_none(),
                "another name"
            );
        }
    }
}
