//! What a store does in idle moments: folds its log into the file, looks at every page, tells what
//! room it takes.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use chrono::{DateTime, Utc};

use super::{PageOut, Store, check, draft_page, held, open, page_lost, page_out, removed};
use crate::disk;
use crate::error::Result;
use crate::keys::Keys;
use crate::storage::Ballast;

impl Store {
    /// Moves the log file's pages into the database. For idle moments: keeps it out of saves. Not
    /// while somebody reads the file page by page.
    pub fn checkpoint(&self) -> Result<()> {
        let Ok(_folding) = self.folding.try_lock() else {
            return Ok(());
        };
        if self.is_damaged() {
            return Ok(());
        }
        open::checkpoint(&held(&self.writer))
    }

    /// Folds the whole log into the file, which is then all there is.
    pub fn fold(&self) -> Result<()> {
        open::fold(&held(&self.writer))
    }

    /// Looks at every page of the file, and every table and index. What was found: nothing is good;
    /// None when it was stopped. Work goes on meanwhile; the log grows until it is over.
    pub fn check(&self, keys: &Keys, stop: &AtomicBool) -> Result<Option<Vec<String>>> {
        let _folding = held(&self.folding);
        open::checkpoint(&held(&self.writer))?;
        open::fold_by_itself(&held(&self.writer), false)?;
        let outcome = open::reader(&self.path, keys).and_then(|reader| check::deep(&reader, stop));
        open::fold_by_itself(&held(&self.writer), true)?;
        match outcome {
            // What cannot even be opened is found, too.
            Err(error) if error.is_damage() => Ok(Some(vec![error.to_string()])),
            other => other,
        }
    }

    /// The deep check found damage: nothing is written any more.
    pub fn condemn(&self) {
        self.damaged.store(true, Ordering::Relaxed);
        let kept = open::fold_on_close(&held(&self.writer), false);
        if let Err(error) = kept {
            tracing::error!(%error, "the log would be folded into the damaged database");
        }
    }

    /// Pictures that can be had from nowhere else: not at the centre yet, of forms under way, and of
    /// what was removed and can be brought back.
    pub fn pages_only_here(&self) -> Result<Vec<String>> {
        self.read(|c| {
            let mut all = page_out::hashes(c, false)?;
            all.extend(draft_page::hashes(c)?);
            all.extend(removed::hashes(c)?);
            Ok(all.into_iter().collect())
        })
    }

    /// Every picture that anything here refers to.
    pub fn pages_referred_to(&self) -> Result<BTreeSet<String>> {
        self.read(|c| {
            let mut all = page_out::hashes(c, true)?;
            all.extend(page_out::hashes(c, false)?);
            all.extend(draft_page::hashes(c)?);
            all.extend(removed::hashes(c)?);
            Ok(all)
        })
    }

    /// Sealed pages that cannot be opened any more.
    pub fn pages_lost(&self) -> Result<Vec<String>> {
        self.read(page_lost::all)
    }

    /// Those of them that the centre has.
    pub fn pages_to_fetch(&self) -> Result<Vec<PageOut>> {
        self.read(page_out::to_fetch)
    }

    /// Notes one.
    pub fn page_lost(&self, sha256: &str, at: DateTime<Utc>) -> Result<()> {
        self.write(|tx| page_lost::note(tx, sha256, at))
    }

    /// Lets go of those that were taken again: nothing waits for them. How many.
    pub fn let_go_of_lost_pages(&self) -> Result<usize> {
        match self.pages_lost()?.is_empty() {
            true => Ok(0),
            false => self.write(|tx| page_lost::let_go(tx)),
        }
    }

    /// It is there again.
    pub fn page_found(&self, sha256: &str) -> Result<()> {
        self.write(|tx| page_lost::forget(tx, sha256))
    }

    /// How often it was written to since it was opened: unchanged for a while is idle.
    pub fn writes(&self) -> u64 {
        self.writes.load(Ordering::Relaxed)
    }

    /// The file with its log.
    pub fn size_bytes(&self) -> u64 {
        let size = |path| {
            disk::of(path)
                .find(path)
                .map_or(0, |found| found.size_bytes)
        };
        size(&self.path) + size(&super::wal::path_of(&self.path))
    }

    /// Room that is given up when the disk is full.
    pub fn give_ballast(&self, ballast: Ballast) {
        let _ = self.ballast.set(ballast);
    }

    /// Room that is given up when the disk is full.
    pub fn ballast(&self) -> Option<&Ballast> {
        self.ballast.get()
    }
}
