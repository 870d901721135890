//! A log that goes on from another one. The store of a station may come back from a backup, or be
//! copied: its log then says something else than the centre's from some entry on, and a position has
//! one link for ever. So it leaves that log where both still agree and goes on in a new one, of an
//! installation of its own; what was not accepted follows under the same ids.

use serde::{Deserialize, Serialize};

use crate::Id;
use crate::sync::Link;

/// Where a new log goes on, as a part of [`crate::sync::Enrol`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewLog {
    /// The installation whose log it leaves.
    pub parent: Id,
    /// The last entry that it keeps of it; the next one is `n + 1`.
    pub n: u64,
    /// The link there.
    pub link: Link,
    /// Ed25519 of the parent's log key over [`new_log_message`], hex.
    pub signature: String,
}

/// What is signed: where it goes on, and the key that it goes on with.
pub fn new_log_message(parent: Id, n: u64, link: &str, log_key: &str) -> Vec<u8> {
    format!("yizhan new log 1\n{parent}\n{n}\n{link}\n{log_key}").into_bytes()
}
