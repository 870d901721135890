//! The ring: the random keys of everything but the database, sealed under the data key. It stays the
//! same when the data key changes, so pages, journal and backups need not be sealed anew.

use crypto::{Key, Secret, Suite};
use zeroize::Zeroizing;

use super::DataKey;

const PURPOSE: &str = "yizhan ring 2";
const LAYOUT: u8 = 1;
const KEYS: usize = 6;

/// Keys that are not derived. Wiped when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Ring {
    /// See [`super::Keys::blobs`].
    pub blobs: Secret,
    /// See [`super::Keys::search`].
    pub search: Secret,
    /// See [`super::Keys::journal`].
    pub journal: Secret,
    /// See [`super::Keys::backup`].
    pub backup: Secret,
    /// See [`super::Keys::sealing`].
    pub sealing: Secret,
    /// See [`super::Keys::audit`].
    pub audit: Secret,
}

impl Ring {
    /// A new one.
    pub fn random() -> Ring {
        Ring::of([(); KEYS].map(|()| crypto::random_secret()))
    }

    /// The keys that installations of the first layout derived: in the ring they go on as they are.
    pub fn derived(key: &DataKey) -> Ring {
        Ring {
            blobs: key.key_for("yizhan blobs 1"),
            search: key.key_for("yizhan search 1"),
            journal: key.key_for("yizhan journal 1"),
            backup: key.key_for("yizhan backup 1"),
            sealing: key.key_for("yizhan sealing 1"),
            audit: key.key_for("yizhan audit 1"),
        }
    }

    /// Sealed under the data key.
    pub fn seal(&self, key: &DataKey, suite: Suite) -> Vec<u8> {
        let mut plain = Zeroizing::new(Vec::with_capacity(1 + KEYS * 32));
        plain.push(LAYOUT);
        for secret in [
            &self.blobs,
            &self.search,
            &self.journal,
            &self.backup,
            &self.sealing,
            &self.audit,
        ] {
            plain.extend(secret.iter());
        }
        Key::new(&key.key_for("yizhan ring 2"), suite).seal(PURPOSE, &plain)
    }

    /// What [`Ring::seal`] made; None for another data key.
    pub fn open(key: &DataKey, envelope: &[u8]) -> Option<Ring> {
        let sealer = Key::new(&key.key_for("yizhan ring 2"), Suite::One);
        let plain = Zeroizing::new(sealer.open(PURPOSE, envelope)?);
        let (layout, secrets) = plain.split_first()?;
        if *layout != LAYOUT || secrets.len() != KEYS * 32 {
            return None;
        }
        let mut each = secrets.chunks_exact(32);
        let mut keys = [(); KEYS].map(|()| Zeroizing::new([0; 32]));
        for key in &mut keys {
            key.copy_from_slice(each.next()?);
        }
        Some(Ring::of(keys))
    }

    fn of(keys: [Secret; KEYS]) -> Ring {
        let [blobs, search, journal, backup, sealing, audit] = keys;
        Ring {
            blobs,
            search,
            journal,
            backup,
            sealing,
            audit,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_opens_with_its_data_key_alone_by_either_suite() {
        let (key, other, ring) = (DataKey::random(), DataKey::random(), Ring::random());
        for suite in Suite::ALL {
            let envelope = ring.seal(&key, suite);
            assert!(Ring::open(&key, &envelope) == Some(ring.clone()));
            assert!(Ring::open(&other, &envelope).is_none());
        }
    }
}
