//! Signatures: `suite (1) ‖ signature (64)`; public keys: `suite (1) ‖ key` (32 bytes for Ed25519, an
//! uncompressed point of 65 for SM2).

use zeroize::Zeroizing;

use crate::Secret;
use crate::suite::Suite;

/// A private key that signs. Wiped when dropped.
#[derive(Clone)]
pub struct SigningKey {
    suite: Suite,
    private: Secret,
    public: Vec<u8>,
}

/// A public key that verifies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyingKey {
    suite: Suite,
    public: Vec<u8>,
}

impl SigningKey {
    /// A new one.
    pub fn random(suite: Suite) -> SigningKey {
        SigningKey::new(suite, suite.provider().signing_key())
            .expect("a suite accepts its own private keys")
    }

    /// From kept bytes; None for bytes that are no private key.
    pub fn new(suite: Suite, private: Secret) -> Option<SigningKey> {
        let public = suite.provider().verifying_key(&private)?;
        Some(SigningKey {
            suite,
            private,
            public,
        })
    }

    /// What [`SigningKey::read`] takes: `suite ‖ private key`.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&[self.suite.id()], self.private.as_slice()].concat())
    }

    /// From [`SigningKey::to_bytes`].
    pub fn read(bytes: &[u8]) -> Option<SigningKey> {
        let (suite, private) = bytes.split_first()?;
        SigningKey::new(Suite::of(*suite)?, Zeroizing::new(private.try_into().ok()?))
    }

    /// Its public key.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey {
            suite: self.suite,
            public: self.public.clone(),
        }
    }

    /// Signs with the suite's byte in front.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let signature = self.suite.provider().sign(&self.private, message);
        let signature = signature.expect("the key was accepted when it was made");
        [&[self.suite.id()], signature.as_slice()].concat()
    }
}

impl VerifyingKey {
    /// From `suite ‖ key`.
    pub fn read(bytes: &[u8]) -> Option<VerifyingKey> {
        let (suite, public) = bytes.split_first()?;
        Some(VerifyingKey {
            suite: Suite::of(*suite)?,
            public: public.to_vec(),
        })
    }

    /// `suite ‖ key`.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[self.suite.id()], self.public.as_slice()].concat()
    }

    /// Whether [`SigningKey::sign`] of this very key made the signature for this message.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let Some((suite, signature)) = signature.split_first() else {
            return false;
        };
        let Ok(signature) = signature.try_into() else {
            return false;
        };
        *suite == self.suite.id()
            && self
                .suite
                .provider()
                .verify(&self.public, message, signature)
    }
}

impl std::fmt::Debug for SigningKey {
    /// Without the private key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SigningKey({:?})", self.suite)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_for_one_message_and_one_key() {
        for suite in Suite::ALL {
            let key = SigningKey::random(suite);
            let public = VerifyingKey::read(&key.verifying_key().to_bytes()).unwrap();
            let signature = key.sign(b"message");
            assert_eq!((signature[0], signature.len()), (suite.id(), 65));
            assert!(public.verify(b"message", &signature));
            assert!(!public.verify(b"massage", &signature));
            let other = SigningKey::random(suite).verifying_key();
            assert!(!other.verify(b"message", &signature));
            let again = SigningKey::read(&key.to_bytes()).unwrap();
            assert!(public.verify(b"more", &again.sign(b"more")));
        }
    }

    #[test]
    fn every_truncation_and_every_changed_byte_of_a_signature_is_refused() {
        for suite in Suite::ALL {
            let key = SigningKey::random(suite);
            let (public, signature) = (key.verifying_key(), key.sign(b"message"));
            for at in 0..signature.len() {
                let mut changed = signature.clone();
                changed[at] ^= 1;
                assert!(!public.verify(b"message", &changed), "byte {at}");
                assert!(!public.verify(b"message", &signature[..at]), "cut at {at}");
            }
        }
    }

    #[test]
    fn noise_is_neither_a_key_nor_a_signature() {
        for id in 0..=3 {
            for bytes in [0, 31, 32, 33, 65] {
                let noise = [vec![id], vec![0xFF; bytes]].concat();
                if let Some(key) = VerifyingKey::read(&noise) {
                    assert!(!key.verify(b"message", &[vec![id], vec![1; 64]].concat()));
                }
            }
        }
        let zero = [vec![2], vec![0; 32]].concat();
        assert!(
            SigningKey::read(&zero).is_none(),
            "0 is no private key of SM2"
        );
    }
}
