//! Backups: a folder each, which with a key alone is a whole station again. It holds the database,
//! encrypted as it is, `keys.json`, and the sealed pages that are not at the centre yet; its
//! `backup.json` says what belongs to it, under an authentication code, so that a backup that was
//! cut off, changed or put together is never taken for a good one.

mod make;
mod restore;
mod rotation;

use std::cmp::Reverse;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use domain::sync::LogAt;
use domain::{Division, Id};
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::{Error, Result};
use crate::keys::{Keys, Secret, keyed_hash};
use crate::storage::{BLOBS, STORE};
use crate::store;

pub use make::{Source, make};
pub use restore::restore;
pub use rotation::spent;

pub(crate) const MANIFEST: &str = "backup.json";
/// End of the name of a backup that is being written.
const UNFINISHED: &str = ".part";
/// A manifest names each sealed page; more than this is no manifest.
const MANIFEST_LIMIT_BYTES: u64 = 64 << 20;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Layout of the backup.
    pub version: u32,
    /// Its place among the backups in its folder; 0 for one that was made before they had one.
    #[serde(default)]
    pub number: u64,
    /// When it was made, by a clock that may have been wrong.
    pub made_at: DateTime<Utc>,
    /// The program that made it.
    pub program: String,
    /// Whose it is.
    pub installation: Id,
    /// The community's code …
    pub community: Division,
    /// … and name.
    pub community_name: String,
    /// Where its log stands.
    pub log: LogAt,
    /// Everything in it, by path within the backup.
    pub files: Vec<FileIn>,
}

/// A file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileIn {
    /// Within the backup, with `/`.
    pub path: String,
    /// Its length.
    pub size_bytes: u64,
    /// SHA-256 of its bytes as they lie there, hex.
    pub sha256: String,
}

#[derive(Serialize, Deserialize)]
struct Signed {
    /// The manifest word for word (JSON).
    manifest: String,
    /// HMAC-SHA256 of it under the backup key, hex.
    code: String,
}

/// A backup as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Where it lies.
    pub folder: PathBuf,
    /// What it says of itself.
    pub manifest: Manifest,
}

/// The finished backups in a folder whose word about themselves is authentic, the newest first.
/// Whether their files are whole is not looked at: see [`check`].
pub fn list(folder: &Path, key: &Secret) -> Vec<Found> {
    let named = names(folder).into_iter();
    let mut found: Vec<Found> = named
        .filter_map(|folder| {
            let signed = signed(&folder).ok()?;
            let manifest = signed.open(key)?;
            Some(Found { folder, manifest })
        })
        .collect();
    newest_first(&mut found);
    found
}

/// By their numbers: a clock that was wrong once makes no backup the newest for ever, nor the oldest.
fn newest_first(found: &mut [Found]) {
    found.sort_by_key(|found| Reverse((found.manifest.number, found.manifest.made_at)));
}

/// The finished backups in a folder by their own word, which without a key cannot be relied on.
pub fn list_unproved(folder: &Path) -> Vec<Found> {
    let mut found: Vec<Found> = names(folder)
        .into_iter()
        .filter_map(|folder| {
            let manifest = serde_json::from_str(&signed(&folder).ok()?.manifest).ok()?;
            Some(Found { folder, manifest })
        })
        .collect();
    newest_first(&mut found);
    found
}

/// Whether a folder is a backup of this installation, by its own word or by its name: one that was cut off
/// says nothing yet.
pub fn is_of(folder: &Path, installation: Id) -> bool {
    let manifest = signed(folder).ok();
    let manifest: Option<Manifest> =
        manifest.and_then(|signed| serde_json::from_str(&signed.manifest).ok());
    match manifest {
        Some(manifest) => manifest.installation == installation,
        None => {
            let name = folder.file_name().unwrap_or_default().to_string_lossy();
            name.contains(&format!("-{}-", make::short(installation)))
        }
    }
}

/// Looks at a backup with its key: its word is authentic, every file is as it was written, and every
/// page of the database opens. `backup.damaged`, with what is.
pub fn check(folder: &Path, keys: &Keys) -> Result<Manifest> {
    let signed = signed(folder)?;
    let manifest = signed.open(&keys.backup);
    let manifest = manifest.ok_or_else(|| damaged(MANIFEST))?;
    compare(folder, &manifest)?;
    store::prove(&folder.join(STORE), keys).map_err(|_| damaged(STORE))?;
    Ok(manifest)
}

/// Looks at a backup without its key: every file is as its own word says. That tells a stick that
/// rotted or was pulled out; a forgery only [`check`] tells. `backup.damaged`, with what is.
pub fn check_unproved(folder: &Path) -> Result<Manifest> {
    let signed = signed(folder)?;
    let manifest = serde_json::from_str(&signed.manifest).map_err(|_| damaged(MANIFEST))?;
    compare(folder, &manifest)?;
    Ok(manifest)
}

/// The files of a backup against its word.
fn compare(folder: &Path, manifest: &Manifest) -> Result<()> {
    for file in &manifest.files {
        let path = inside(folder, &file.path).ok_or_else(|| damaged(&file.path))?;
        let found = disk::digest(&path).map_err(|_| damaged(&file.path))?;
        if found != (file.size_bytes, file.sha256.clone()) {
            return Err(damaged(&file.path));
        }
    }
    match manifest.files.iter().any(|file| file.path == STORE) {
        true => Ok(()),
        false => Err(damaged(STORE)),
    }
}

impl Manifest {
    /// Sealed pages in it.
    pub fn pages(&self) -> u64 {
        let files = self.files.iter();
        files.filter(|file| is_page(&file.path)).count() as u64
    }
}

/// Whether a path within a backup is a sealed page.
fn is_page(path: &str) -> bool {
    path.strip_prefix(BLOBS)
        .is_some_and(|rest| rest.starts_with('/'))
}

impl Signed {
    fn new(manifest: &Manifest, key: &Secret) -> Result<Signed> {
        let manifest = serde_json::to_string(manifest)?;
        let code = keyed_hash(key, &manifest);
        Ok(Signed { manifest, code })
    }

    fn open(&self, key: &Secret) -> Option<Manifest> {
        let right = keyed_hash(key, &self.manifest) == self.code;
        right
            .then(|| serde_json::from_str(&self.manifest).ok())
            .flatten()
    }
}

/// A path within a backup; None for one that leads out of it.
pub fn inside(folder: &Path, path: &str) -> Option<PathBuf> {
    let plain = |part: &str| {
        let named = !part.is_empty() && part != "." && part != "..";
        named && !part.contains(['\\', ':', '\0'])
    };
    let parts: Vec<&str> = path.split('/').collect();
    let fits = parts.iter().all(|part| plain(part));
    fits.then(|| {
        parts
            .iter()
            .fold(folder.to_owned(), |at, part| at.join(part))
    })
}

fn names(folder: &Path) -> Vec<PathBuf> {
    let listed = disk::of(folder).list(folder).unwrap_or_default();
    let finished = |path: &PathBuf| !path.to_string_lossy().ends_with(UNFINISHED);
    listed
        .into_iter()
        .filter(|entry| entry.is_folder)
        .map(|entry| entry.path)
        .filter(finished)
        .collect()
}

fn signed(folder: &Path) -> Result<Signed> {
    let path = folder.join(MANIFEST);
    let found = disk::of(&path).find(&path).map_err(Error::disk(&path))?;
    if found.size_bytes > MANIFEST_LIMIT_BYTES {
        return Err(damaged(MANIFEST));
    }
    let bytes = disk::read(&path).map_err(Error::disk(&path))?;
    serde_json::from_slice(&bytes).map_err(|_| damaged(MANIFEST))
}

fn damaged(what: &str) -> Error {
    Error::reason(domain::Reason::new("backup.damaged").with("file", what))
}

#[cfg(test)]
#[path = "backup_tests.rs"]
mod tests;
