//! Identifiers. Commands carry a time-ordered UUID v7 made by their author; everything a command
//! brings about gets an id *derived* from it, so that replaying a command makes the same ids.
//! Derived ids keep their author's time in front: rows of one act lie together in every index.

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

/// An identifier of a command, case, person, installation or staff member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(export, type = "string")]
pub struct Id(pub Uuid);

impl Id {
    /// The id that this one gives to a thing it brought about (`label` says which: `"case"`).
    ///
    /// A UUID v8 (RFC 9562, 5.8): the 48 bits of time of this id, then its v5 hash with the label.
    pub fn derive(self, label: &str) -> Id {
        const TIME_BYTES: usize = 6;
        let mut bytes = *Uuid::new_v5(&self.0, label.as_bytes()).as_bytes();
        bytes[..TIME_BYTES].copy_from_slice(&self.0.as_bytes()[..TIME_BYTES]);
        Id(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The 16 bytes, as hashed into a log's links.
    pub fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for Id {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Id, uuid::Error> {
        Uuid::parse_str(text).map(Id)
    }
}

impl From<Uuid> for Id {
    fn from(uuid: Uuid) -> Id {
        Id(uuid)
    }
}
