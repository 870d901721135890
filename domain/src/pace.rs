//! How fast a station may go, by the centre's word.

use serde::{Deserialize, Serialize};

/// How fast a station may go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Wait this long before the next hello.
    pub after_ms: u64,
    /// Commands in one push.
    pub batch: usize,
    /// The station's place in line, when many come at once: what is waiting to be sent waits this much
    /// longer.
    #[serde(default)]
    pub push_after_ms: u64,
    /// Bytes of pages and their previews a second; None for as fast as the line is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blob_bytes_per_s: Option<u64>,
}
