//! `keys.json`: who can open the data key, and how. Written whole, synced, with a copy beside it; its
//! existence says that a store exists.
//!
//! ```text
//! version   2; 3 while somebody's own card is bound, which a program of version 2 could not open; 4 while
//!           a substitute is let in, whom one of version 3 would take for a colleague
//! suite     of what is sealed anew
//! machine   how the machine secret is kept
//! wraps     one a staff member: public key; private key under password and machine secret
//! escrow    the centre's public key for recovery
//! printed   the printed code's key pair
//! let_in    the key pairs of codes that let a substitute in
//! current   the data key, boxed for all of these, and the ring it opens
//! next      the same for the data key that is to come, while it is changed
//! check     SHA-256 of the rest, so that a turned bit is noticed and the copy is taken
//! ```

use std::path::Path;

use chrono::{DateTime, Utc};
use crypto::code::PrintedCode;
use crypto::{BoxPublicKey, Suite};
use domain::Id;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::machine::Kept;
use super::old::OldKeyFile;
use super::wrap::{bytes, damaged};
use super::{DataKey, Generation, Held, LetInCode, OwnCard, Printed, Secret, Wrap};
use crate::disk;
use crate::error::{Error, Result};

const FILE: &str = "keys.json";
const COPY: &str = "keys.json.copy";
/// The file and its copy.
pub const FILES: [&str; 2] = [FILE, COPY];
const VERSION: u32 = 2;
const WITH_CARDS: u32 = 3;
const WITH_SUBSTITUTE: u32 = 4;
const CHECK: &str = "check";
/// Staff who can be in one file.
pub const STAFF_LIMIT: usize = 64;
/// A file longer than this is none of ours.
const LIMIT_BYTES: u64 = 4 << 20;

/// See the module. A name that is not known here is a damaged one: newer files have another number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyFile {
    /// Layout of this file.
    pub version: u32,
    /// Number of the suite for what is sealed anew.
    pub suite: u8,
    /// How the machine secret is kept.
    pub machine: Kept,
    /// One per staff member.
    pub wraps: Vec<Wrap>,
    /// The centre's key for recovery, once it is known.
    pub escrow: Option<Escrow>,
    /// The printed code, when there is one.
    pub printed: Option<Printed>,
    /// Codes that let a substitute in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub let_in: Vec<LetInCode>,
    /// The data key in force.
    pub current: Generation,
    /// The data key that is to come.
    pub next: Option<Generation>,
}

/// The centre's public key for recovery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escrow {
    /// `suite ‖ key`, hex.
    pub key: String,
    /// Whose data key is sealed: it stands in the box's purpose.
    pub installation: Id,
}

/// A file of either layout.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// Today's.
    Now(Box<KeyFile>),
    /// The first.
    Old(OldKeyFile),
}

/// The data key, and the one to come while it is changed.
pub struct Opened {
    /// In force, unless the database already has the next.
    pub current: DataKey,
    /// To come.
    pub next: Option<DataKey>,
}

impl Escrow {
    /// The key.
    pub fn public(&self) -> Result<BoxPublicKey> {
        BoxPublicKey::read(&bytes(&self.key)?).ok_or_else(damaged)
    }
}

impl Found {
    /// The file in `folder`, or its copy; None when there is neither. `keys.unreadable`, `keys.newer`.
    pub fn load(folder: &Path) -> Result<Option<Found>> {
        let mut failure = None;
        for name in FILES {
            let path = folder.join(name);
            match read_limited(&path) {
                Ok(bytes) => match Found::read(&bytes) {
                    Ok(file) => return Ok(Some(file)),
                    Err(error) if error.code() == "keys.newer" => return Err(error),
                    Err(error) => failure = failure.or(Some(error)),
                },
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                // One that the disk does not give back has a copy beside it.
                Err(error) => failure = failure.or(Some(Error::disk(path)(error))),
            }
        }
        failure.map_or(Ok(None), Err)
    }

    /// From the file's bytes.
    pub fn read(bytes: &[u8]) -> Result<Found> {
        #[derive(Deserialize)]
        struct Layout {
            version: u32,
        }
        let mut file: Value = serde_json::from_slice(bytes).map_err(|_| damaged())?;
        let check = file.as_object_mut().and_then(|file| file.remove(CHECK));
        if check.is_some_and(|check| check != check_of(&file)) {
            return Err(damaged());
        }
        let layout = Layout::deserialize(&file).map_err(|_| damaged())?;
        match layout.version {
            1 => serde_json::from_value(file).map(Found::Old),
            VERSION | WITH_CARDS | WITH_SUBSTITUTE => {
                serde_json::from_value(file).map(|file: KeyFile| Found::Now(Box::new(file.now())))
            }
            _ => return Err(Error::coded("keys.newer")),
        }
        .map_err(|_| damaged())
    }

    /// Everybody who can log in: log-in name, name, and whether they are a substitute.
    pub fn people(&self) -> Vec<(&str, &str, bool)> {
        match self {
            Found::Now(file) => {
                let wraps = file.wraps.iter();
                wraps
                    .map(|w| (w.login.as_str(), w.staff.name.as_str(), w.let_in.is_some()))
                    .collect()
            }
            Found::Old(file) => {
                let wraps = file.wraps.iter();
                wraps
                    .map(|w| (w.login.as_str(), w.staff.name.as_str(), false))
                    .collect()
            }
        }
    }
}

impl KeyFile {
    /// The file of a new installation, or of an old one with its ring.
    pub fn new(held: &Held, first: Wrap, machine: Kept) -> Result<KeyFile> {
        let wraps = vec![first];
        Ok(KeyFile {
            version: VERSION,
            suite: held.suite.id(),
            machine,
            current: Generation::new(held, &wraps, None, None, &[])?,
            wraps,
            escrow: None,
            printed: None,
            let_in: Vec::new(),
            next: None,
        })
    }

    /// Writes the copy, then the file: one of them is always whole.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let bytes = self.bytes()?;
        disk::write_whole(&folder.join(COPY), &bytes)?;
        disk::write_whole(&folder.join(FILE), &bytes)
    }

    /// As it is written, with its check.
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut file = serde_json::to_value(self)?;
        if self.wraps.iter().any(|wrap| wrap.card.is_some()) {
            file["version"] = WITH_CARDS.into();
        }
        if self.wraps.iter().any(|wrap| wrap.let_in.is_some()) {
            file["version"] = WITH_SUBSTITUTE.into();
        }
        with_check(file)
    }

    /// Its number is that of what is written next.
    fn now(mut self) -> KeyFile {
        self.version = VERSION;
        self
    }

    /// The suite for what is sealed anew.
    pub fn suite(&self) -> Suite {
        Suite::of(self.suite).unwrap_or_default()
    }

    /// The wrap of a log-in name.
    pub fn find(&self, login: &str) -> Option<&Wrap> {
        self.wraps.iter().find(|wrap| wrap.login == login)
    }

    /// The data key for a name and the right password; None for a wrong one. `auth.unknown`, and what
    /// [`Wrap::open`] fails with.
    pub fn open(
        &self,
        login: &str,
        password: &str,
        machine: &Secret,
        card: Option<&OwnCard>,
    ) -> Result<Option<Opened>> {
        let unknown = || Error::coded("auth.unknown");
        let wrap = self.find(login).ok_or_else(unknown)?;
        let Some(key) = wrap.open(password, machine, card)? else {
            return Ok(None);
        };
        let current = self.current.open_for(login, &key)?.ok_or_else(damaged)?;
        let next = self.next.as_ref().map(|next| next.open_for(login, &key));
        let next = next.transpose()?.flatten();
        Ok(Some(Opened { current, next }))
    }

    /// The data key for the printed code; None for another code. `keys.no_printed_code`.
    pub fn open_printed(&self, code: &PrintedCode) -> Result<Option<Opened>> {
        let none = || Error::coded("keys.no_printed_code");
        let Some(key) = self.printed.as_ref().ok_or_else(none)?.open(code)? else {
            return Ok(None);
        };
        let current = self.current.open_printed(&key)?.ok_or_else(none)?;
        let next = self.next.as_ref().map(|next| next.open_printed(&key));
        let next = next.transpose()?.flatten();
        Ok(Some(Opened { current, next }))
    }

    /// What a data key of this file opens: the current one, or the next where the database has it
    /// already and this file could not be written since.
    pub fn hold(&self, key: DataKey) -> Result<Held> {
        let ring = match (self.current.ring(&key), &self.next) {
            (Err(_), Some(next)) => next.ring(&key)?,
            (ring, _) => ring?,
        };
        let suite = self.suite();
        Ok(Held { key, ring, suite })
    }

    /// Lets a staff member in, or gives the same a new password. `staff.too_many`.
    pub fn admit(&mut self, wrap: Wrap, held: &Held) -> Result<()> {
        let known = self.find(&wrap.login).is_some();
        if !known && self.wraps.len() >= STAFF_LIMIT {
            return Err(Error::coded("staff.too_many"));
        }
        self.put_in_force(&held.key);
        self.current.admit(&wrap, &held.key)?;
        match self
            .wraps
            .iter_mut()
            .find(|other| other.login == wrap.login)
        {
            Some(same) => *same = wrap,
            None => self.wraps.push(wrap),
        }
        self.renew_next(held)
    }

    /// Takes a staff member's way in away. The data key that they had needs changing.
    pub fn dismiss(&mut self, login: &str) {
        self.wraps.retain(|wrap| wrap.login != login);
        self.current.staff.remove(login);
        if let Some(next) = &mut self.next {
            next.staff.remove(login);
        }
    }

    /// Seals the data key to the centre's officers, from now on also when it is changed.
    pub fn set_escrow(&mut self, key: &BoxPublicKey, installation: Id, held: &Held) -> Result<()> {
        let key = hex::encode(key.to_bytes());
        let escrow = Escrow { key, installation };
        self.put_in_force(&held.key);
        self.current.set_escrow(Some(&escrow), &held.key)?;
        self.escrow = Some(escrow);
        self.renew_next(held)
    }

    /// Makes this the printed code; the one before no longer opens anything.
    pub fn set_printed(
        &mut self,
        code: &PrintedCode,
        held: &Held,
        now: DateTime<Utc>,
    ) -> Result<()> {
        let printed = Printed::new(code, held.suite, now);
        self.put_in_force(&held.key);
        self.current.set_printed(Some(&printed), &held.key)?;
        self.printed = Some(printed);
        self.renew_next(held)
    }

    /// Prepares a new data key with the same ring, boxed for everybody who is left.
    pub fn prepare_next(&mut self, held: &Held) -> Result<DataKey> {
        self.put_in_force(&held.key);
        let held = Held {
            key: DataKey::random(),
            ring: held.ring.clone(),
            suite: self.suite(),
        };
        let (escrow, printed) = (self.escrow.as_ref(), self.printed.as_ref());
        let (wraps, codes) = (&self.wraps, &self.let_in);
        self.next = Some(Generation::new(&held, wraps, escrow, printed, codes)?);
        Ok(held.key)
    }

    /// A data key that is to come and was boxed before somebody or something was added is made anew:
    /// whoever is logged in holds the current one, so the database does not have the other yet.
    pub(super) fn renew_next(&mut self, held: &Held) -> Result<()> {
        if self.next.is_some() {
            self.prepare_next(held)?;
        }
        Ok(())
    }

    /// Where the next data key is the one that is held, the database has it: it is the current one,
    /// and never made anew.
    pub(super) fn put_in_force(&mut self, held: &DataKey) {
        if self.current.ring(held).is_err()
            && self
                .next
                .as_ref()
                .is_some_and(|next| next.ring(held).is_ok())
        {
            self.promote();
        }
    }

    /// The data key is sealed for the officers of another installation: it is not sealed any more.
    pub fn forget_recovery(&mut self) {
        for generation in std::iter::once(&mut self.current).chain(&mut self.next) {
            generation.recovery = None;
        }
    }

    /// The next data key is in force now.
    pub fn promote(&mut self) {
        if let Some(next) = self.next.take() {
            self.current = next;
        }
    }
}

/// A file's bytes, its check put in.
pub(crate) fn with_check(mut file: Value) -> Result<Vec<u8>> {
    file[CHECK] = check_of(&file).into();
    Ok(serde_json::to_vec_pretty(&file)?)
}

/// Of all but the check itself.
fn check_of(file: &Value) -> String {
    hex::encode(crypto::sha256(file.to_string().as_bytes()))
}

fn read_limited(path: &Path) -> std::io::Result<Vec<u8>> {
    if disk::of(path).find(path)?.size_bytes > LIMIT_BYTES {
        return Ok(Vec::new());
    }
    disk::read(path)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
