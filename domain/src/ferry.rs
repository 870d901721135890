//! The ferry: what a station and the centre say to each other on a registered stick, when the line is
//! down for days. The same words as on the line (`sync`), in a file that is sealed to its reader and
//! signed by its author. Framing and words are here; sealing and signing are the two sides'.
//!
//! A file is `magic (9 bytes) ‖ length of the head (4, big endian) ‖ head (JSON) ‖ signature (64) ‖ sealed`. The
//! head names the machine, the stick and the hash of what is sealed, and is what is signed: a stick
//! that is lost tells nothing else. Sealed is zstd of `length (4) ‖ words (JSON) ‖ raw bytes`.

use std::io::Read;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::Id;
use crate::snapshot::Offer;
use crate::sync::{FeedAt, FeedFact, Hello, HelloReply, Push, sha256_hex};

/// The format of a file.
pub const FORMAT: u32 = 1;
/// Bytes of a file.
pub const LIMIT_BYTES: usize = 96 << 20;
/// Bytes of what is sealed, once unpacked.
pub const PLAIN_LIMIT_BYTES: usize = 320 << 20;
/// Bytes of pages in one file, but for its last page.
pub const PAGES_BYTES: u64 = 48 << 20;
/// Bytes of facts in one file.
pub const FACTS_BYTES: usize = 64 << 20;
/// Entries or facts of one file.
pub const FACTS: usize = 100_000;
/// Files of one trip.
pub const FILES: usize = 16;
/// The file that makes a stick a registered one.
pub const STICK_FILE: &str = "yizhan-stick.json";
/// The folder of a stick that holds the files.
pub const FOLDER: &str = "yizhan-ferry";

const MAGIC: &[u8; 9] = b"YZ-FERRY\n";
const HEAD_LIMIT_BYTES: usize = 4 << 10;
const SIGNATURE_BYTES: usize = 64;
const LEVEL: i32 = 3;
const WINDOW_LOG_MAX: u32 = 27;

/// Why a file cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a ferry file that cannot be used: {0}")]
pub struct Unreadable(pub &'static str);

/// The centre's word that there is a ferry: a part of a lease. Without it there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FerryTerms {
    /// What is sealed to the centre is sealed to this: `suite ‖ key`, hex.
    pub key: String,
    /// Registered sticks that are used no more.
    #[serde(default)]
    pub withdrawn: Vec<Id>,
}

/// A registered stick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stick {
    /// Given by the centre.
    pub id: Id,
    /// What it is called.
    pub name: String,
    /// When it was registered.
    pub registered_at: DateTime<Utc>,
    /// When it has to be registered anew.
    pub until: DateTime<Utc>,
}

/// A [`Stick`] under the centre's signature: what lies in [`STICK_FILE`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedStick {
    /// The stick (JSON).
    pub body: String,
    /// Ed25519 over [`stick_message`], hex.
    pub signature: String,
}

/// What is signed of a stick.
pub fn stick_message(body: &str) -> Vec<u8> {
    [b"yizhan stick 1\n", body.as_bytes()].concat()
}

/// Which way a file goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// From a station to the centre.
    Up,
    /// Back.
    Down,
}

impl Way {
    /// In names of files.
    pub fn name(self) -> &'static str {
        match self {
            Way::Up => "up",
            Way::Down => "down",
        }
    }
}

/// What everybody can read of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// See [`FORMAT`].
    pub format: u32,
    /// Which way it goes.
    pub way: Way,
    /// The station's installation, which wrote it or is to read it.
    pub installation: Id,
    /// The stick that carries it.
    pub stick: Id,
    /// By its author's clock.
    pub made_at: DateTime<Utc>,
    /// SHA-256 of what is sealed, hex.
    pub sealed_sha256: String,
}

/// A file in its parts.
#[derive(Clone, Debug)]
pub struct File<'a> {
    /// What is signed, word for word.
    pub text: &'a str,
    /// The same, read.
    pub head: Head,
    /// Its author's.
    pub signature: &'a [u8; SIGNATURE_BYTES],
    /// What only its reader opens.
    pub sealed: &'a [u8],
}

/// What is signed of a file.
pub fn message(way: Way, text: &str) -> Vec<u8> {
    format!("yizhan ferry {} 1\n{text}", way.name()).into_bytes()
}

/// What a file is sealed for: one way, one machine.
pub fn purpose(way: Way, installation: Id) -> String {
    format!("yizhan ferry {} 1 {installation}", way.name())
}

/// Takes a file apart. What is sealed has to be what the head says.
pub fn read(bytes: &[u8]) -> Result<File<'_>, Unreadable> {
    if bytes.len() > LIMIT_BYTES {
        return Err(Unreadable("too long"));
    }
    let rest = bytes
        .strip_prefix(MAGIC)
        .ok_or(Unreadable("no ferry file"))?;
    let (length, rest) = rest.split_first_chunk::<4>().ok_or(Unreadable("cut"))?;
    let length = u32::from_be_bytes(*length) as usize;
    if length > HEAD_LIMIT_BYTES {
        return Err(Unreadable("a head too long"));
    }
    let (text, rest) = rest.split_at_checked(length).ok_or(Unreadable("cut"))?;
    let (signature, sealed) = rest.split_first_chunk().ok_or(Unreadable("cut"))?;
    let text = std::str::from_utf8(text).map_err(|_| Unreadable("no text"))?;
    let head: Head = serde_json::from_str(text).map_err(|_| Unreadable("no head"))?;
    if head.format != FORMAT {
        return Err(Unreadable("another format"));
    }
    match head.sealed_sha256 == sha256_hex(sealed) {
        true => Ok(File {
            text,
            head,
            signature,
            sealed,
        }),
        false => Err(Unreadable("other bytes than it says")),
    }
}

/// Puts a file together.
pub fn write(text: &str, signature: &[u8; SIGNATURE_BYTES], sealed: &[u8]) -> Vec<u8> {
    let length = (text.len() as u32).to_be_bytes();
    let parts: [&[u8]; 5] = [MAGIC, &length, text.as_bytes(), signature, sealed];
    parts.concat()
}

/// What a station says: as on the line, with what it has to send.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Up {
    /// Its hello.
    pub hello: Hello,
    /// What it knew to be acknowledged.
    pub acked: u64,
    /// What the answer is sealed to: `suite ‖ key`, hex.
    pub to: String,
    /// Entries of its log; None when there are none.
    pub push: Option<Push>,
    /// Pages, in the order of the raw bytes.
    pub pages: Vec<PageAt>,
}

/// A page in the raw bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAt {
    /// Its name.
    pub sha256: String,
    /// Its length.
    pub size_bytes: u64,
}

/// What the centre answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Down {
    /// As to a hello.
    pub reply: HelloReply,
    /// Where the facts go on.
    pub after: FeedAt,
    /// The station's feed is not the centre's: what it has of it goes first.
    pub begins_again: bool,
    /// Facts behind that, or behind the snapshot.
    pub facts: Vec<FeedFact>,
    /// A snapshot: the raw bytes.
    pub snapshot: Option<Offer>,
    /// Pages that the centre has, of those that were sent.
    pub stored: Vec<String>,
    /// The file of the catalogue that the reply names, hex, where the station works by another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
}

/// What the centre answers to a station whose right to speak was withdrawn: nothing more of the city's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// Why: a code of the centre.
    pub ended: String,
}

/// Packs words with raw bytes behind them.
pub fn pack(words: &impl Serialize, raw: &[&[u8]]) -> Result<Vec<u8>, Unreadable> {
    let json = serde_json::to_vec(words).map_err(|_| Unreadable("no JSON"))?;
    let length = u32::try_from(json.len()).map_err(|_| Unreadable("too long"))?;
    let mut plain = length.to_be_bytes().to_vec();
    plain.extend(json);
    raw.iter().for_each(|bytes| plain.extend_from_slice(bytes));
    if plain.len() > PLAIN_LIMIT_BYTES {
        return Err(Unreadable("too long"));
    }
    zstd::bulk::compress(&plain, LEVEL).map_err(|_| Unreadable("no zstd"))
}

/// The words and the raw bytes; bounded, whatever is claimed.
pub fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<(T, Vec<u8>), Unreadable> {
    let broken = |_| Unreadable("no zstd");
    let mut decoder = zstd::Decoder::new(packed).map_err(broken)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(broken)?;
    let mut plain = Vec::new();
    let limit = PLAIN_LIMIT_BYTES as u64;
    decoder
        .take(limit + 1)
        .read_to_end(&mut plain)
        .map_err(broken)?;
    if plain.len() as u64 > limit {
        return Err(Unreadable("too long"));
    }
    let (length, rest) = plain.split_first_chunk::<4>().ok_or(Unreadable("cut"))?;
    let length = u32::from_be_bytes(*length) as usize;
    let (json, _) = rest.split_at_checked(length).ok_or(Unreadable("cut"))?;
    let words = serde_json::from_slice(json).map_err(|_| Unreadable("no words"))?;
    let raw = plain.split_off(4 + length);
    Ok((words, raw))
}

/// The raw bytes of each page; None unless they are exactly these pages, each what its name says.
pub fn pages<'a>(pages: &[PageAt], mut raw: &'a [u8]) -> Option<Vec<&'a [u8]>> {
    let mut found = Vec::with_capacity(pages.len().min(raw.len()));
    for page in pages {
        let size = usize::try_from(page.size_bytes).ok()?;
        let (bytes, rest) = raw.split_at_checked(size)?;
        if bytes.is_empty() || sha256_hex(bytes) != page.sha256 {
            return None;
        }
        found.push(bytes);
        raw = rest;
    }
    raw.is_empty().then_some(found)
}
