//! The installation's keys: one random data key, wrapped per staff member, from which all others
//! derive. `keys.json` holds the wraps; the data key itself is only ever in memory.

mod attempts;
mod file;
mod installation;
mod machine;
mod wrap;

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use rand::RngCore;
use rand::rngs::OsRng;
use sha2::Sha256;
use zeroize::Zeroizing;

pub use attempts::Attempts;
pub use file::{KeyFile, Wrap};
pub use installation::{Installation, PublicPart};
pub use machine::machine_secret;
pub use wrap::Cost;

/// 32 secret bytes that are wiped when dropped.
pub type Secret = Zeroizing<[u8; 32]>;

/// The root of all keys of an installation.
pub struct DataKey(Secret);

/// What the data key derives. Cheap to clone, wiped when dropped.
#[derive(Clone)]
pub struct Keys {
    /// SQLCipher's raw key.
    pub database: Secret,
    /// Seals pages, and names their files.
    pub blobs: Secret,
    /// Hashes document numbers for search.
    pub search: Secret,
    /// Seals private keys in the store.
    pub sealing: Secret,
}

impl DataKey {
    /// A new one.
    pub fn random() -> DataKey {
        let mut key = Zeroizing::new([0; 32]);
        OsRng.fill_bytes(key.as_mut());
        DataKey(key)
    }

    /// The keys for each use (HKDF-SHA256, one label a use).
    pub fn derive(&self) -> Keys {
        Keys {
            database: self.key_for("yizhan database 1"),
            blobs: self.key_for("yizhan blobs 1"),
            search: self.key_for("yizhan search 1"),
            sealing: self.key_for("yizhan sealing 1"),
        }
    }

    fn key_for(&self, label: &str) -> Secret {
        let mut key = Zeroizing::new([0; 32]);
        Hkdf::<Sha256>::new(None, self.0.as_slice())
            .expand(label.as_bytes(), key.as_mut())
            .expect("32 bytes are within HKDF's limit");
        key
    }
}

/// HMAC-SHA256 as hex.
pub fn keyed_hash(key: &Secret, text: &str) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(key.as_slice()).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_data_key_gives_the_same_keys_and_each_use_another() {
        let root = DataKey::random();
        let (one, two) = (root.derive(), root.derive());
        assert_eq!(one.database, two.database);
        let all = [&one.database, &one.blobs, &one.search, &one.sealing];
        for (at, key) in all.iter().enumerate() {
            assert!(all[at + 1..].iter().all(|other| other != key));
        }
    }
}
