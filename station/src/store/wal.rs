//! SQLite's log file, looked at before SQLite does: at a frame whose checksum is wrong SQLite
//! silently stops, and what was saved behind it is gone. A power cut tears only the last
//! transaction, since each is synced before the next begins; anything behind it is rot.
//!
//! Layout (sqlite.org/fileformat2.html, section 4): a header of 32 bytes, then frames of 24 bytes
//! and a page. Checksums run through from the header on, over what is stored, which is ciphertext.

use std::collections::BTreeMap;
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
    let bytes = match disk::read(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        read => read.map_err(Error::disk(path))?,
    };
    match Header::read(&bytes) {
        Some(header) => Ok(read(&bytes, &header)),
        None => Ok(Wal {
            sound_bytes: 0,
            is_rotten: holds_more(&bytes, database)?,
        }),
    }
}

fn read(bytes: &[u8], header: &Header) -> Wal {
    let whole = header.follow(bytes, HEADER_BYTES, header.sum);
    Wal {
        sound_bytes: whole.sound_bytes,
        is_rotten: header.goes_on(bytes, whole.at, whole.sum),
    }
}

/// Whether a log whose header is wrong holds anything that the database does not. A header is written
/// and synced before its first frame counts; so it has rotted, or the power went while it was written
/// over the one of a log that lay in the database already, all of it.
fn holds_more(bytes: &[u8], database: &Path) -> Result<bool> {
    let Some(header) = Header::guess(bytes) else {
        return Ok(false);
    };
    // What the first frame's checksum goes on from is not known; what it holds is compared.
    let second = HEADER_BYTES + FRAME_BYTES + header.page_bytes;
    let first = &bytes[HEADER_BYTES..second];
    let whole = header.follow(bytes, second, stored(first));
    if header.goes_on(bytes, whole.at, whole.sum) {
        return Ok(true);
    }
    let file = match disk::of(database).open(database, disk::How::Read) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(true),
        opened => opened.map_err(Error::disk(database))?,
    };
    let end = match word(first, 4) {
        0 => whole.sound_bytes,
        _ => whole.sound_bytes.max(second),
    };
    let frames = bytes[HEADER_BYTES..end].chunks_exact(FRAME_BYTES + header.page_bytes);
    let pages = frames
        .clone()
        .map(|frame| (word(frame, 0), &frame[FRAME_BYTES..]));
    let pages_in_all = frames.last().map_or(0, |frame| word(frame, 4));
    let mut there = vec![0; header.page_bytes];
    for (number, page) in pages.collect::<BTreeMap<_, _>>() {
        let at = u64::from(number).saturating_sub(1) * header.page_bytes as u64;
        let len = file
            .read_at(at, &mut there)
            .map_err(Error::disk(database))?;
        if number <= pages_in_all && (len < page.len() || there != page) {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Header {
    big: bool,
    page_bytes: usize,
    salts: [u8; 8],
    sum: (u32, u32),
}

/// How far frames go on from one another.
struct Followed {
    /// Bytes up to the end of the last whole transaction.
    sound_bytes: usize,
    /// Where the first frame is that does not go on, and the checksum up to it.
    at: usize,
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

    /// The header of a file that has a damaged one, as far as two frames with the same salts tell it.
    fn guess(bytes: &[u8]) -> Option<Header> {
        let salts = |page_bytes: usize, index: usize| {
            let at = HEADER_BYTES + index * (FRAME_BYTES + page_bytes);
            bytes.get(at + 8..at + 16)
        };
        let mut sizes = (9..=16).map(|power| 1 << power);
        sizes.find_map(|page_bytes| {
            let one = salts(page_bytes, 0)?;
            let is_one = Some(one) == salts(page_bytes, 1) && one != [0; 8];
            is_one.then_some(Header {
                big: cfg!(target_endian = "big"),
                page_bytes,
                salts: one.try_into().ok()?,
                sum: (0, 0),
            })
        })
    }

    /// Frames from `at` on, as long as each goes on from the one before; `sum` is the checksum up to `at`.
    fn follow(&self, bytes: &[u8], mut at: usize, mut sum: (u32, u32)) -> Followed {
        let frame_len = FRAME_BYTES + self.page_bytes;
        let mut sound_bytes = HEADER_BYTES;
        while let Some(frame) = self.frame(bytes, at) {
            let next = self.sum(frame, sum);
            if frame[8..16] != self.salts || stored(frame) != next {
                break;
            }
            (at, sum) = (at + frame_len, next);
            if word(frame, 4) != 0 {
                sound_bytes = at;
            }
        }
        Followed {
            sound_bytes,
            at,
            sum,
        }
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
        let header = Header::read(&bytes).unwrap();
        let whole = read(&bytes, &header);
        assert_eq!((whole.sound_bytes, whole.is_rotten), (bytes.len(), false));
        let frame = FRAME_BYTES + page_bytes;
        for cut in (HEADER_BYTES..bytes.len()).step_by(frame / 3) {
            let torn = read(&bytes[..cut], &header);
            assert!(!torn.is_rotten && torn.sound_bytes <= cut, "cut at {cut}");
        }
    }

    /// What is found where a database and a log with this header lie.
    fn with_header(folder: &Path, header: &[u8], database: &[u8], log: &[u8]) -> bool {
        let path = folder.join("b.db");
        std::fs::write(&path, database).unwrap();
        let log = [header, &log[HEADER_BYTES..]].concat();
        std::fs::write(path_of(&path), log).unwrap();
        look(&path).unwrap().is_rotten
    }

    #[test]
    fn a_wrong_header_is_rot_unless_the_database_holds_what_lies_behind_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.db");
        let db = rusqlite::Connection::open(&path).unwrap();
        db.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE t (x)")
            .unwrap();
        db.execute("INSERT INTO t VALUES (zeroblob(9000))", [])
            .unwrap();
        let read = |path: &Path| std::fs::read(path).unwrap();
        let (before, log) = (read(&path), read(&path_of(&path)));
        db.execute_batch("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
        let folded = read(&path);
        let page_bytes = word(&log, 8) as usize;
        let noise = [0xA5; HEADER_BYTES];
        let told = |header: &[u8], database: &[u8], log: &[u8]| {
            with_header(folder.path(), header, database, log)
        };
        for bit in 0..HEADER_BYTES * 8 {
            let mut header = log[..HEADER_BYTES].to_vec();
            header[bit / 8] ^= 1 << (bit % 8);
            assert!(told(&header, &before, &log), "bit {bit}");
            assert!(!told(&header, &folded, &log), "bit {bit}, folded");
        }
        assert!(!told(&noise, &folded, &log));
        for page in 0..folded.len() / page_bytes {
            let mut other = folded.clone();
            other[page * page_bytes + 100] ^= 1;
            assert!(told(&noise, &other, &log), "page {page} is another");
        }
        // A rotten frame hides a whole transaction behind it.
        let frame = FRAME_BYTES + page_bytes;
        let mut rotten = log.clone();
        rotten[HEADER_BYTES + frame + FRAME_BYTES] ^= 1;
        assert!(told(&noise, &folded, &rotten));
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
        let header = Header::read(&bytes).unwrap();
        let body = |at: &usize| (at - HEADER_BYTES) % frame >= FRAME_BYTES;
        for at in (HEADER_BYTES..last_begins).step_by(11).filter(body) {
            let mut rotten = bytes.clone();
            rotten[at] ^= 16;
            assert!(read(&rotten, &header).is_rotten, "byte {at}");
        }
    }
}
