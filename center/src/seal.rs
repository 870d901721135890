//! Sealing at rest and keyed hashes, over `crypto`. An envelope is
//! `suite (1 byte) ‖ key number (1 byte) ‖ nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)`;
//! `suite` in `center.toml` says which makes new ones, both are read. What the bytes belong to is authenticated
//! with them, so that no row can be put into another's place.

use crypto::{Key, Secret, Suite};

use crate::error::{Error, Result};

/// The number of the centre's data key.
const KEY: u8 = 1;
/// Bytes that an envelope adds.
pub const OVERHEAD_BYTES: usize = 1 + crypto::OVERHEAD_BYTES;

/// What is sealed; each kind has a key of its own.
#[derive(Clone, Copy)]
pub enum Kind {
    /// A command's body.
    Command,
    /// A fact's body.
    Fact,
    /// A document number.
    Number,
    /// A page's bytes.
    Page,
    /// A snapshot of a feed.
    Snapshot,
    /// A substitute's code.
    Code,
}

/// The keys derived from the centre's data key. A clone costs the key schedules only.
#[derive(Clone)]
pub struct Seals {
    command: Key,
    fact: Key,
    number: Key,
    page: Key,
    snapshot: Key,
    code: Key,
    hash: Secret,
}

impl Seals {
    /// Derives everything from 32 secret bytes (HKDF-SHA-256, whatever the suite: rows are found by
    /// these hashes). `suite` seals what is new.
    pub fn new(secret: &[u8; 32], suite: Suite) -> Seals {
        let derive = |label: &str| Suite::One.hkdf(b"yizhan centre 1", secret, label.as_bytes());
        let key = |label: &str| Key::new(&derive(label), suite);
        Seals {
            command: key("command"),
            fact: key("fact"),
            number: key("number"),
            page: key("page"),
            snapshot: key("snapshot"),
            code: key("substitute code"),
            hash: derive("hash"),
        }
    }

    /// Seals bytes that belong to `place`.
    pub fn seal(&self, kind: Kind, place: &[u8], plain: &[u8]) -> Vec<u8> {
        self.key(kind).seal_after(&[KEY], place, plain)
    }

    /// Opens what [`Seals::seal`] made for the same place.
    pub fn open(&self, kind: Kind, place: &[u8], envelope: &[u8]) -> Result<Vec<u8>> {
        match envelope {
            [suite, KEY, ..] if Suite::of(*suite).is_some() => {}
            _ => return Err(Error::Sealed("unknown suite or key")),
        }
        let opened = self.key(kind).open_after(&[KEY], place, envelope);
        opened.ok_or(Error::Sealed("changed bytes"))
    }

    /// The same for text.
    pub fn open_text(&self, kind: Kind, place: &[u8], envelope: &[u8]) -> Result<String> {
        String::from_utf8(self.open(kind, place, envelope)?).map_err(|_| Error::Sealed("no text"))
    }

    /// A keyed hash: finds a row without telling what it is about. `label` keeps uses apart.
    pub fn hash(&self, label: &str, bytes: &[u8]) -> Vec<u8> {
        let length = (label.len() as u64).to_be_bytes();
        let parts = [length.as_slice(), label.as_bytes(), bytes];
        Suite::One.hmac(self.hash.as_slice(), &parts).to_vec()
    }

    /// What somebody is called in the audit.
    pub fn pseudonym(&self, person: &domain::Id) -> [u8; 16] {
        let mut short = [0; 16];
        short.copy_from_slice(&self.hash("audit", person.as_bytes())[..16]);
        short
    }

    fn key(&self, kind: Kind) -> &Key {
        match kind {
            Kind::Command => &self.command,
            Kind::Fact => &self.fact,
            Kind::Number => &self.number,
            Kind::Page => &self.page,
            Kind::Snapshot => &self.snapshot,
            Kind::Code => &self.code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_own_place() {
        let seals = Seals::new(&[7; 32], Suite::One);
        let sealed = seals.seal(Kind::Number, b"a", b"11010519491231002X");
        assert_eq!(
            seals.open(Kind::Number, b"a", &sealed).unwrap(),
            b"11010519491231002X"
        );
        assert!(seals.open(Kind::Number, b"b", &sealed).is_err());
        assert!(seals.open(Kind::Fact, b"a", &sealed).is_err());
        assert!(
            Seals::new(&[8; 32], Suite::One)
                .open(Kind::Number, b"a", &sealed)
                .is_err()
        );
    }

    #[test]
    fn every_truncation_and_every_changed_byte_is_refused() {
        let seals = Seals::new(&[7; 32], Suite::One);
        let sealed = seals.seal(Kind::Fact, b"", b"body");
        for end in 0..sealed.len() {
            assert!(seals.open(Kind::Fact, b"", &sealed[..end]).is_err());
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(seals.open(Kind::Fact, b"", &changed).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_centre_that_changed_its_suite_reads_what_it_sealed_before_and_finds_its_rows() {
        let [one, two] = Suite::ALL.map(|suite| Seals::new(&[7; 32], suite));
        for (before, after) in [(&one, &two), (&two, &one)] {
            let sealed = before.seal(Kind::Page, b"a", b"page");
            assert_eq!(sealed.len(), 4 + OVERHEAD_BYTES);
            assert_eq!(after.open(Kind::Page, b"a", &sealed).unwrap(), b"page");
            assert_eq!(before.hash("number", b"x"), after.hash("number", b"x"));
        }
    }

    /// A row as the first version of this program wrote it: key 7 … 7, nonce 0, 1 … 11.
    const FIRST_DAY: &str = "0101000102030405060708090a0b071ad8b03a068407efc5060ce92639257453bd94";

    #[test]
    fn what_lies_in_the_database_since_the_first_day_opens() {
        let sealed = hex::decode(FIRST_DAY).unwrap();
        let seals = Seals::new(&[7; 32], Suite::Two);
        assert_eq!(seals.open(Kind::Fact, b"place", &sealed).unwrap(), b"body");
    }
}
