//! Cryptography of the house, behind algorithm ids: every envelope, signature and public key says in
//! its first byte which [`Suite`] made it, so that a program set to one suite still opens what the
//! other made, and changing over needs no migration.
//!
//! | | suite 1 | suite 2 |
//! | --- | --- | --- |
//! | sealing | AES-256-GCM | SM4-GCM (GB/T 32907, RFC 8998) |
//! | hash, HMAC, HKDF | SHA-256 | SM3 (GB/T 32905) |
//! | signature | Ed25519 | SM2 (GB/T 32918.2) |
//! | sealed box | X25519, HKDF | SM2 encryption (GB/T 32918.4) |
//!
//! **The SM crates (RustCrypto `sm2`, `sm3`, `sm4`) have not been audited, and neither has the SM2
//! encryption of `two`, which is ours.** Nothing here is a certified module; an installation that must use
//! one gets a third suite around its device.
//!
//! No files, no clock, no knowledge of what is sealed.

pub mod code;
mod envelope;
#[cfg(test)]
mod known_answers;
mod one;
mod sealed_box;
pub mod shamir;
mod sign;
mod suite;
mod two;

use rand::RngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

pub use envelope::{Key, OVERHEAD_BYTES};
pub use sealed_box::{BoxKey, BoxPublicKey};
pub use sign::{SigningKey, VerifyingKey};
pub use suite::{Provider, Suite};

/// 32 secret bytes that are wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// 32 bytes from the system's generator.
pub fn random_secret() -> Secret {
    let mut secret = Zeroizing::new([0; 32]);
    OsRng.fill_bytes(secret.as_mut());
    secret
}

/// SM3 (GB/T 32905).
pub fn sm3(bytes: &[u8]) -> [u8; 32] {
    Suite::Two.hash(&[bytes])
}

/// SHA-256 (FIPS 180-4).
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Suite::One.hash(&[bytes])
}
