//! Sealed bytes: `suite (1) ‖ head ‖ nonce (12) ‖ ciphertext ‖ tag (16)`. What the bytes are for is
//! authenticated with them, so that one sealed thing cannot stand in for another. The head is usually
//! empty; a store that numbers its keys puts the number there.

use aes_gcm::{Aes256Gcm, AesGcm, KeyInit};
use rand::RngCore;
use rand::rngs::OsRng;
use sm4::Sm4;

use crate::Secret;
use crate::suite::Suite;

/// SM4 in Galois/counter mode, as in RFC 8998.
pub(crate) type Sm4Gcm = AesGcm<Sm4, aes_gcm::aead::consts::U12>;

const NONCE_BYTES: usize = 12;
/// Bytes that an envelope without a head adds.
pub const OVERHEAD_BYTES: usize = 1 + NONCE_BYTES + 16;

/// A sealing key, ready for both suites, and the suite of what it seals anew. Wiped when dropped.
#[derive(Clone)]
pub struct Key {
    suite: Suite,
    pub(crate) aes: Aes256Gcm,
    pub(crate) sm4: Sm4Gcm,
}

impl Key {
    /// Makes the key schedules of both suites from one secret.
    pub fn new(secret: &Secret, suite: Suite) -> Key {
        let for_sm4 = Suite::Two.hkdf(b"", secret.as_slice(), b"yizhan sm4 key 1");
        Key {
            suite,
            aes: Aes256Gcm::new(secret.as_slice().into()),
            sm4: Sm4Gcm::new(for_sm4[..16].into()),
        }
    }

    /// Seals `plain` for one purpose.
    pub fn seal(&self, purpose: impl AsRef<[u8]>, plain: &[u8]) -> Vec<u8> {
        self.seal_after(&[], purpose.as_ref(), plain)
    }

    /// Opens what [`Key::seal`] made with this key, by either suite; None for another key, another
    /// purpose, or a changed byte.
    pub fn open(&self, purpose: impl AsRef<[u8]>, envelope: &[u8]) -> Option<Vec<u8>> {
        self.open_after(&[], purpose.as_ref(), envelope)
    }

    /// Seals with a head between suite and nonce.
    pub fn seal_after(&self, head: &[u8], purpose: &[u8], plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        OsRng.fill_bytes(&mut nonce);
        let provider = self.suite.provider();
        let sealed = provider.encrypt(self, &nonce, purpose, plain);
        [&[self.suite.id()], head, nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Key::seal_after`] made with the same head.
    pub fn open_after(&self, head: &[u8], purpose: &[u8], envelope: &[u8]) -> Option<Vec<u8>> {
        let (id, rest) = envelope.split_first()?;
        let provider = Suite::of(*id)?.provider();
        let (nonce, sealed) = rest
            .strip_prefix(head)?
            .split_first_chunk::<NONCE_BYTES>()?;
        provider.decrypt(self, nonce, purpose, sealed)
    }
}

impl std::fmt::Debug for Key {
    /// Without the key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.suite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random_secret;
    use zeroize::Zeroizing;

    #[test]
    fn a_program_set_to_one_suite_opens_what_the_other_made() {
        let secret = random_secret();
        let [one, two] = Suite::ALL.map(|suite| Key::new(&secret, suite));
        for (maker, reader) in [(&one, &two), (&two, &one)] {
            let envelope = maker.seal("page", b"plain");
            assert_eq!(envelope[0], maker.suite.id());
            assert_eq!(envelope.len(), b"plain".len() + OVERHEAD_BYTES);
            assert_eq!(reader.open("page", &envelope).unwrap(), b"plain");
        }
    }

    #[test]
    fn an_envelope_cannot_pass_for_one_of_the_other_suite() {
        let key = Key::new(&random_secret(), Suite::One);
        let mut envelope = key.seal("page", b"plain");
        envelope[0] = 2;
        assert_eq!(key.open("page", &envelope), None);
    }

    #[test]
    fn only_the_same_key_purpose_and_head_open_an_envelope() {
        for suite in Suite::ALL {
            let key = Key::new(&Zeroizing::new([7; 32]), suite);
            let other = Key::new(&Zeroizing::new([8; 32]), suite);
            let envelope = key.seal_after(&[1], b"page", b"plain");
            let open = |key: &Key, head: &[u8], purpose| key.open_after(head, purpose, &envelope);
            assert_eq!(open(&key, &[1], b"page").unwrap(), b"plain");
            assert_eq!(open(&key, &[1], b"wrap"), None);
            assert_eq!(open(&key, &[2], b"page"), None);
            assert_eq!(open(&key, &[], b"page"), None);
            assert_eq!(open(&other, &[1], b"page"), None);
        }
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_refused() {
        for suite in Suite::ALL {
            let key = Key::new(&random_secret(), suite);
            let envelope = key.seal("page", b"plain");
            for at in 0..envelope.len() * 8 {
                let mut changed = envelope.clone();
                changed[at / 8] ^= 1 << (at % 8);
                assert_eq!(key.open("page", &changed), None, "bit {at}");
            }
            for end in 0..envelope.len() {
                assert_eq!(key.open("page", &envelope[..end]), None, "cut at {end}");
            }
        }
    }

    #[test]
    fn a_key_says_nothing_of_itself() {
        let key = Key::new(&Zeroizing::new([7; 32]), Suite::Two);
        assert_eq!(format!("{key:?}"), "Key(Two)");
    }
}
