//! SQLite's log file, looked at before SQLite does: at a frame whose checksum is wrong SQLite
//! silently stops, and what was saved behind it is gone. A power cut tears only the last
//! transaction, since each is synced before the next begins; anything behind it is rot.
//!
//! Layout (sqlite.org/fileformat2.html, section 4): a header of 32 bytes, then frames of 24 bytes
//! and a page. Checksums run through from the header on, over what is stored, which is ciphertext.

use std::path::{Path, PathBuf};

use crate::disk;
use crate::error::{Error, Result};

const HEADER_BYTES: usize = 32;
const FRAME_BYTES: usize = 24;
const MAGIC_LITTLE: u32 = 0x377f_0682;
const MAGIC_BIG: u32 = 0x377f_0683;

/// What the log of a database is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wal {
    /// Bytes up to the end of the last transaction that is whole.
    pub sound_bytes: usize,
    /// Something was saved behind that, and cannot be read any more.
    pub is_rotten: bool,
}

/// Where a database's log lies.
pub fn path_of(database: &Path) -> PathBuf {
    let mut path = database.as_os_str().to_owned();
    path.push("-wal");
    path.into()
}

/// Looks at a database's log; a sound one of no bytes when there is none.
pub fn look(database: &Path) -> Result<Wal> {
    let path = path_of(database);
    match disk::read(&path) {
        Ok(bytes) => Ok(read(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(read(&[])),
        Err(error) => Err(Error::disk(path)(error)),
    }
}

fn read(bytes: &[u8]) -> Wal {
    let Some(header) = Header::read(bytes) else {
        // A header is written and synced before its first frame counts. With frames of one salt
        // behind a header that is wrong, the header has rotted; unless it was being written over the one
        // of a log that lay in the database already, all of it.
        return Wal {
            sound_bytes: 0,
            is_rotten: has_frames_without_header(bytes),
        };
    };
    let frame_len = FRAME_BYTES + header.page_bytes;
    let mut sum = header.sum;
    let (mut sound_bytes, mut at) = (HEADER_BYTES, HEADER_BYTES);
    while let Some(frame) = header.frame(bytes, at) {
        let next = header.sum(frame, sum);
        if frame[8..16] != header.salts || stored(frame) != next {
            break;
        }
        (at, sum) = (at + frame_len, next);
        if word(frame, 4) != 0 {
            sound_bytes = at;
        }
    }
    Wal {
        sound_bytes,
        is_rotten: header.goes_on(bytes, at, sum),
    }
}

struct Header {
    big: bool,
    page_bytes: usize,
    salts: [u8; 8],
    sum: (u32, u32),
}

impl Header {
    fn read(bytes: &[u8]) -> Option<Header> {
        let head = bytes.get(..HEADER_BYTES)?;
        let big = match word(head, 0) {
            MAGIC_LITTLE => false,
            MAGIC_BIG => true,
            _ => return None,
        };
        let page_bytes = word(head, 8) as usize;
        let sum = checksum(big, (0, 0), &head[..24]);
        let right = sum == (word(head, 24), word(head, 28));
        let fits = page_bytes.is_power_of_two() && (512..=65_536).contains(&page_bytes);
        (right && fits).then_some(Header {
            big,
            page_bytes,
            salts: head[16..24].try_into().ok()?,
            sum,
        })
    }

    fn frame<'a>(&self, bytes: &'a [u8], at: usize) -> Option<&'a [u8]> {
        bytes.get(at..at.checked_add(FRAME_BYTES + self.page_bytes)?)
    }

    /// Whether another transaction follows the one that holds `at`, whose checksum is wrong: a frame
    /// of this log whose checksum goes on from that of a commit. Frames that follow without going on
    /// are what an earlier power cut left, overwritten in part since. `sum` is the checksum up to `at`.
    fn goes_on(&self, bytes: &[u8], mut at: usize, sum: (u32, u32)) -> bool {
        let frame_len = FRAME_BYTES + self.page_bytes;
        // At the wrong frame either what is stored or what is summed may be right.
        let mut summed = self.frame(bytes, at).map(|frame| self.sum(frame, sum));
        while let (Some(frame), Some(next)) =
            (self.frame(bytes, at), self.frame(bytes, at + frame_len))
        {
            let before = [Some(stored(frame)), summed.take()];
            let follows = before
                .into_iter()
                .flatten()
                .any(|before| self.sum(next, before) == stored(next));
            if follows && word(frame, 4) != 0 && next[8..16] == self.salts {
                return true;
            }
            at += frame_len;
        }
        false
    }

    /// The checksum with one more frame.
    fn sum(&self, frame: &[u8], before: (u32, u32)) -> (u32, u32) {
        let head = checksum(self.big, before, &frame[..8]);
        checksum(self.big, head, &frame[FRAME_BYTES..])
    }
}

fn stored(frame: &[u8]) -> (u32, u32) {
    (word(frame, 16), word(frame, 20))
}

/// Whether a file with a damaged header holds two frames with the same salt, for any page size.
fn has_frames_without_header(bytes: &[u8]) -> bool {
    let salts = |page_bytes: usize, index: usize| {
        let at = HEADER_BYTES + index * (FRAME_BYTES + page_bytes);
        bytes.get(at + 8..at + 16)
    };
    let sizes = (9..=16).map(|power| 1 << power);
    let mut found = sizes.filter_map(|size| Some((salts(size, 0)?, salts(size, 1)?)));
    found.any(|(one, two)| {
        one == two && one.iter().any(|byte| *byte != 0) && !begins_anew(bytes, one)
    })
}

/// Whether the power went while a log began anew: up to some byte its header is the new one, whose count
/// and first salt are the next numbers, and from there on still that of the frames behind it.
fn begins_anew(bytes: &[u8], salts: &[u8]) -> bool {
    let Some(head) = bytes.get(..HEADER_BYTES) else {
        return false;
    };
    let count = word(head, 12);
    [count, count.wrapping_sub(1)].into_iter().any(|count| {
        let mut old = [0; HEADER_BYTES];
        old[..12].copy_from_slice(&head[..12]);
        old[12..16].copy_from_slice(&count.to_be_bytes());
        old[16..24].copy_from_slice(salts);
        let (one, two) = checksum(word(head, 0) == MAGIC_BIG, (0, 0), &old[..24]);
        old[24..28].copy_from_slice(&one.to_be_bytes());
        old[28..].copy_from_slice(&two.to_be_bytes());
        let mut next = old;
        next[12..16].copy_from_slice(&count.wrapping_add(1).to_be_bytes());
        next[16..20].copy_from_slice(&word(salts, 0).wrapping_add(1).to_be_bytes());
        // The second salt is drawn anew, so nothing can be said of it and of what it is summed into.
        let is_torn =
            |at: usize| head[..at.min(20)] == next[..at.min(20)] && head[at..] == old[at..];
        (13..HEADER_BYTES).any(is_torn)
    })
}

fn word(bytes: &[u8], at: usize) -> u32 {
    let four = bytes.get(at..at + 4).and_then(|four| four.try_into().ok());
    u32::from_be_bytes(four.unwrap_or_default())
}

fn checksum(big: bool, (mut one, mut two): (u32, u32), bytes: &[u8]) -> (u32, u32) {
    let words = bytes.chunks_exact(4).map(|four| {
        let four = [four[0], four[1], four[2], four[3]];
        match big {
            true => u32::from_be_bytes(four),
            false => u32::from_le_bytes(four),
        }
    });
    for (at, word) in words.enumerate() {
        match at % 2 {
            0 => one = one.wrapping_add(word).wrapping_add(two),
            _ => two = two.wrapping_add(word).wrapping_add(one),
        }
    }
    (one, two)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A log of three transactions, written by SQLite itself; its bytes and page size.
    fn written() -> (Vec<u8>, usize) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)")
            .unwrap();
        for _ in 0..2 {
            db.execute("INSERT INTO t VALUES (zeroblob(9000))", [])
                .unwrap();
        }
        let bytes = std::fs::read(path_of(&path)).unwrap();
        let page_bytes = word(&bytes, 8) as usize;
        (bytes, page_bytes)
    }

    #[test]
    fn a_whole_log_and_every_torn_one_are_sound_up_to_a_transaction() {
        let (bytes, page_bytes) = written();
        let whole = read(&bytes);
        assert_eq!((whole.sound_bytes, whole.is_rotten), (bytes.len(), false));
        assert!(!read(&[]).is_rotten);
        let frame = FRAME_BYTES + page_bytes;
        for cut in (0..bytes.len()).step_by(frame / 3) {
            let torn = read(&bytes[..cut]);
            assert!(!torn.is_rotten && torn.sound_bytes <= cut, "cut at {cut}");
        }
    }

    #[test]
    fn a_header_torn_while_the_log_began_anew_is_no_rot_and_a_turned_bit_in_it_is() {
        let (bytes, _) = written();
        let mut next = bytes[..HEADER_BYTES].to_vec();
        next[12..16].copy_from_slice(&(word(&bytes, 12) + 1).to_be_bytes());
        next[16..20].copy_from_slice(&word(&bytes, 16).wrapping_add(1).to_be_bytes());
        next[20..24].copy_from_slice(&[7, 1, 200, 90]);
        let (one, two) = checksum(word(&bytes, 0) == MAGIC_BIG, (0, 0), &next[..24]);
        next[24..28].copy_from_slice(&one.to_be_bytes());
        next[28..].copy_from_slice(&two.to_be_bytes());
        for at in 0..=HEADER_BYTES {
            let mut torn = bytes.clone();
            torn[..at].copy_from_slice(&next[..at]);
            assert!(!read(&torn).is_rotten, "torn at {at}");
        }
        let told = |bit: &usize| {
            let mut rotten = bytes.clone();
            rotten[bit / 8] ^= 1 << (bit % 8);
            read(&rotten).is_rotten
        };
        // The lowest bit of the count may look like the next count.
        let untold: Vec<_> = (0..HEADER_BYTES * 8).filter(|bit| !told(bit)).collect();
        assert!(untold.iter().all(|bit| *bit == 15 * 8), "{untold:?}");
    }

    #[test]
    fn a_flipped_bit_before_the_last_transaction_is_rot() {
        let (bytes, page_bytes) = written();
        let frame = FRAME_BYTES + page_bytes;
        let commits: Vec<usize> = (0..)
            .map(|index| HEADER_BYTES + index * frame)
            .take_while(|at| at + frame <= bytes.len())
            .filter(|at| word(&bytes, at + 4) != 0)
            .collect();
        let last_begins = commits[commits.len() - 2] + frame;
        let body = |at: &usize| *at < HEADER_BYTES || (at - HEADER_BYTES) % frame >= FRAME_BYTES;
        for at in (0..last_begins).step_by(11).filter(body) {
            let mut rotten = bytes.clone();
            rotten[at] ^= 16;
            assert!(read(&rotten).is_rotten, "byte {at}");
        }
    }
}
