//! Sealing at rest and keyed hashes. An envelope is
//! `suite (1 byte) ‖ key number (1 byte) ‖ nonce (12 bytes) ‖ ciphertext ‖ tag (16 bytes)`;
//! suite 1 is AES-256-GCM. What the bytes belong to is authenticated with them, so that no row can
//! be put into another's place.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::RngCore;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

const SUITE: u8 = 1;
const KEY: u8 = 1;
const NONCE_BYTES: usize = 12;
/// Bytes that an envelope adds.
pub const OVERHEAD_BYTES: usize = 2 + NONCE_BYTES + 16;

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
}

/// The keys derived from the centre's data key. A clone costs the key schedules only.
#[derive(Clone)]
pub struct Seals {
    command: Aes256Gcm,
    fact: Aes256Gcm,
    number: Aes256Gcm,
    page: Aes256Gcm,
    hash: Zeroizing<[u8; 32]>,
}

impl Seals {
    /// Derives everything from 32 secret bytes (HKDF-SHA-256).
    pub fn new(secret: &[u8; 32]) -> Seals {
        let derive = |label: &str| {
            let mut key = Zeroizing::new([0; 32]);
            Hkdf::<Sha256>::new(Some(b"yizhan centre 1"), secret)
                .expand(label.as_bytes(), &mut *key)
                .expect("32 bytes are within the limit of HKDF");
            key
        };
        let cipher = |label: &str| Aes256Gcm::new(derive(label).as_slice().into());
        Seals {
            command: cipher("command"),
            fact: cipher("fact"),
            number: cipher("number"),
            page: cipher("page"),
            hash: derive("hash"),
        }
    }

    /// Seals bytes that belong to `place`.
    pub fn seal(&self, kind: Kind, place: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rand::thread_rng().fill_bytes(&mut nonce);
        let payload = Payload {
            msg: plain,
            aad: place,
        };
        let sealed = self
            .cipher(kind)
            .encrypt(Nonce::from_slice(&nonce), payload)
            .expect("AES-GCM seals anything below 64 GiB");
        let mut envelope = Vec::with_capacity(plain.len() + OVERHEAD_BYTES);
        envelope.extend([SUITE, KEY]);
        envelope.extend(nonce);
        envelope.extend(sealed);
        envelope
    }

    /// Opens what [`Seals::seal`] made for the same place.
    pub fn open(&self, kind: Kind, place: &[u8], envelope: &[u8]) -> Result<Vec<u8>> {
        let rest = match envelope {
            [SUITE, KEY, rest @ ..] if rest.len() >= NONCE_BYTES => rest,
            _ => return Err(Error::Sealed("unknown suite or key")),
        };
        let (nonce, sealed) = rest.split_at(NONCE_BYTES);
        let payload = Payload {
            msg: sealed,
            aad: place,
        };
        self.cipher(kind)
            .decrypt(Nonce::from_slice(nonce), payload)
            .map_err(|_| Error::Sealed("changed bytes"))
    }

    /// The same for text.
    pub fn open_text(&self, kind: Kind, place: &[u8], envelope: &[u8]) -> Result<String> {
        String::from_utf8(self.open(kind, place, envelope)?).map_err(|_| Error::Sealed("no text"))
    }

    /// A keyed hash: finds a row without telling what it is about. `label` keeps uses apart.
    pub fn hash(&self, label: &str, bytes: &[u8]) -> Vec<u8> {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&*self.hash).expect("any key length");
        mac.update(&(label.len() as u64).to_be_bytes());
        mac.update(label.as_bytes());
        mac.update(bytes);
        mac.finalize().into_bytes().to_vec()
    }

    fn cipher(&self, kind: Kind) -> &Aes256Gcm {
        match kind {
            Kind::Command => &self.command,
            Kind::Fact => &self.fact,
            Kind::Number => &self.number,
            Kind::Page => &self.page,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_in_its_own_place() {
        let seals = Seals::new(&[7; 32]);
        let sealed = seals.seal(Kind::Number, b"a", b"11010519491231002X");
        assert_eq!(
            seals.open(Kind::Number, b"a", &sealed).unwrap(),
            b"11010519491231002X"
        );
        assert!(seals.open(Kind::Number, b"b", &sealed).is_err());
        assert!(seals.open(Kind::Fact, b"a", &sealed).is_err());
        assert!(
            Seals::new(&[8; 32])
                .open(Kind::Number, b"a", &sealed)
                .is_err()
        );
    }

    #[test]
    fn every_truncation_and_every_changed_byte_is_refused() {
        let seals = Seals::new(&[7; 32]);
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
}
