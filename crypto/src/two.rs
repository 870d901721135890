//! Suite 2: SM4-GCM, SM3, SM2 signatures (GB/T 32918.2, the usual identity of GM/T 0009) and SM2
//! encryption (GB/T 32918.4) on the curve of GB/T 32918.5.
//!
//! The `sm2` crate of this generation has no encryption; the thirty lines here stand on its curve arithmetic
//! and are held to the standard's own example.

use aes_gcm::Nonce;
use aes_gcm::aead::{Aead, Payload};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::rngs::OsRng;
use sm2::dsa::signature::{RandomizedSigner, Verifier};
use sm2::dsa::{Signature, SigningKey, VerifyingKey};
use sm2::elliptic_curve::sec1::ToEncodedPoint;
use sm2::{AffinePoint, NonZeroScalar, ProjectivePoint, PublicKey, SecretKey};
use sm3::{Digest, Sm3};
use zeroize::{Zeroize, Zeroizing};

use crate::envelope::Key;
use crate::suite::Provider;
use crate::{Secret, random_secret};

/// See the module.
pub(crate) struct Two;

/// The signer's identity where none was agreed on (GM/T 0009, section 10).
const IDENTITY: &str = "1234567812345678";
/// An uncompressed point: 04 ‖ x ‖ y.
const POINT_BYTES: usize = 65;
const HASH_BYTES: usize = 32;

impl Provider for Two {
    fn hash(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = Sm3::new();
        parts.iter().for_each(|part| hash.update(part));
        hash.finalize().into()
    }

    fn hmac(&self, key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = <Hmac<Sm3> as Mac>::new_from_slice(key).expect("HMAC takes any key");
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes().into()
    }

    fn hkdf(&self, salt: &[u8], secret: &[u8], info: &[u8]) -> Secret {
        let mut out = Zeroizing::new([0; 32]);
        Hkdf::<Sm3>::new(Some(salt), secret)
            .expand(info, out.as_mut())
            .expect("32 bytes are within HKDF's limit");
        out
    }

    fn encrypt(&self, key: &Key, nonce: &[u8; 12], also: &[u8], plain: &[u8]) -> Vec<u8> {
        let payload = Payload {
            msg: plain,
            aad: also,
        };
        let sealed = key.sm4.encrypt(Nonce::from_slice(nonce), payload);
        sealed.expect("GCM takes any message below 64 GiB")
    }

    fn decrypt(&self, key: &Key, nonce: &[u8; 12], also: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let payload = Payload {
            msg: sealed,
            aad: also,
        };
        key.sm4.decrypt(Nonce::from_slice(nonce), payload).ok()
    }

    fn signing_key(&self) -> Secret {
        private_key()
    }

    fn verifying_key(&self, private: &Secret) -> Option<Vec<u8>> {
        public_bytes(private)
    }

    fn sign(&self, private: &Secret, message: &[u8]) -> Option<[u8; 64]> {
        let key = SigningKey::from_slice(IDENTITY, private.as_slice()).ok()?;
        let signature = key.try_sign_with_rng(&mut OsRng, message).ok()?;
        Some(signature.to_bytes())
    }

    fn verify(&self, public: &[u8], message: &[u8], signature: &[u8; 64]) -> bool {
        let key = VerifyingKey::from_sec1_bytes(IDENTITY, public);
        let signature = Signature::from_bytes(signature);
        matches!((key, signature), (Ok(key), Ok(s)) if key.verify(message, &s).is_ok())
    }

    fn box_key(&self) -> Secret {
        private_key()
    }

    fn box_public(&self, private: &Secret) -> Option<Vec<u8>> {
        public_bytes(private)
    }

    fn carry(&self, public: &[u8]) -> Option<(Vec<u8>, Secret)> {
        let theirs = PublicKey::from_sec1_bytes(public).ok()?;
        let secret = random_secret();
        let nonce = NonZeroScalar::random(&mut OsRng);
        Some((encrypt_with(&nonce, &theirs, secret.as_slice())?, secret))
    }

    fn receive(&self, private: &Secret, carried: &[u8]) -> Option<Secret> {
        let key = SecretKey::from_slice(private.as_slice()).ok()?;
        let plain = decrypt(&key, carried)?;
        plain.as_slice().try_into().ok().map(Zeroizing::new)
    }

    fn carried_bytes(&self) -> usize {
        POINT_BYTES + HASH_BYTES + 32
    }
}

fn private_key() -> Secret {
    let mut bytes = SecretKey::random(&mut OsRng).to_bytes();
    let mut secret = Zeroizing::new([0; 32]);
    secret.copy_from_slice(&bytes);
    bytes.as_mut_slice().zeroize();
    secret
}

fn public_bytes(private: &Secret) -> Option<Vec<u8>> {
    let key = SecretKey::from_slice(private.as_slice()).ok()?;
    Some(key.public_key().to_encoded_point(false).as_bytes().to_vec())
}

/// GB/T 32918.4, section 6: C1 ‖ C3 ‖ C2. `k` must be random and used once. None when the derived
/// pad is all zeros (then another `k` is to be taken; that has never happened to anybody).
pub(crate) fn encrypt_with(k: &NonZeroScalar, public: &PublicKey, plain: &[u8]) -> Option<Vec<u8>> {
    let c1 = (ProjectivePoint::GENERATOR * **k).to_affine();
    let shared = (public.to_projective() * **k).to_affine();
    let (x2, y2) = coordinates(&shared)?;
    let pad = pad(&x2, &y2, plain.len());
    if pad.iter().all(|byte| *byte == 0) {
        return None;
    }
    let c2: Vec<u8> = plain.iter().zip(pad.iter()).map(|(p, t)| p ^ t).collect();
    let c3 = Two.hash(&[x2.as_slice(), plain, y2.as_slice()]);
    Some([c1.to_encoded_point(false).as_bytes(), &c3, &c2].concat())
}

/// GB/T 32918.4, section 7. None for another key, a point off the curve, or a changed byte.
pub(crate) fn decrypt(key: &SecretKey, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (c1, rest) = sealed.split_at_checked(POINT_BYTES)?;
    let (c3, c2) = rest.split_at_checked(HASH_BYTES)?;
    let c1 = PublicKey::from_sec1_bytes(c1).ok()?;
    let shared = (c1.to_projective() * *key.to_nonzero_scalar()).to_affine();
    let (x2, y2) = coordinates(&shared)?;
    let pad = pad(&x2, &y2, c2.len());
    let plain: Zeroizing<Vec<u8>> =
        Zeroizing::new(c2.iter().zip(pad.iter()).map(|(c, t)| c ^ t).collect());
    let found = Two.hash(&[x2.as_slice(), plain.as_slice(), y2.as_slice()]);
    // Compared by keyed hashes: how far two differ must not show in the time it takes.
    let once = random_secret();
    let same = Two.hmac(once.as_slice(), &[&found]) == Two.hmac(once.as_slice(), &[c3]);
    same.then_some(plain)
}

/// The affine coordinates of a point that is not at infinity.
fn coordinates(point: &AffinePoint) -> Option<(Secret, Secret)> {
    let encoded = point.to_encoded_point(false);
    let (mut x, mut y) = (Zeroizing::new([0; 32]), Zeroizing::new([0; 32]));
    x.copy_from_slice(encoded.x()?);
    y.copy_from_slice(encoded.y()?);
    Some((x, y))
}

/// The key derivation function of GB/T 32918.4, section 5.4.3: SM3(x2 ‖ y2 ‖ counter) …
fn pad(x2: &Secret, y2: &Secret, bytes: usize) -> Zeroizing<Vec<u8>> {
    let mut pad = Zeroizing::new(Vec::with_capacity(bytes.next_multiple_of(HASH_BYTES)));
    for counter in 1u32.. {
        if pad.len() >= bytes {
            break;
        }
        pad.extend(Two.hash(&[x2.as_slice(), y2.as_slice(), &counter.to_be_bytes()]));
    }
    pad.truncate(bytes);
    pad
}
