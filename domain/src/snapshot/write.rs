//! Writing a snapshot: the same fold makes the same bytes, whoever folded it and from where.

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use super::folded::{Body, Folded};
use super::rows::{Answer, Kind, Row};
use super::{
    Chunk, FORMAT, HEADER_LIMIT_BYTES, Header, LIMIT_BYTES, MAGIC, Offer, PART_LIMIT_BYTES,
    PLAIN_LIMIT_BYTES, Unreadable,
};
use crate::evolve;
use crate::sync::sha256_hex;

/// Bytes of rows in a chunk, but for its last row.
pub const CHUNK_BYTES: usize = 512 << 10;
/// What is well asked for at once: some seconds on a village's line.
pub const PART_BYTES: u64 = 256 << 10;
/// Written once, loaded often.
const LEVEL: i32 = 9;

/// A written snapshot.
#[derive(Clone, Debug)]
pub struct File {
    /// What it is asked for by.
    pub offer: Offer,
    /// All of it.
    pub bytes: Vec<u8>,
}

impl Folded {
    /// The file, in chunks of about so many bytes of rows. Refuses what no station would read.
    pub fn write(&self, chunk_bytes: usize) -> Result<File, Unreadable> {
        let mut chunks = Chunks::new(chunk_bytes);
        for (seq, body) in self.rows.values() {
            chunks.add(body.kind(), *seq, &body.text()?)?;
        }
        for (seq, body) in &self.unread {
            chunks.add(Kind::Unread, *seq, body)?;
        }
        let mut answers: Vec<_> = self.answers.iter().collect();
        answers.sort_by_key(|((command, _), (seq, _))| (*command, *seq));
        for ((command, content), (seq, outcome)) in answers {
            let answer = Answer {
                command: *command,
                outcome: outcome.clone(),
                content: content.clone(),
            };
            chunks.add(Kind::Answer, *seq, &json(&answer)?)?;
        }
        self.file(chunks.end()?)
    }

    fn file(&self, (chunks, packed): (Vec<Chunk>, Vec<u8>)) -> Result<File, Unreadable> {
        let header = Header {
            format: FORMAT,
            fold: evolve::VERSION,
            feed: self.feed.clone(),
            seq: self.at.seq,
            sum: self.at.sum.clone(),
            counts: self.counts(),
            chunks,
        };
        let text = json(&header)?;
        let length = u32::try_from(text.len()).map_err(|_| Unreadable("a header too long"))?;
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(text.as_bytes());
        let header_bytes = bytes.len() as u64;
        bytes.extend_from_slice(&packed);
        let offer = Offer {
            sha256: hex::encode(Sha256::digest(&bytes)),
            size_bytes: bytes.len() as u64,
            header_bytes,
            seq: self.at.seq,
            format: FORMAT,
            fold: evolve::VERSION,
            part_bytes: PART_BYTES,
        };
        match header_bytes <= HEADER_LIMIT_BYTES && offer.size_bytes <= LIMIT_BYTES {
            true => Ok(File { offer, bytes }),
            false => Err(Unreadable("a file too long")),
        }
    }
}

impl Body {
    fn text(&self) -> Result<Cow<'_, str>, Unreadable> {
        Ok(match self {
            Body::Kept(_, text) => Cow::Borrowed(text),
            Body::Person(person) => Cow::Owned(json(person)?),
            Body::Case(case) => Cow::Owned(json(case)?),
        })
    }
}

struct Chunks {
    wanted: usize,
    open: String,
    chunks: Vec<Chunk>,
    packed: Vec<u8>,
}

impl Chunks {
    fn new(wanted: usize) -> Chunks {
        Chunks {
            wanted,
            open: String::new(),
            chunks: Vec::new(),
            packed: Vec::new(),
        }
    }

    fn add(&mut self, kind: Kind, seq: u64, body: &str) -> Result<(), Unreadable> {
        Row { kind, seq, body }.write(&mut self.open);
        match self.open.len() >= self.wanted {
            true => self.close(),
            false => Ok(()),
        }
    }

    fn close(&mut self) -> Result<(), Unreadable> {
        let text = std::mem::take(&mut self.open);
        let packed =
            zstd::bulk::compress(text.as_bytes(), LEVEL).map_err(|_| Unreadable("no zstd"))?;
        let (size_bytes, plain_bytes) = (packed.len() as u64, text.len() as u64);
        if size_bytes > PART_LIMIT_BYTES || plain_bytes > PLAIN_LIMIT_BYTES {
            return Err(Unreadable("a row too long"));
        }
        self.chunks.push(Chunk {
            size_bytes,
            plain_bytes,
            sha256: sha256_hex(&packed),
        });
        self.packed.extend_from_slice(&packed);
        Ok(())
    }

    fn end(mut self) -> Result<(Vec<Chunk>, Vec<u8>), Unreadable> {
        if !self.open.is_empty() {
            self.close()?;
        }
        Ok((self.chunks, self.packed))
    }
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Unreadable> {
    serde_json::to_string(value).map_err(|_| Unreadable("no JSON"))
}
