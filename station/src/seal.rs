//! Sealed bytes: `[suite][nonce, 12][ciphertext and tag]`. Suite 1 is AES-256-GCM; the first byte
//! leaves room for another. What the bytes are for is authenticated with them, so that one sealed
//! thing cannot stand in for another.

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use rand::RngCore;
use rand::rngs::OsRng;

/// AES-256-GCM.
pub const SUITE: u8 = 1;
const NONCE_BYTES: usize = 12;

/// Seals `plain` for one purpose.
pub fn seal(key: &[u8; 32], purpose: &str, plain: &[u8]) -> Vec<u8> {
    let mut nonce = [0; NONCE_BYTES];
    OsRng.fill_bytes(&mut nonce);
    let payload = Payload {
        msg: plain,
        aad: purpose.as_bytes(),
    };
    let sealed = Aes256Gcm::new(key.into())
        .encrypt(Nonce::from_slice(&nonce), payload)
        .expect("AES-GCM takes any message below 64 GiB");
    [&[SUITE], nonce.as_slice(), &sealed].concat()
}

/// Opens what [`seal`] made; None for another key, another purpose, or a changed byte.
pub fn open(key: &[u8; 32], purpose: &str, envelope: &[u8]) -> Option<Vec<u8>> {
    let (suite, rest) = envelope.split_first()?;
    if *suite != SUITE || rest.len() < NONCE_BYTES {
        return None;
    }
    let (nonce, sealed) = rest.split_at(NONCE_BYTES);
    let payload = Payload {
        msg: sealed,
        aad: purpose.as_bytes(),
    };
    Aes256Gcm::new(key.into())
        .decrypt(Nonce::from_slice(nonce), payload)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_and_purpose_open_an_envelope() {
        let key = [7; 32];
        let envelope = seal(&key, "page", b"plain");
        assert_eq!(open(&key, "page", &envelope).unwrap(), b"plain");
        assert_eq!(open(&key, "wrap", &envelope), None);
        assert_eq!(open(&[8; 32], "page", &envelope), None);
    }

    #[test]
    fn every_flipped_byte_and_every_truncation_is_refused() {
        let key = [7; 32];
        let envelope = seal(&key, "page", b"plain");
        for at in 0..envelope.len() {
            let mut changed = envelope.clone();
            changed[at] ^= 1;
            assert_eq!(open(&key, "page", &changed), None, "byte {at}");
            assert_eq!(open(&key, "page", &envelope[..at]), None, "cut at {at}");
        }
    }
}
