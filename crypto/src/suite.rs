//! Which algorithms belong together, by number, and what each set must be able to do.

use crate::Secret;
use crate::envelope::Key;
use crate::one::One;
use crate::two::Two;

/// A set of algorithms. The number stands in the first byte of what it makes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Suite {
    /// AES-256-GCM, SHA-256, Ed25519, X25519.
    #[default]
    One = 1,
    /// SM4-GCM, SM3, SM2.
    Two = 2,
}

/// What a suite does. Keys are 32 bytes in both; SM4 takes what SM3's HKDF makes of them.
pub trait Provider: Sync {
    /// The hash of the parts, one after another.
    fn hash(&self, parts: &[&[u8]]) -> [u8; 32];
    /// HMAC over the parts, one after another.
    fn hmac(&self, key: &[u8], parts: &[&[u8]]) -> [u8; 32];
    /// HKDF (RFC 5869) to 32 bytes.
    fn hkdf(&self, salt: &[u8], secret: &[u8], info: &[u8]) -> Secret;
    /// Ciphertext and 16-byte tag.
    fn encrypt(&self, key: &Key, nonce: &[u8; 12], also: &[u8], plain: &[u8]) -> Vec<u8>;
    /// What [`Provider::encrypt`] took; None when a byte of anything differs.
    fn decrypt(&self, key: &Key, nonce: &[u8; 12], also: &[u8], sealed: &[u8]) -> Option<Vec<u8>>;
    /// A private key for signing.
    fn signing_key(&self) -> Secret;
    /// Its public key. None for bytes that are no private key.
    fn verifying_key(&self, private: &Secret) -> Option<Vec<u8>>;
    /// A signature, 64 bytes. None for bytes that are no private key.
    fn sign(&self, private: &Secret, message: &[u8]) -> Option<[u8; 64]>;
    /// Whether the signature is the key's.
    fn verify(&self, public: &[u8], message: &[u8], signature: &[u8; 64]) -> bool;
    /// A private key for sealed boxes.
    fn box_key(&self) -> Secret;
    /// Its public key. None for bytes that are no private key.
    fn box_public(&self, private: &Secret) -> Option<Vec<u8>>;
    /// A fresh secret, and what carries it to the public key's owner. None for a bad public key.
    fn carry(&self, public: &[u8]) -> Option<(Vec<u8>, Secret)>;
    /// The secret that was carried. None for another key or a changed byte, as far as the scheme
    /// tells; a sealed box's own tag tells the rest.
    fn receive(&self, private: &Secret, carried: &[u8]) -> Option<Secret>;
    /// Bytes of what [`Provider::carry`] gives.
    fn carried_bytes(&self) -> usize;
}

impl Suite {
    /// All of them.
    pub const ALL: [Suite; 2] = [Suite::One, Suite::Two];

    /// By number.
    pub fn of(id: u8) -> Option<Suite> {
        Suite::ALL.into_iter().find(|suite| suite.id() == id)
    }

    /// By number, as settings write it.
    pub fn of_text(text: &str) -> Option<Suite> {
        Suite::of(text.trim().parse().ok()?)
    }

    /// The number.
    pub fn id(self) -> u8 {
        self as u8
    }

    /// The algorithms.
    pub fn provider(self) -> &'static dyn Provider {
        match self {
            Suite::One => &One,
            Suite::Two => &Two,
        }
    }

    /// See [`Provider::hash`].
    pub fn hash(self, parts: &[&[u8]]) -> [u8; 32] {
        self.provider().hash(parts)
    }

    /// See [`Provider::hmac`].
    pub fn hmac(self, key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        self.provider().hmac(key, parts)
    }

    /// See [`Provider::hkdf`].
    pub fn hkdf(self, salt: &[u8], secret: &[u8], info: &[u8]) -> Secret {
        self.provider().hkdf(salt, secret, info)
    }
}
