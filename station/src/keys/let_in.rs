//! The way in for a substitute: a key pair whose private half is sealed under HKDF(argon2id(code) ‖
//! machine secret), as a staff member's is under their password. The code's digits are with the centre;
//! what binds it to one person is worked out from the private key, so only the centre and whoever has
//! opened it know it.

use chrono::{DateTime, Utc};
use crypto::{BoxKey, BoxPublicKey, Key, Secret, Suite};
use domain::Id;
use domain::substitute::SECRET_DIGITS;
use rand::rngs::OsRng;
use rand::{Rng, RngCore};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::wrap::{bytes, damaged, stretched};
use super::{Cost, DataKey, Generation, Held, KeyFile, Opened, machine_id};
use crate::error::{Error, Result};

const PURPOSE: &str = "yizhan let-in key 1";
const BIND: &[u8] = b"yizhan let-in bind 1";
pub(super) const FOR_LET_IN: &str = "yizhan data key 2 let-in";
/// Codes in a file: the one in force, and the one that the centre does not have yet.
const CODES_LIMIT: usize = 2;

/// A code that lets a substitute in, in `keys.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LetInCode {
    /// Its name at the centre.
    pub id: Id,
    /// When it was made.
    pub made: DateTime<Utc>,
    /// What a guess costs.
    pub cost: Cost,
    /// Salt, hex.
    pub salt: String,
    /// Which machine secret it needs.
    pub machine: String,
    /// The public key, hex.
    pub public: String,
    /// The private key, sealed, hex.
    pub private: String,
}

/// What the centre is told of a new code.
pub struct Told {
    /// The digits.
    pub secret: Zeroizing<String>,
    /// What the tags of persons are made with.
    pub bind: Secret,
}

impl LetInCode {
    /// A code of random digits.
    pub fn random(
        id: Id,
        machine: &Secret,
        cost: Cost,
        suite: Suite,
        now: DateTime<Utc>,
    ) -> (LetInCode, Told) {
        let key = BoxKey::random(suite);
        let mut salt = [0; 16];
        OsRng.fill_bytes(&mut salt);
        let digit = |_| char::from(b'0' + OsRng.gen_range(0..10));
        let secret: Zeroizing<String> = Zeroizing::new((0..SECRET_DIGITS).map(digit).collect());
        // The costs that this program chooses are in argon2's range.
        let wrapping = stretched(&secret, &salt, machine, cost, PURPOSE.as_bytes());
        let wrapping = wrapping.expect("the cost is in range");
        let code = LetInCode {
            id,
            made: now,
            cost,
            salt: hex::encode(salt),
            machine: machine_id(machine),
            public: hex::encode(key.public().to_bytes()),
            private: hex::encode(Key::new(&wrapping, suite).seal(purpose(id), &key.to_bytes())),
        };
        let bind = bind(&key);
        (code, Told { secret, bind })
    }

    /// Where a data key is boxed to.
    pub fn public(&self) -> Result<BoxPublicKey> {
        BoxPublicKey::read(&bytes(&self.public)?).ok_or_else(damaged)
    }

    /// The private key; None for other digits. `keys.machine_changed` when it was sealed with another
    /// machine secret.
    fn open(&self, secret: &str, machine: &Secret) -> Result<Option<BoxKey>> {
        if self.machine != machine_id(machine) {
            return Err(Error::coded("keys.machine_changed"));
        }
        let salt = bytes(&self.salt)?;
        let wrapping = stretched(secret, &salt, machine, self.cost, PURPOSE.as_bytes())?;
        let sealed = bytes(&self.private)?;
        let opened = Key::new(&wrapping, Suite::One).open(purpose(self.id), &sealed);
        let Some(plain) = opened.map(Zeroizing::new) else {
            return Ok(None);
        };
        Ok(Some(BoxKey::read(&plain).ok_or_else(damaged)?))
    }
}

/// What a code opens.
pub struct LetIn {
    /// Which code it was.
    pub code: Id,
    /// What the tags of persons are made with.
    pub bind: Secret,
    /// The data key.
    pub opened: Opened,
}

impl Generation {
    /// Boxes the data key for one more code.
    pub(super) fn add_code(&mut self, code: &LetInCode, key: &DataKey) -> Result<()> {
        let boxed = code.public()?.seal(FOR_LET_IN, key.0.as_slice());
        self.let_in.insert(code.id, hex::encode(boxed));
        Ok(())
    }
}

impl KeyFile {
    /// Adds a code; of those before it the newest stays, which the centre still hands out.
    pub fn add_code(&mut self, code: LetInCode, held: &Held) -> Result<()> {
        let spare = (self.let_in.len() + 1).saturating_sub(CODES_LIMIT);
        let gone: Vec<Id> = self.let_in.iter().take(spare).map(|code| code.id).collect();
        self.drop_codes(|code| gone.contains(&code));
        self.put_in_force(&held.key);
        self.current.add_code(&code, &held.key)?;
        self.let_in.push(code);
        self.renew_next(held)
    }

    /// Takes codes away: they open nothing any more. Whether there were any.
    pub fn drop_codes(&mut self, which: impl Fn(Id) -> bool) -> bool {
        let before = self.let_in.len();
        self.let_in.retain(|code| !which(code.id));
        for generation in std::iter::once(&mut self.current).chain(&mut self.next) {
            generation.let_in.retain(|code, _| !which(*code));
        }
        self.let_in.len() < before
    }

    /// What these digits open; None for wrong ones. `substitute.no_code`, `keys.machine_changed`.
    pub fn open_code(&self, secret: &str, machine: &Secret) -> Result<Option<LetIn>> {
        if self.let_in.is_empty() {
            return Err(Error::coded("substitute.no_code"));
        }
        for code in self.let_in.iter().rev() {
            let Some(key) = code.open(secret, machine)? else {
                continue;
            };
            let current = self.current.open_code(code.id, &key)?.ok_or_else(damaged)?;
            let next = self.next.as_ref().map(|next| next.open_code(code.id, &key));
            let next = next.transpose()?.flatten();
            return Ok(Some(LetIn {
                code: code.id,
                bind: bind(&key),
                opened: Opened { current, next },
            }));
        }
        Ok(None)
    }
}

fn bind(key: &BoxKey) -> Secret {
    Suite::One.hkdf(b"", &key.to_bytes(), BIND)
}

fn purpose(code: Id) -> String {
    format!("{PURPOSE} {code}")
}

#[cfg(test)]
#[path = "let_in_tests.rs"]
mod tests;
