//! The catalogue on its way to the stations: businesses, code tables, divisions and policy as one file.
//!
//! A file is `magic (8 bytes) ‖ zstd of the files`, and each of those `length of the path (2, big endian) ‖
//! path ‖ length (4) ‖ text`, in the order of their paths. Its address is the SHA-256 of what is packed, not
//! of the packed bytes: the same catalogue has the same address, whatever packed it. What is in force is
//! the centre's word: the address under its signature ([`message`]). Signing and folders are the two
//! sides'.

use std::io::Read;

use serde::{Deserialize, Serialize};

use crate::sync::sha256_hex;

/// Bytes of a file.
pub const LIMIT_BYTES: usize = 4 << 20;
/// Bytes of what is packed.
pub const PLAIN_LIMIT_BYTES: usize = 16 << 20;
/// Bytes of one packed file.
pub const FILE_LIMIT_BYTES: usize = 4 << 20;
/// Files in one.
pub const FILES: usize = 1_000;
/// The folders of a catalogue that travel, with how their files' names end. What lies beside them is
/// for those who test it.
pub const FOLDERS: [(&str, &str); 4] = [
    ("businesses", ".toml"),
    ("codes", ".toml"),
    ("divisions", ".csv"),
    ("policy", ".toml"),
];

const MAGIC: &[u8; 8] = b"YZ-RULE\n";
const NAME_LIMIT: usize = 100;
const LEVEL: i32 = 9;
/// A window of 8 MiB: what every decoder must accept.
const WINDOW_LOG_MAX: u32 = 23;

/// Why a catalogue cannot be sent, or be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Not the bytes of that address: better ones may come.
    #[error("not what its address says: {0}")]
    Damaged(&'static str),
    /// No catalogue, whoever brings it.
    #[error("no catalogue: {0}")]
    Never(&'static str),
}

use Unreadable::{Damaged, Never};

/// The catalogue that is in force, as a hello's answer names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its address, hex: see the module.
    pub sha256: String,
    /// Bytes of the file.
    pub size_bytes: u64,
    /// Ed25519 over [`message`], hex.
    pub signature: String,
}

impl Offer {
    /// Whether it can be asked for: an address, and a length within the limit.
    pub fn is_sane(&self) -> bool {
        is_address(&self.sha256) && (1..=LIMIT_BYTES as u64).contains(&self.size_bytes)
    }
}

/// Whether this is written as an address is: one name of a file, and no other path.
pub fn is_address(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == 64 && text.bytes().all(hex)
}

/// What is signed.
pub fn message(sha256: &str) -> Vec<u8> {
    [b"yizhan catalogue 1\n", sha256.as_bytes()].concat()
}

/// The files of a catalogue that travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    sha256: String,
    files: Vec<(String, String)>,
}

impl Bundle {
    /// Puts `(path, text)` pairs in their order. Refuses what no reader would take.
    pub fn of(mut files: Vec<(String, String)>) -> Result<Bundle, Unreadable> {
        files.sort();
        check(&files)?;
        let sha256 = sha256_hex(&plain(&files));
        Ok(Bundle { sha256, files })
    }

    /// Takes a file apart, in bounded memory whatever it claims. What is in it has to be what the address
    /// says, in the one form that it can have.
    pub fn read(packed: &[u8], sha256: &str) -> Result<Bundle, Unreadable> {
        if packed.len() > LIMIT_BYTES {
            return Err(Damaged("too long"));
        }
        let zstd = packed.strip_prefix(MAGIC);
        let plain = unpack(zstd.ok_or(Damaged("another beginning"))?)?;
        if sha256_hex(&plain) != sha256 {
            return Err(Damaged("other bytes"));
        }
        let mut files = Vec::new();
        let mut rest = plain.as_slice();
        while !rest.is_empty() {
            if files.len() == FILES {
                return Err(Never("too many files"));
            }
            let (length, behind) = rest.split_first_chunk::<2>().ok_or(Never("cut"))?;
            let (path, behind) = text(behind, u16::from_be_bytes(*length).into())?;
            let (length, behind) = behind.split_first_chunk::<4>().ok_or(Never("cut"))?;
            let (content, behind) = text(behind, u32::from_be_bytes(*length) as usize)?;
            files.push((path, content));
            rest = behind;
        }
        check(&files)?;
        Ok(Bundle {
            sha256: sha256.to_owned(),
            files,
        })
    }

    /// The file.
    pub fn pack(&self) -> Result<Vec<u8>, Unreadable> {
        let packed = zstd::bulk::compress(&plain(&self.files), LEVEL);
        let packed = packed.map_err(|_| Never("no zstd"))?;
        let file = [MAGIC.as_slice(), &packed].concat();
        match file.len() <= LIMIT_BYTES {
            true => Ok(file),
            false => Err(Never("too long")),
        }
    }

    /// Its address.
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// The text of a file.
    pub fn find(&self, path: &str) -> Option<&str> {
        let at = self
            .files
            .binary_search_by(|(name, _)| name.as_str().cmp(path))
            .ok()?;
        Some(&self.files[at].1)
    }

    /// The files of these folders, as [`crate::Catalog::load`] takes them.
    pub fn within(&self, folders: &[&str]) -> Vec<(String, String)> {
        let inside = |(path, _): &&(String, String)| {
            let folder = path.split('/').next();
            folder.is_some_and(|folder| folders.contains(&folder))
        };
        self.files.iter().filter(inside).cloned().collect()
    }
}

/// Whether a file of this name in this folder belongs to a catalogue.
pub fn belongs(folder: &str, name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.@".contains(&byte);
    let known = |(of, end): &(&str, &str)| *of == folder && name.ends_with(end);
    FOLDERS.iter().any(known)
        && name.len() <= NAME_LIMIT
        && name.bytes().all(plain)
        && !name.starts_with('.')
}

/// Known folders only, each path once, everything within its limit, in order.
fn check(files: &[(String, String)]) -> Result<(), Unreadable> {
    if files.len() > FILES {
        return Err(Never("too many files"));
    }
    let known = |(path, _): &(String, String)| {
        let parts = path.split_once('/');
        parts.is_some_and(|(folder, name)| belongs(folder, name))
    };
    if !files.iter().all(known) {
        return Err(Never("a path that belongs to no catalogue"));
    }
    if !files.windows(2).all(|two| two[0].0 < two[1].0) {
        return Err(Never("a path twice, or out of order"));
    }
    if files.iter().any(|(_, text)| text.len() > FILE_LIMIT_BYTES) {
        return Err(Never("a file too long"));
    }
    let bytes: usize = files
        .iter()
        .map(|(path, text)| path.len() + text.len())
        .sum();
    match bytes + 6 * files.len() <= PLAIN_LIMIT_BYTES {
        true => Ok(()),
        false => Err(Never("too long")),
    }
}

/// What is packed. Only of files that are checked: their lengths fit.
fn plain(files: &[(String, String)]) -> Vec<u8> {
    let mut plain = Vec::new();
    for (path, text) in files {
        plain.extend((path.len() as u16).to_be_bytes());
        plain.extend(path.as_bytes());
        plain.extend((text.len() as u32).to_be_bytes());
        plain.extend(text.as_bytes());
    }
    plain
}

fn unpack(zstd: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let broken = |_| Damaged("no zstd");
    let mut decoder = zstd::Decoder::new(zstd).map_err(broken)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(broken)?;
    let mut plain = Vec::new();
    let mut bounded = decoder.take(PLAIN_LIMIT_BYTES as u64 + 1);
    bounded.read_to_end(&mut plain).map_err(broken)?;
    match plain.len() <= PLAIN_LIMIT_BYTES {
        true => Ok(plain),
        false => Err(Damaged("too long")),
    }
}

fn text(bytes: &[u8], length: usize) -> Result<(String, &[u8]), Unreadable> {
    let (text, rest) = bytes.split_at_checked(length).ok_or(Never("cut"))?;
    let text = std::str::from_utf8(text).map_err(|_| Never("no text"))?;
    Ok((text.to_owned(), rest))
}

#[cfg(test)]
#[path = "bundle_tests.rs"]
mod tests;
