//! Snapshots of feeds: when one is made, which station is offered it, and what stretch of it is answered.
//! Made in `build`; the bytes lie in `blobs`.

mod build;

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use domain::snapshot::{FORMAT, Offer, PART_LIMIT_BYTES};
use domain::sync::FeedAt;
use domain::{Division, evolve};
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::database::Tx;
use crate::error::{Doing, Error, Result};
use crate::refusal::{self, Refusal};
use crate::{Center, store};

pub use build::keep_building;

/// The limits of `catalog/policy/snapshots.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// A snapshot is made once so many facts have come since the last …
    pub tail_facts: u64,
    /// … and they are such a part of all.
    pub tail_percent: u64,
    /// A station is offered one that is so many facts behind …
    pub behind_facts: u64,
    /// … and such a part of all; or that has nothing.
    pub behind_percent: u64,
    /// How long one is kept after the next was made.
    pub kept_hours: u64,
    /// How much of one a station asks for at once.
    pub part_kib: u64,
}

#[derive(Deserialize)]
struct File {
    limit: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    name: String,
    value: u64,
}

impl Limits {
    /// What the centre's own settings say, or else the policy's file.
    pub fn load(config: &Config) -> Result<Limits> {
        match &config.snapshots {
            Some(own) => Ok(own.clone()),
            None => Limits::of_policy(&config.catalog),
        }
    }

    fn of_policy(catalog: &Path) -> Result<Limits> {
        let path = catalog.join("policy/snapshots.toml");
        let text = fs::read_to_string(&path).doing("read", &path)?;
        Limits::read(&text).map_err(|why| Error::Catalog(format!("{}: {why}", path.display())))
    }

    fn read(text: &str) -> std::result::Result<Limits, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let number = |name: &str| {
            let line = file.limit.iter().find(|line| line.name == name);
            let value = line.map(|line| line.value);
            value
                .filter(|value| *value <= 1_000_000)
                .ok_or(format!("{name} is missing or out of range"))
        };
        Ok(Limits {
            tail_facts: number("tail_facts")?,
            tail_percent: number("tail_percent")?,
            behind_facts: number("behind_facts")?,
            behind_percent: number("behind_percent")?,
            kept_hours: number("kept_hours")?,
            part_kib: number("part_kib")?,
        })
    }

    /// Whether a station at `seq` of `head` is so far behind that a snapshot is quicker.
    pub fn is_far(&self, seq: u64, head: u64) -> bool {
        let behind = head.saturating_sub(seq);
        let much = behind.saturating_mul(100) >= head.saturating_mul(self.behind_percent);
        behind > 0 && (seq == 0 || (behind >= self.behind_facts && much))
    }

    fn in_parts(&self, offer: Offer) -> Offer {
        Offer {
            part_bytes: self.part_kib << 10,
            ..offer
        }
    }

    fn kept(&self) -> Duration {
        Duration::from_secs(self.kept_hours * 3_600)
    }
}

impl Center {
    /// The snapshot that a station is offered, if one is quicker than the facts.
    pub(crate) async fn offer(
        &self,
        tx: &Tx<'_>,
        feed: &Division,
        at: &FeedAt,
        head: &FeedAt,
    ) -> Result<Option<Offer>> {
        if !self.snapshots.is_far(at.seq, head.seq) {
            return Ok(None);
        }
        let newest = store::snapshot::newest(tx, feed, FORMAT, evolve::VERSION).await?;
        let useful = newest.filter(|offer| self.snapshots.is_far(at.seq, offer.seq));
        Ok(useful.map(|offer| self.snapshots.in_parts(offer)))
    }
}

/// The stretch that a `Range` header asks for, of a file of `size_bytes`: one, within the file, no longer
/// than is answered at once. Anything else is refused, not cut to size.
pub fn stretch(asked: &str, size_bytes: u64) -> std::result::Result<Range<u64>, &'static Refusal> {
    let number = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| digits)
    };
    let both = asked.strip_prefix("bytes=").and_then(|range| {
        let (first, last) = range.split_once('-')?;
        Some((number(first)?, number(last)?))
    });
    match both {
        Some((first, last))
            if first <= last && last < size_bytes && last - first < PART_LIMIT_BYTES =>
        {
            Ok(first..last + 1)
        }
        _ => Err(&refusal::SNAPSHOT_RANGE),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../catalog/policy/snapshots.toml");

    #[test]
    fn the_shipped_limits_are_read_and_one_that_lacks_is_said() {
        let limits = Limits::read(SHIPPED).unwrap();
        assert!(limits.tail_facts > 0 && limits.kept_hours > 0);
        let said = Limits::read(&SHIPPED.replace("kept_hours", "kept")).unwrap_err();
        assert_eq!(said, "kept_hours is missing or out of range");
    }

    #[test]
    fn who_has_nothing_or_is_far_behind_is_offered_one_and_nobody_else() {
        let limits = Limits::read(SHIPPED).unwrap();
        // Where the station is, where the feed ends, whether a snapshot is quicker.
        let table = [
            (0, 0, false),
            (0, 1, true),
            (0, 100_000, true),
            (1, 5_000, false),
            (1, 5_001, true),
            (94_999, 100_000, false),
            (74_999, 100_000, true),
            (100, 50, false),
            (1, u64::MAX, true),
        ];
        for (seq, head, far) in table {
            assert_eq!(limits.is_far(seq, head), far, "{seq} of {head}");
        }
    }

    #[test]
    fn a_range_is_one_stretch_of_the_file_or_refused() {
        assert_eq!(stretch("bytes=0-0", 10), Ok(0..1));
        assert_eq!(stretch("bytes=3-9", 10), Ok(3..10));
        let most = PART_LIMIT_BYTES;
        let whole = format!("bytes=5-{}", most + 4);
        assert_eq!(stretch(&whole, u64::MAX), Ok(5..most + 5));
        let over = format!("bytes=5-{}", most + 5);
        let lies = [
            over.as_str(),
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=-5",
            "bytes=5-",
            "bytes=9-3",
            "bytes=3-10",
            "bytes=10-10",
            "bytes=0-1,3-4",
            "bytes= 0-1",
            "bytes=+0-1",
            "items=0-1",
            "bytes=0-18446744073709551615",
            "bytes=18446744073709551616-18446744073709551617",
            "bytes=０-１",
        ];
        for asked in lies {
            assert_eq!(stretch(asked, 10), Err(&refusal::SNAPSHOT_RANGE), "{asked}");
        }
    }
}
