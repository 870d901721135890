//! The journal: every command once more, in a sealed file that only grows, in another folder than
//! the database, until the centre says that it is durable there. A save is told as saved when
//! database and journal both have it.
//!
//! A journal is a folder of segments. [`Journal::open`] finds its end and cuts off what a power cut
//! tore; [`Journal::append`] is one write and one sync, and [`Journal::begin`] has that sync run
//! beside the database's. What it holds is enough to make what a save
//! did once more: the entry of the log, and which form it was. Drafts are not in it.

mod contents;
mod frame;
mod segment;

use std::path::{Path, PathBuf};

use domain::Id;
use domain::sync::Entry;
use serde::{Deserialize, Serialize};

use crate::disk;
use crate::error::{Error, Result};
use crate::keys::Secret;

pub use contents::Contents;
use frame::Sealing;
use segment::Segment;

/// A segment that has grown past this is followed by a new one.
const SEGMENT_BYTES: u64 = 4 << 20;
/// A segment of which nothing is needed any more is left once it has grown past this.
const SPENT_BYTES: u64 = 256 << 10;

/// One record of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "frame", rename_all = "snake_case")]
pub enum Frame {
    /// The installation with its private keys, sealed as in the store (hex). The last one holds.
    Installation {
        /// See `meta::INSTALLATION`.
        sealed: String,
    },
    /// A command that was saved.
    Saved(Box<Kept>),
}

/// What a save did, as far as it cannot be had from anywhere else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// The entry of the log.
    pub entry: Entry,
    /// Key of the document it is about.
    pub subject: String,
    /// The last local serial given out, this entry's own included.
    pub serial: u64,
    /// The form that was filed.
    pub draft: Option<Id>,
}

/// A command on its way into the journal.
pub struct Begun {
    kept: Kept,
    begun: segment::Begun,
}

/// An open journal: its last segment, ready to be written to.
pub struct Journal {
    folder: PathBuf,
    sealing: Sealing,
    tail: Segment,
    /// Earlier segments that are still there, each with its last entry, oldest first.
    before: Vec<(u64, u64)>,
    last: Option<Kept>,
    installation: Option<String>,
}

impl Journal {
    /// Opens the journal of an installation under `folder`, made when there is none. What it holds
    /// comes with it. What a power cut tore at the end is cut off; a segment that has rotted is
    /// read as far as it can be and never written to.
    pub fn open(folder: &Path, installation: Id, key: &Secret) -> Result<(Journal, Contents)> {
        let folder = place(folder, installation);
        disk::make_folder(&folder)?;
        let sealing = Sealing::new(installation, key);
        let contents = contents::read(&folder, &sealing)?;
        let mut before: Vec<_> = contents
            .segments
            .iter()
            .map(|s| (s.number, s.last))
            .collect();
        let tail = match contents.segments.last() {
            Some(found) if !found.is_rotten => {
                before.pop();
                Segment::go_on(&folder, found)?
            }
            found => {
                let number = found.map_or(1, |found| found.number + 1);
                Segment::make(&folder, number, &sealing, &[])?
            }
        };
        let journal = Journal {
            folder,
            sealing,
            tail,
            before,
            last: contents.entries.values().next_back().cloned(),
            installation: contents.installation.clone(),
        };
        Ok((journal, contents))
    }

    /// What the journal of an installation holds, nothing being touched; None where there is none.
    pub fn look(folder: &Path, installation: Id, key: &Secret) -> Result<Option<Contents>> {
        let folder = place(folder, installation);
        if !disk::exists(&folder) {
            return Ok(None);
        }
        let contents = contents::read(&folder, &Sealing::new(installation, key))?;
        Ok((!contents.segments.is_empty()).then_some(contents))
    }

    /// The last entry it has; 0 for none.
    pub fn last(&self) -> u64 {
        self.last.as_ref().map_or(0, |kept| kept.entry.n)
    }

    /// Where its segments lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its size on the disk.
    pub fn size_bytes(&self) -> u64 {
        let listed = disk::of(&self.folder).list(&self.folder);
        listed.map_or(0, |found| found.iter().map(|entry| entry.size_bytes).sum())
    }

    /// Says whose journal it is, where that is not its last word already.
    pub fn introduce(&mut self, sealed: &str) -> Result<()> {
        if self.installation.as_deref() != Some(sealed) {
            let sealed = sealed.to_owned();
            let frame = Frame::Installation {
                sealed: sealed.clone(),
            };
            self.tail.append(&self.sealing, &[frame])?;
            self.installation = Some(sealed);
        }
        Ok(())
    }

    /// Appends commands in their order. All durable when this returns; what fails leaves the
    /// journal ending where it ended before, or, after a power cut, in the middle of them.
    pub fn append(&mut self, kept: &[Kept]) -> Result<()> {
        let Some(newest) = kept.last() else {
            return Ok(());
        };
        let frames = self.frames(kept)?;
        self.tail.append(&self.sealing, &frames)?;
        self.last = Some(newest.clone());
        Ok(())
    }

    /// Begins to append a command, beside what the caller does meanwhile. It is in the journal once
    /// [`Self::end`] was told that it is saved; told that it is not, that takes it out again.
    pub fn begin(&mut self, kept: Kept) -> Result<Begun> {
        let frames = self.frames(std::slice::from_ref(&kept))?;
        let begun = self.tail.begin(&self.sealing, &frames)?;
        Ok(Begun { kept, begun })
    }

    /// See [`Self::begin`].
    pub fn end(&mut self, begun: Begun, is_saved: bool) -> Result<()> {
        if !is_saved {
            return self.tail.take_back(begun.begun);
        }
        self.tail.end(begun.begun)?;
        self.last = Some(begun.kept);
        Ok(())
    }

    fn frames(&self, kept: &[Kept]) -> Result<Vec<Frame>> {
        let mut last = self.last();
        for one in kept {
            if last != 0 && one.entry.n != last + 1 {
                let n = one.entry.n;
                return Err(Error::Bug(format!("entry {n} after {last} in the journal")));
            }
            last = one.entry.n;
        }
        let saved = |kept: &Kept| Frame::Saved(Box::new(kept.clone()));
        Ok(kept.iter().map(saved).collect())
    }

    /// For idle moments: begins a new segment where the last one has grown, makes room for the next
    /// saves, and takes away what is durable at the centre up to entry `durable`.
    pub fn tidy(&mut self, durable: u64) -> Result<()> {
        let spent = durable >= self.last() && self.tail.used_bytes() > SPENT_BYTES;
        if spent || self.tail.used_bytes() > SEGMENT_BYTES {
            self.begin_segment()?;
        }
        self.tail.make_room()?;
        let disk = disk::of(&self.folder);
        let gone = |(_, last): &&(u64, u64)| *last <= durable;
        for (number, _) in self.before.iter().filter(gone) {
            disk::remove(&segment::path(&self.folder, *number))?;
        }
        self.before.retain(|(_, last)| *last > durable);
        disk.sync_folder(&self.folder)
            .map_err(Error::disk(&self.folder))
    }

    /// Sets every segment aside under a name that says when, and begins with nothing: what it held
    /// has rotted, or belongs to another history. The files are kept.
    pub fn begin_again(&mut self, named: &str) -> Result<()> {
        let number = self.tail.number() + 1;
        let frames: Vec<Frame> = self.installation_frame().into_iter().collect();
        let tail = Segment::make(&self.folder, number, &self.sealing, &frames)?;
        let disk = disk::of(&self.folder);
        for old in self
            .before
            .iter()
            .map(|(n, _)| *n)
            .chain([self.tail.number()])
        {
            let from = segment::path(&self.folder, old);
            let mut to = from.clone().into_os_string();
            to.push(format!(".{named}"));
            disk.rename(&from, Path::new(&to))
                .map_err(Error::disk(&from))?;
        }
        (self.tail, self.last, self.before) = (tail, None, Vec::new());
        disk.sync_folder(&self.folder)
            .map_err(Error::disk(&self.folder))
    }

    /// A new segment opens with the installation and the last entry, so that it stands alone.
    fn begin_segment(&mut self) -> Result<()> {
        let number = self.tail.number() + 1;
        let last = self.last.clone().map(|kept| Frame::Saved(Box::new(kept)));
        let frames: Vec<Frame> = self.installation_frame().into_iter().chain(last).collect();
        let tail = Segment::make(&self.folder, number, &self.sealing, &frames)?;
        self.before.push((self.tail.number(), self.last()));
        self.tail = tail;
        Ok(())
    }

    fn installation_frame(&self) -> Option<Frame> {
        let sealed = self.installation.clone()?;
        Some(Frame::Installation { sealed })
    }
}

/// A stick may carry the journals of several stations.
fn place(folder: &Path, installation: Id) -> PathBuf {
    folder.join(installation.to_string())
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
