//! Suite 1: AES-256-GCM, SHA-256, Ed25519 (RFC 8032), X25519 (RFC 7748).

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead, Payload};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::rngs::OsRng;
use sha2::{Digest, Sha256};
use x25519_dalek::{EphemeralSecret, PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::envelope::Key;
use crate::suite::Provider;
use crate::{Secret, random_secret};

/// See the module.
pub(crate) struct One;

const POINT_BYTES: usize = 32;

impl Provider for One {
    fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = Sha256::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize().into()
    }

    fn hmac(&self, key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key).expect("HMAC takes any key");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    fn hkdf(&self, salt: &[u8], secret: &[u8], info: &[u8]) -> Secret {
        let mut out = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(Some(salt), secret)
            .expand(info, out.as_mut())
            .expect("32 bytes are within HKDF's limit");
        out
    }

    fn encrypt(&self, key: &Key, nonce: &[u8; 12], also: &[u8], plain: &[u8]) -> Vec<u8> {
        let payload = Payload {
            msg: plain,
            aad: also,
        };
        let sealed = key.aes.encrypt(Nonce::from_slice(nonce), payload);
        sealed.expect("GCM takes any message below 64 GiB")
    }

    fn decrypt(&self, key: &Key, nonce: &[u8; 12], also: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: sealed,
            aad: also,
        };
        key.aes.decrypt(Nonce::from_slice(nonce), payload).ok()
    }

    fn signing_key(&self) -> Secret {
        random_secret()
    }

    fn verifying_key(&self, private: &Secret) -> Option<Vec<u8>> {
        let key = SigningKey::from_bytes(private);
        Some(key.verifying_key().to_bytes().to_vec())
    }

    fn sign(&self, private: &Secret, message: &[u8]) -> Option<[u8; 64]> {
        Some(SigningKey::from_bytes(private).sign(message).to_bytes())
    }

    fn verify(&self, public: &[u8], message: &[u8], signature: &[u8; 64]) -> bool {
        let key = public.try_into().ok().map(VerifyingKey::from_bytes);
        let Some(Ok(key)) = key else {
            return false;
        };
        let signature = Signature::from_bytes(signature);
        key.verify_strict(message, &signature).is_ok()
    }

    fn box_key(&self) -> Secret {
        random_secret()
    }

    fn box_public(&self, private: &Secret) -> Option<Vec<u8>> {
        let key = StaticSecret::from(**private);
        Some(PublicKey::from(&key).as_bytes().to_vec())
    }

    fn carry(&self, public: &[u8]) -> Option<(Vec<u8>, Secret)> {
        let theirs = PublicKey::from(<[u8; POINT_BYTES]>::try_from(public).ok()?);
        let ours = EphemeralSecret::random_from_rng(OsRng);
        let carried = PublicKey::from(&ours);
        let shared = ours.diffie_hellman(&theirs);
        // A point of small order would give a secret that everybody knows.
        let shared = shared.was_contributory().then_some(shared)?;
        let secret = bind(self, &carried, &theirs, shared.as_bytes());
        Some((carried.as_bytes().to_vec(), secret))
    }

    fn receive(&self, private: &Secret, carried: &[u8]) -> Option<Secret> {
        let carried = PublicKey::from(<[u8; POINT_BYTES]>::try_from(carried).ok()?);
        let ours = StaticSecret::from(**private);
        let shared = ours.diffie_hellman(&carried);
        let shared = shared.was_contributory().then_some(shared)?;
        Some(bind(
            self,
            &carried,
            &PublicKey::from(&ours),
            shared.as_bytes(),
        ))
    }

    fn carried_bytes(&self) -> usize {
        POINT_BYTES
    }
}

/// HKDF over the shared secret, bound to both public keys.
fn bind(one: &One, carried: &PublicKey, receiver: &PublicKey, shared: &[u8; 32]) -> Secret {
    let salt = [carried.as_bytes().as_slice(), receiver.as_bytes()].concat();
    one.hkdf(&salt, shared, b"yizhan box 1")
}
