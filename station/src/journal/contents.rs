//! What a journal holds: its segments read one after the other, as far as each is whole.
//!
//! A power cut leaves one torn frame at the end of the last segment, since every frame is synced
//! before the next. Whole frames behind one that is not are no torn tail: the file has rotted.

use std::collections::BTreeMap;
use std::path::Path;

use super::frame::{ALIGNED, Sealing, whole_at};
use super::{Frame, Kept, segment};
use crate::disk;
use crate::error::{Error, Result};

/// A segment as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its place in the journal.
    pub number: u64,
    /// The last entry in it; that of the segment before when it has none.
    pub last: u64,
    /// Where its last whole frame ends.
    pub end: u64,
    /// There is something behind it that is no frame.
    pub is_torn: bool,
    /// There are whole frames behind one that is not.
    pub is_rotten: bool,
}

/// Everything that could be read.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The installation, sealed (hex).
    pub installation: Option<String>,
    /// Entries by their place in the log.
    pub entries: BTreeMap<u64, Kept>,
    /// The segments, in their order.
    pub segments: Vec<Found>,
}

impl Contents {
    /// The last entry; 0 for none.
    pub fn last(&self) -> u64 {
        self.entries.keys().next_back().copied().unwrap_or(0)
    }

    /// Whether it goes on behind entry `last`. Not where it begins later: what lay between was taken
    /// away once it was durable at the centre. In a rotten one that cannot be told.
    pub fn follows(&self, last: u64) -> bool {
        let first = self.entries.keys().next().copied().unwrap_or(0);
        last == 0 || first <= last + 1 || self.is_rotten()
    }

    /// Some of it could not be read.
    pub fn is_rotten(&self) -> bool {
        self.segments.iter().any(|found| found.is_rotten)
    }
}

/// Reads every segment in a folder.
pub fn read(folder: &Path, sealing: &Sealing) -> Result<Contents> {
    let listed = disk::of(folder).list(folder).map_err(Error::disk(folder))?;
    let mut numbers: Vec<u64> = listed
        .iter()
        .filter_map(|entry| segment::number_of(&entry.path))
        .collect();
    numbers.sort_unstable();
    let mut contents = Contents::default();
    let last = numbers.last().copied();
    for number in numbers {
        let path = segment::path(folder, number);
        let bytes = disk::read(&path).map_err(Error::disk(&path))?;
        let mut found = contents.take(&bytes, number, sealing);
        // Only the last segment was being written to.
        found.is_rotten |= found.is_torn && Some(number) != last;
        contents.segments.push(found);
    }
    Ok(contents)
}

impl Contents {
    fn take(&mut self, bytes: &[u8], number: u64, sealing: &Sealing) -> Found {
        let (mut at, mut end) = (0, 0);
        let (mut is_torn, mut is_rotten) = (false, false);
        let written = bytes.iter().rposition(|byte| *byte != 0);
        while written.is_some_and(|last| at <= last) {
            if let Some((frame, next)) = sealing.unpack(bytes, number, at) {
                is_rotten |= is_torn;
                self.keep(frame);
                (at, end) = (next, next);
                continue;
            }
            is_torn = true;
            // A frame that is whole and does not open is no torn one either.
            is_rotten |= whole_at(bytes, at).is_some();
            at += ALIGNED;
        }
        Found {
            number,
            last: self.last(),
            end: end as u64,
            is_torn,
            is_rotten,
        }
    }

    fn keep(&mut self, frame: Frame) {
        match frame {
            Frame::Installation { sealed } => self.installation = Some(sealed),
            Frame::Saved(kept) => {
                self.entries.insert(kept.entry.n, *kept);
            }
        }
    }
}
