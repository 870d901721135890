//! The sealed pages, in idle moments: some of them are opened each time, so that one that has rotted
//! is noticed before it is needed. It is taken out of a backup, or asked for again from the centre,
//! or the operator is told to take the page again. Files that nothing refers to go.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, TimeDelta, Utc};

use super::kept::{Kept, PagesKept};
use super::{BLOBS, Places};
use crate::backup;
use crate::blobs::Blobs;
use crate::desk::Desk;
use crate::disk;
use crate::error::{Error, Result};
use crate::store::Store;

/// Pages opened in one idle moment.
const AT_ONCE: usize = 20;
/// A whole round begins so often.
const ROUND_DUE: TimeDelta = TimeDelta::days(7);
/// Files younger than this may be referred to in a moment.
const ORPHAN_AGE: Duration = Duration::from_secs(24 * 3600);

/// Opens the next pages of this round, and those that somebody could not open; true when something
/// was noticed or is whole again.
pub fn look_at_some(desk: &Desk, folder: &Path, now: DateTime<Utc>) -> Result<bool> {
    let (store, blobs) = (&desk.store, &desk.blobs);
    if store.let_go_of_lost_pages()? > 0 {
        return Ok(true);
    }
    let mut noticed = blobs.take_noticed();
    let mut kept = Kept::load(store)?.pages;
    let resting = kept.at.is_some_and(|at| now - at < ROUND_DUE && at <= now);
    if resting && noticed.is_empty() {
        return Ok(false);
    }
    let mut next = Vec::new();
    if !resting {
        let all = store.pages_referred_to()?;
        let after = std::mem::take(&mut kept.after);
        next.extend(
            all.into_iter()
                .filter(|sha256| *sha256 > after)
                .take(AT_ONCE),
        );
        noticed.extend(next.iter().cloned());
    }
    let changed = noticed.iter().try_fold(false, |changed, sha256| {
        Ok::<_, Error>(mind(desk, folder, sha256, now)? || changed)
    })?;
    if !resting {
        match next.pop() {
            Some(last) => kept.after = last,
            None => {
                collect(store, blobs, SystemTime::now())?;
                kept = PagesKept {
                    after: String::new(),
                    at: Some(now),
                };
            }
        }
        Kept::note_pages(store, &kept)?;
    }
    Ok(changed)
}

/// Opens one page; where it cannot be, looks for it in the backups, and else notes it as lost. True
/// when what is known of it has changed.
pub fn mind(desk: &Desk, folder: &Path, sha256: &str, now: DateTime<Utc>) -> Result<bool> {
    let lost = desk.store.pages_lost()?.iter().any(|one| one == sha256);
    if desk.blobs.is_sound(sha256)? || from_backup(desk, folder, sha256)? {
        if lost {
            desk.store.page_found(sha256)?;
        }
        return Ok(lost);
    }
    if !lost {
        tracing::error!("a sealed page cannot be opened any more");
        desk.store.page_lost(sha256, now)?;
    }
    Ok(!lost)
}

fn from_backup(desk: &Desk, folder: &Path, sha256: &str) -> Result<bool> {
    let backups = Places::load(folder).backups_of(folder);
    for found in backup::list(&backups, &desk.keys.backup) {
        let there = found.folder.join(BLOBS);
        if disk::exists(&there) {
            let there = Blobs::open(&there, &desk.keys)?;
            if let Ok(plain) = there.get(sha256) {
                desk.blobs.put(&plain, &desk.blobs.steady())?;
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Takes away files that nothing refers to and that are older than a day, those of writes that were
/// cut off included. How many.
pub fn collect(store: &Store, blobs: &Blobs, now: SystemTime) -> Result<usize> {
    let _steady = blobs.steady();
    let referred = store.pages_referred_to()?;
    let needed: BTreeSet<_> = referred.iter().map(|sha256| blobs.path(sha256)).collect();
    let old = |modified: SystemTime| {
        now.duration_since(modified)
            .is_ok_and(|age| age > ORPHAN_AGE)
    };
    let list = |folder: &Path| disk::of(folder).list(folder).map_err(Error::disk(folder));
    let mut count = 0;
    for shelf in list(blobs.folder())?
        .into_iter()
        .filter(|entry| entry.is_folder)
    {
        for file in list(&shelf.path)? {
            if !file.is_folder && old(file.modified) && !needed.contains(&file.path) {
                disk::remove(&file.path)?;
                count += 1;
            }
        }
    }
    Ok(count)
}
