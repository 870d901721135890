//! Sealed boxes: bytes that anybody with a public key can seal and only the holder of the private
//! key can open. `suite (1) ‖ carried secret ‖ envelope` – suite 1 carries by X25519 (32 bytes), suite 2
//! by SM2 encryption (129 bytes); the envelope is an ordinary one under the carried secret.

use zeroize::Zeroizing;

use crate::Secret;
use crate::envelope::Key;
use crate::suite::Suite;

/// A private key that opens boxes. Wiped when dropped.
#[derive(Clone)]
pub struct BoxKey {
    suite: Suite,
    private: Secret,
    public: Vec<u8>,
}

/// A public key that boxes are sealed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxPublicKey {
    suite: Suite,
    public: Vec<u8>,
}

impl BoxKey {
    /// A new one.
    pub fn random(suite: Suite) -> BoxKey {
        BoxKey::new(suite, suite.provider().box_key())
            .expect("a suite accepts its own private keys")
    }

    /// From kept bytes; None for bytes that are no private key.
    pub fn new(suite: Suite, private: Secret) -> Option<BoxKey> {
        let public = suite.provider().box_public(&private)?;
        Some(BoxKey {
            suite,
            private,
            public,
        })
    }

    /// What [`BoxKey::read`] takes: `suite ‖ private key`.
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&[self.suite.id()], self.private.as_slice()].concat())
    }

    /// From [`BoxKey::to_bytes`].
    pub fn read(bytes: &[u8]) -> Option<BoxKey> {
        let (suite, private) = bytes.split_first()?;
        BoxKey::new(Suite::of(*suite)?, Zeroizing::new(private.try_into().ok()?))
    }

    /// Its suite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// The private key, 32 bytes: what is split among officers.
    pub fn private(&self) -> &Secret {
        &self.private
    }

    /// Its public key.
    pub fn public(&self) -> BoxPublicKey {
        BoxPublicKey {
            suite: self.suite,
            public: self.public.clone(),
        }
    }

    /// Opens a box sealed to this key for this purpose; None for anything else.
    pub fn open(&self, purpose: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (suite, rest) = sealed.split_first()?;
        if *suite != self.suite.id() {
            return None;
        }
        let provider = self.suite.provider();
        let (carried, envelope) = rest.split_at_checked(provider.carried_bytes())?;
        let secret = provider.receive(&self.private, carried)?;
        Key::new(&secret, self.suite)
            .open(purpose, envelope)
            .map(Zeroizing::new)
    }
}

impl BoxPublicKey {
    /// From `suite ‖ key`; None for bytes that are none.
    pub fn read(bytes: &[u8]) -> Option<BoxPublicKey> {
        let (suite, public) = bytes.split_first()?;
        let key = BoxPublicKey {
            suite: Suite::of(*suite)?,
            public: public.to_vec(),
        };
        // Refused now rather than when something must be sealed.
        key.suite.provider().carry(&key.public)?;
        Some(key)
    }

    /// `suite ‖ key`.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&[self.suite.id()], self.public.as_slice()].concat()
    }

    /// Its suite.
    pub fn suite(&self) -> Suite {
        self.suite
    }

    /// Sixteen hex digits that name this key.
    pub fn id(&self) -> String {
        hex::encode(&self.suite.hash(&[b"yizhan box key", &self.to_bytes()])[..8])
    }

    /// Seals bytes to this key for one purpose.
    pub fn seal(&self, purpose: &str, plain: &[u8]) -> Vec<u8> {
        let carried = self.suite.provider().carry(&self.public);
        let (carried, secret) = carried.expect("the key was tried when it was read");
        let envelope = Key::new(&secret, self.suite).seal(purpose, plain);
        [&[self.suite.id()], carried.as_slice(), &envelope].concat()
    }
}

impl std::fmt::Debug for BoxKey {
    /// Without the private key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BoxKey({:?}, {})", self.suite, self.public().id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_key_it_was_sealed_to_opens_a_box_and_only_for_its_purpose() {
        for suite in Suite::ALL {
            let key = BoxKey::random(suite);
            let public = BoxPublicKey::read(&key.public().to_bytes()).unwrap();
            assert_eq!(public.id(), key.public().id());
            let sealed = public.seal("data key", b"plain");
            assert_eq!(key.open("data key", &sealed).unwrap().as_slice(), b"plain");
            assert!(key.open("else", &sealed).is_none());
            for other in Suite::ALL {
                assert!(BoxKey::random(other).open("data key", &sealed).is_none());
            }
            assert_ne!(
                sealed,
                public.seal("data key", b"plain"),
                "each box is its own"
            );
        }
    }

    #[test]
    fn every_flipped_byte_and_every_truncation_of_a_box_is_refused() {
        for suite in Suite::ALL {
            let key = BoxKey::random(suite);
            let sealed = key.public().seal("data key", &[9; 32]);
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                assert!(key.open("data key", &changed).is_none(), "byte {at}");
                assert!(key.open("data key", &sealed[..at]).is_none(), "cut at {at}");
            }
        }
    }

    #[test]
    fn points_that_give_no_secret_are_no_public_keys() {
        let zero = [vec![1], vec![0; 32]].concat();
        assert!(
            BoxPublicKey::read(&zero).is_none(),
            "a point of small order"
        );
        let off_the_curve = [vec![2, 4], vec![1; 64]].concat();
        assert!(BoxPublicKey::read(&off_the_curve).is_none());
        assert!(BoxPublicKey::read(&[3; 33]).is_none());
        assert!(BoxPublicKey::read(&[]).is_none());
    }
}
