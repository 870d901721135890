//! A feed's fold as one file, for a first load: people and cases as `evolve` makes them of the facts up
//! to a position, with what a station needs of those facts beside them.
//!
//! A file is `magic (8 bytes) ‖ length of the header (4, big endian) ‖ header (JSON) ‖ chunks`. Each
//! chunk is rows (`snapshot::rows`) under zstd and has its SHA-256 in the header, so that it can
//! be looked at by itself and a load goes on where it was cut. The file's own address is the SHA-256 of
//! all of it. Folding is in `folded`, writing in `write`; no file and no network here.

pub mod folded;
pub mod rows;
pub mod write;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::sync::{Sum, sha256_hex};
use crate::{Division, evolve};

pub use folded::Folded;
pub use rows::{Answer, Row};
pub use write::File;

/// The format of the file.
pub const FORMAT: u32 = 1;
/// Bytes of a whole file.
pub const LIMIT_BYTES: u64 = 256 << 20;
/// Bytes of a header.
pub const HEADER_LIMIT_BYTES: u64 = 1 << 20;
/// Bytes of a chunk, and of what is asked for at once.
pub const PART_LIMIT_BYTES: u64 = 4 << 20;
/// Bytes of a chunk once unpacked.
pub const PLAIN_LIMIT_BYTES: u64 = 32 << 20;
const MAGIC: &[u8; 8] = b"YZ-SNAP\n";
const PRELUDE_BYTES: u64 = MAGIC.len() as u64 + 4;

/// Why a file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a snapshot that cannot be used: {0}")]
pub struct Unreadable(pub &'static str);

/// A snapshot that a hello offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// SHA-256 of the whole file, hex: what it is asked for by.
    pub sha256: String,
    /// Its length.
    pub size_bytes: u64,
    /// Where its chunks begin.
    pub header_bytes: u64,
    /// The last fact that is folded in it.
    pub seq: u64,
    /// See [`FORMAT`].
    pub format: u32,
    /// See [`evolve::VERSION`].
    pub fold: u32,
    /// How much is well asked for at once.
    pub part_bytes: u64,
}

impl Offer {
    /// Whether this program can read it: the same format and the same fold, within every limit.
    pub fn is_readable(&self) -> bool {
        let limits = self.size_bytes <= LIMIT_BYTES && self.header_bytes <= HEADER_LIMIT_BYTES;
        let lengths = self.header_bytes > PRELUDE_BYTES && self.size_bytes >= self.header_bytes;
        self.format == FORMAT && self.fold == evolve::VERSION && limits && lengths
    }
}

/// What a file says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// See [`FORMAT`].
    pub format: u32,
    /// See [`evolve::VERSION`].
    pub fold: u32,
    /// Whose feed it is.
    pub feed: Division,
    /// The last fact folded.
    pub seq: u64,
    /// The feed's checksum there.
    pub sum: Sum,
    /// How many rows of each kind there are.
    pub counts: Counts,
    /// The chunks, in order.
    pub chunks: Vec<Chunk>,
}

/// Rows by kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// People.
    pub people: u64,
    /// Cases.
    pub cases: u64,
    /// Facts that the program which wrote the file could not read.
    pub unread: u64,
    /// Outcomes of commands.
    pub answers: u64,
}

/// One chunk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// Its length in the file.
    pub size_bytes: u64,
    /// Its length once unpacked.
    pub plain_bytes: u64,
    /// SHA-256 of its bytes in the file, hex.
    pub sha256: String,
}

/// A stretch of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// The first byte.
    pub offset: u64,
    /// How many.
    pub len: u64,
}

impl Header {
    /// Reads the beginning of an offered file. It must be whole, and say the same as the offer.
    pub fn read(bytes: &[u8], offer: &Offer) -> Result<Header, Unreadable> {
        let (header, end) = parse(bytes)?;
        if end != bytes.len() as u64 || end != offer.header_bytes {
            return Err(Unreadable("a header of another length"));
        }
        let same = (header.format, header.fold, header.seq);
        if same != (offer.format, offer.fold, offer.seq) {
            return Err(Unreadable("a header of another file"));
        }
        match header.size_bytes(end) == Some(offer.size_bytes) {
            true => Ok(header),
            false => Err(Unreadable("chunks of another length")),
        }
    }

    /// What to ask for behind the chunks that are there: as many as fit, but one at least. None when
    /// all of them are there.
    pub fn next(&self, offer: &Offer, done: usize) -> Option<Stretch> {
        let before: u64 = self.chunks.iter().take(done).map(|c| c.size_bytes).sum();
        let mut len = self.chunks.get(done)?.size_bytes;
        for chunk in &self.chunks[done + 1..] {
            if len + chunk.size_bytes > offer.part_bytes.min(PART_LIMIT_BYTES) {
                break;
            }
            len += chunk.size_bytes;
        }
        let offset = offer.header_bytes + before;
        Some(Stretch { offset, len })
    }

    /// The chunks behind those that are there; None unless they are whole and what they should be.
    pub fn take<'a>(&self, done: usize, mut bytes: &'a [u8]) -> Option<Vec<&'a [u8]>> {
        let mut taken = Vec::new();
        while !bytes.is_empty() {
            let chunk = self.chunks.get(done + taken.len())?;
            let size = usize::try_from(chunk.size_bytes).ok()?;
            let (one, rest) = bytes.split_at_checked(size)?;
            if sha256_hex(one) != chunk.sha256 {
                return None;
            }
            taken.push(one);
            bytes = rest;
        }
        (!taken.is_empty()).then_some(taken)
    }

    /// Bytes of the chunks that are not there.
    pub fn left_bytes(&self, done: usize) -> u64 {
        self.chunks.iter().skip(done).map(|c| c.size_bytes).sum()
    }

    /// The length of the whole file; None when the header cannot be true.
    fn size_bytes(&self, header_bytes: u64) -> Option<u64> {
        let mut size = header_bytes;
        for chunk in &self.chunks {
            let fits = (1..=PART_LIMIT_BYTES).contains(&chunk.size_bytes)
                && (1..=PLAIN_LIMIT_BYTES).contains(&chunk.plain_bytes)
                && chunk.sha256.len() == 64;
            size = size.checked_add(chunk.size_bytes).filter(|_| fits)?;
        }
        let is_sum = self.sum.len() == 32 && hex::decode(&self.sum).is_ok();
        (size <= LIMIT_BYTES && is_sum).then_some(size)
    }
}

impl Chunk {
    /// The rows of a chunk, as text.
    pub fn open(&self, bytes: &[u8]) -> Result<String, Unreadable> {
        if sha256_hex(bytes) != self.sha256 {
            return Err(Unreadable("a chunk of other bytes"));
        }
        let plain = usize::try_from(self.plain_bytes.min(PLAIN_LIMIT_BYTES)).unwrap_or(0);
        let text = zstd::bulk::decompress(bytes, plain).map_err(|_| Unreadable("no zstd"))?;
        match text.len() == plain {
            true => String::from_utf8(text).map_err(|_| Unreadable("no text")),
            false => Err(Unreadable("a chunk of another length")),
        }
    }
}

/// The header at the beginning of `bytes`, and where it ends.
fn parse(bytes: &[u8]) -> Result<(Header, u64), Unreadable> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(Unreadable("no snapshot"))?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(Unreadable("cut"))?;
    let length = u32::from_be_bytes(*length);
    if u64::from(length) + PRELUDE_BYTES > HEADER_LIMIT_BYTES {
        return Err(Unreadable("a header too long"));
    }
    let text = rest.get(..length as usize).ok_or(Unreadable("cut"))?;
    let header = serde_json::from_slice(text).map_err(|_| Unreadable("no header"))?;
    Ok((header, PRELUDE_BYTES + u64::from(length)))
}

/// The chunks of a whole file with its header, each looked at; the file has to be `sha256`.
pub fn open_whole(bytes: &[u8], sha256: &str) -> Result<(Header, Vec<String>), Unreadable> {
    if hex::encode(Sha256::digest(bytes)) != sha256 {
        return Err(Unreadable("a file of other bytes"));
    }
    let (header, end) = parse(bytes)?;
    if (header.format, header.fold) != (FORMAT, evolve::VERSION) {
        return Err(Unreadable("another format or fold"));
    }
    if header.size_bytes(end) != Some(bytes.len() as u64) {
        return Err(Unreadable("chunks of another length"));
    }
    let mut rest = &bytes[end as usize..];
    let mut texts = Vec::new();
    for chunk in &header.chunks {
        let (one, after) = rest.split_at(chunk.size_bytes as usize);
        texts.push(chunk.open(one)?);
        rest = after;
    }
    Ok((header, texts))
}

#[cfg(test)]
#[path = "snapshot_tests.rs"]
mod tests;
