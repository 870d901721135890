//! The installation's keys. One random *data key* derives the database's key and opens the *ring*,
//! random keys for everything else; so changing the data key re-seals nothing but the ring. `keys.json`
//! holds the data key boxed for each staff member, for the centre's officers, for a printed code and for a code that
//! lets a substitute in; the key itself is only ever in memory.

mod attempts;
mod card;
mod cost;
mod deposit;
mod file;
mod generation;
mod installation;
mod let_in;
pub mod machine;
mod old;
mod printed;
mod ring;
mod wrap;

use crypto::Suite;
use zeroize::Zeroizing;

pub use attempts::Attempts;
pub use card::OwnCard;
pub use cost::Cost;
pub use crypto::Secret;
#[cfg(test)]
pub(crate) use file::with_check;
pub use file::{Escrow, FILES, Found, KeyFile, Opened};
pub use generation::{Generation, Recovery};
pub use installation::{Installation, PublicPart};
pub use let_in::{LetIn, LetInCode, Told};
#[cfg(test)]
pub(crate) use old::{OldKeyFile, OldWrap};
pub use printed::Printed;
pub use ring::Ring;
pub use wrap::{Wrap, machine_id};

/// The root of all keys of an installation.
#[derive(Clone)]
pub struct DataKey(Secret);

/// The keys for each use. Cheap to clone, wiped when dropped.
#[derive(Clone)]
pub struct Keys {
    /// SQLCipher's raw key.
    pub database: Secret,
    /// Seals pages, and names their files.
    pub blobs: Secret,
    /// Hashes document numbers for search.
    pub search: Secret,
    /// Seals the journal's frames.
    pub journal: Secret,
    /// Authenticates what a backup says of itself.
    pub backup: Secret,
    /// Seals private keys in the store.
    pub sealing: Secret,
    /// Makes the pseudonyms of the audit.
    pub audit: Secret,
    /// The suite of what is sealed anew.
    pub suite: Suite,
}

/// What is in memory while somebody is logged in.
#[derive(Clone)]
pub struct Held {
    /// The data key.
    pub key: DataKey,
    /// What it opens.
    pub ring: Ring,
    /// The suite of what is sealed anew.
    pub suite: Suite,
}

impl DataKey {
    /// A new one.
    pub fn random() -> DataKey {
        DataKey(crypto::random_secret())
    }

    /// What came back by recovery. Whether it is the right one, [`Generation::ring`] tells.
    pub fn recovered(bytes: &[u8]) -> Option<DataKey> {
        bytes
            .try_into()
            .ok()
            .map(|key| DataKey(Zeroizing::new(key)))
    }

    /// With a ring that derives from it: how installations of the first layout had it.
    pub fn derive(&self) -> Keys {
        self.keys(&Ring::derived(self), Suite::One)
    }

    /// The database's key from here, the others from the ring.
    pub fn keys(&self, ring: &Ring, suite: Suite) -> Keys {
        Keys {
            database: self.database(),
            blobs: ring.blobs.clone(),
            search: ring.search.clone(),
            journal: ring.journal.clone(),
            backup: ring.backup.clone(),
            sealing: ring.sealing.clone(),
            audit: ring.audit.clone(),
            suite,
        }
    }

    /// SQLCipher's raw key.
    pub fn database(&self) -> Secret {
        self.key_for("yizhan database 1")
    }

    fn key_for(&self, label: &str) -> Secret {
        // Suite 1 whatever is chosen: a database must open after the choice has changed.
        Suite::One.hkdf(b"", self.0.as_slice(), label.as_bytes())
    }
}

impl Held {
    /// The keys for each use.
    pub fn keys(&self) -> Keys {
        self.key.keys(&self.ring, self.suite)
    }
}

impl Keys {
    /// What seals small things in the store.
    pub fn sealer(&self) -> crypto::Key {
        crypto::Key::new(&self.sealing, self.suite)
    }
}

/// HMAC-SHA256 as hex. The names it gives are kept, so it is the same under every suite.
pub fn keyed_hash(key: &Secret, text: &str) -> String {
    hex::encode(Suite::One.hmac(key.as_slice(), &[text.as_bytes()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_data_key_gives_the_same_keys_and_each_use_another() {
        let root = DataKey::random();
        let (one, two) = (root.derive(), root.derive());
        assert_eq!(one.database, two.database);
        let all = [
            &one.database,
            &one.blobs,
            &one.search,
            &one.journal,
            &one.backup,
            &one.sealing,
            &one.audit,
        ];
        for (at, key) in all.iter().enumerate() {
            assert!(all[at + 1..].iter().all(|other| other != key));
        }
    }

    #[test]
    fn the_keys_of_the_first_layout_are_what_they_were() {
        let root = DataKey(Zeroizing::new([7; 32]));
        // HKDF-SHA-256 without salt over 32 bytes of 7, labels as in the first layout; made by
        // OpenSSL 3.0.
        let keys = root.derive();
        assert_eq!(hex::encode(*keys.database), DATABASE);
        assert_eq!(hex::encode(*keys.blobs), BLOBS);
    }

    const DATABASE: &str = "292397573c0686897224884c69507e9e9634286e063d208dd8ee39ba2166c0ea";
    const BLOBS: &str = "a8c28bb645b58ce78ee948975d283b782ef95c514f1b9d73f23969c83a6c58a7";
}
