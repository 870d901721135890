//! Whether a pull continues its feed, and how much of it is answered. Pure.

use domain::sync::{PULL_LIMIT, Pull, Sum};

use crate::error::{Error, Result};
use crate::refusal;

/// How many facts may be answered. `there` is the checksum at the position asked from; None when
/// the feed is not that long. Another one is another history: the station has to begin again.
pub fn continues(pull: &Pull, there: Option<&Sum>) -> Result<usize> {
    match there == Some(&pull.after.sum) {
        true => Ok(pull.limit.clamp(1, PULL_LIMIT)),
        false => Err(Error::Refused(&refusal::FEED_DIFFERS)),
    }
}
