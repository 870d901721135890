//! Making a backup while work goes on, and taking spent ones away.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use domain::Id;

use super::{FileIn, Found, MANIFEST, Manifest, Signed, UNFINISHED, check, list, spent};
use crate::blobs::Blobs;
use crate::disk;
use crate::error::{Error, Result};
use crate::keys::{Installation, Keys};
use crate::storage::{BLOBS, Places, STORE};
use crate::store::{self, Store};

/// What lies beside the database and is needed to open it again.
const BESIDE: &[&str] = &["keys.json", "installation.json"];

/// What is backed up.
pub struct Source<'a> {
    /// The station's folder.
    pub folder: &'a Path,
    /// Its database.
    pub store: &'a Store,
    /// Its sealed pages.
    pub blobs: &'a Blobs,
    /// Whose it is.
    pub installation: &'a Installation,
    /// Its keys.
    pub keys: &'a Keys,
}

/// Makes a backup under `folder` and looks at it as a restore would, before it counts. Then those
/// that are spent go. What fails leaves the earlier ones as they are.
pub fn make(source: &Source, folder: &Path, places: &Places, now: DateTime<Utc>) -> Result<Found> {
    disk::make_folder(folder)?;
    clear_unfinished(folder)?;
    let newest = ours(source, folder)
        .first()
        .map(|found| found.manifest.number);
    let number = newest.unwrap_or(0) + 1;
    let mut name = name(source.installation, now);
    if disk::exists(&folder.join(&name)) {
        name = format!("{name}-{number}");
    }
    let unfinished = folder.join(format!("{name}{UNFINISHED}"));
    let finished = folder.join(name);
    let outcome = write(source, &unfinished, number, now).and_then(|manifest| {
        let disk = disk::of(folder);
        disk.rename(&unfinished, &finished)
            .and_then(|()| disk.sync_folder(folder))
            .map_err(Error::disk(&finished))?;
        Ok(manifest)
    });
    if outcome.is_err() {
        let _ = disk::remove_folder(&unfinished);
    }
    let found = Found {
        manifest: outcome?,
        folder: finished,
    };
    rotate(source, folder, places)?;
    Ok(found)
}

fn write(source: &Source, folder: &Path, number: u64, now: DateTime<Utc>) -> Result<Manifest> {
    disk::remove_folder(folder)?;
    disk::make_folder(folder)?;
    let mut files = Vec::new();
    let database = folder.join(STORE);
    store::copy(source.store.path(), &database, source.keys)?;
    files.push(file_in(&database, STORE)?);
    for name in BESIDE {
        let from = source.folder.join(name);
        if disk::exists(&from) {
            disk::copy_file(&from, &folder.join(name))?;
            files.push(file_in(&folder.join(name), name)?);
        }
    }
    // Asked after the copy: whatever the copy refers to is among them.
    for sha256 in source.store.pages_only_here()? {
        let from = source.blobs.path(&sha256);
        // A page that is lost is told where it is noticed; the backup goes on without it.
        if !disk::exists(&from) {
            continue;
        }
        let within = from.strip_prefix(source.blobs.folder()).unwrap_or(&from);
        let path = format!("{BLOBS}/{}", within.to_string_lossy().replace('\\', "/"));
        let to = folder.join(BLOBS).join(within);
        disk::make_folder(disk::folder_of(&to))?;
        disk::copy_file(&from, &to)?;
        files.push(file_in(&to, &path)?);
    }
    let manifest = Manifest {
        version: 1,
        number,
        made_at: now,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        installation: source.installation.id,
        community: source.installation.community.clone(),
        community_name: source.installation.community_name.clone(),
        log: store::log_of(&database, source.keys)?,
        files,
    };
    let signed = serde_json::to_vec_pretty(&Signed::new(&manifest, &source.keys.backup)?)?;
    disk::write_whole(&folder.join(MANIFEST), &signed)?;
    check(folder, source.keys)
}

fn file_in(path: &Path, within: &str) -> Result<FileIn> {
    let (size_bytes, sha256) = disk::digest(path)?;
    Ok(FileIn {
        path: within.to_owned(),
        size_bytes,
        sha256,
    })
}

/// A stick may carry backups of several stations.
fn name(installation: &Installation, now: DateTime<Utc>) -> String {
    let (short, day) = (short(installation.id), now.format("%Y%m%dT%H%M%SZ"));
    format!("yizhan-{}-{short}-{day}", installation.community)
}

/// An installation in a backup's name.
pub(super) fn short(installation: Id) -> String {
    installation.to_string().chars().take(8).collect()
}

fn clear_unfinished(folder: &Path) -> Result<()> {
    let listed = disk::of(folder).list(folder).map_err(Error::disk(folder))?;
    let unfinished = |path: &PathBuf| path.to_string_lossy().ends_with(UNFINISHED);
    listed
        .into_iter()
        .filter(|entry| entry.is_folder)
        .map(|entry| entry.path)
        .filter(unfinished)
        .try_for_each(|path| disk::remove_folder(&path))
}

/// The backups of this station in a folder, the newest first.
fn ours(source: &Source, folder: &Path) -> Vec<Found> {
    let mut ours = list(folder, &source.keys.backup);
    ours.retain(|found| found.manifest.installation == source.installation.id);
    ours
}

fn rotate(source: &Source, folder: &Path, places: &Places) -> Result<()> {
    let ours = ours(source, folder);
    let times: Vec<_> = ours.iter().map(|found| found.manifest.made_at).collect();
    spent(&times, places.keep_days, places.keep_weeks)
        .into_iter()
        .try_for_each(|place| disk::remove_folder(&ours[place].folder))
}
