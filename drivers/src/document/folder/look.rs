//! Which file of a folder is next: one that lies still, is whole, and was not taken before.

use super::form::{BYTES_LIMIT, Unfit, judge};
use crate::document::Format;
use crate::error::ScanFault;
use std::collections::{HashMap, HashSet};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

/// More files that came since the watch began are not looked at.
const FILE_LIMIT: usize = 5000;
/// A file has to lie still for so long.
const STILL: Duration = Duration::from_millis(400);
/// A file that lies still and is not whole, or cannot be read, is given up after so long.
const PATIENCE: Duration = Duration::from_secs(10);
/// Endings of what programs write before they give a file its name.
const UNFINISHED: [&str; 6] = ["tmp", "temp", "part", "partial", "crdownload", "lock"];
/// What systems put into folders on their own.
const SYSTEM: [&str; 3] = ["thumbs.db", "desktop.ini", "ehthumbs.db"];

/// What changes when a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    len: u64,
    modified: SystemTime,
}

impl Stamp {
    /// The stamp of a file, if it is one: no folder, no link, no device.
    pub fn of(path: &Path) -> Option<Self> {
        let about = std::fs::symlink_metadata(path).ok()?;
        about.is_file().then_some(Self {
            len: about.len(),
            modified: about.modified().unwrap_or(SystemTime::UNIX_EPOCH),
        })
    }
}

/// A folder and what was seen in it.
pub struct Watch {
    folder: PathBuf,
    /// In a full folder nothing older is looked at; by the folder's own clock.
    since: Option<SystemTime>,
    /// Taken or given up with this stamp; another stamp is another picture.
    done: HashMap<PathBuf, Stamp>,
    /// Since when a file has had this stamp.
    still: HashMap<PathBuf, (Stamp, Instant)>,
}

/// A picture that was taken.
pub type Found = (PathBuf, Stamp, (Vec<u8>, Format));

impl Watch {
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_path_buf(),
            since: None,
            done: HashMap::new(),
            still: HashMap::new(),
        }
    }

    /// Whether the folder can be read at all.
    pub fn readable(&self) -> Result<(), ScanFault> {
        let read = std::fs::read_dir(&self.folder).map(drop);
        read.map_err(|_| ScanFault::FolderMissing)
    }

    /// Counts everything that is there as taken.
    pub fn forget_what_is_there(&mut self) -> Result<(), ScanFault> {
        let mut there = listed(&self.folder, None, usize::MAX)?;
        if there.len() > FILE_LIMIT {
            self.since = there.last().map(|(_, stamp)| stamp.modified);
            there.retain(|(_, stamp)| self.since <= Some(stamp.modified));
        }
        self.done = there.into_iter().collect();
        Ok(())
    }

    /// The next picture, if one is finished. A file that cannot become one is told once, as a fault.
    pub fn look(&mut self, now: Instant) -> Result<Option<Found>, ScanFault> {
        let files = listed(&self.folder, self.since, FILE_LIMIT)?;
        // What is gone may come again under the same name.
        let there: HashSet<&PathBuf> = files.iter().map(|(path, _)| path).collect();
        self.done.retain(|path, _| there.contains(path));
        self.still.retain(|path, _| there.contains(path));
        for (path, stamp) in files {
            if self.done.get(&path) == Some(&stamp) {
                continue;
            }
            let since = self.still.entry(path.clone()).or_insert((stamp, now));
            if since.0 != stamp {
                *since = (stamp, now);
            }
            let lay = now.duration_since(since.1);
            if lay < STILL {
                continue;
            }
            match take(&path, stamp) {
                Ok(picture) => {
                    self.close(&path, stamp);
                    return Ok(Some((path, stamp, picture)));
                }
                Err(Trouble::Changed) => {
                    self.still.remove(&path);
                }
                Err(Trouble::NotYet(_)) if lay < PATIENCE => {}
                Err(Trouble::NotYet(fault) | Trouble::Never(fault)) => {
                    self.close(&path, stamp);
                    return Err(fault);
                }
            }
        }
        Ok(None)
    }

    /// A picture that was taken in vain: it is found again.
    pub fn take_back(&mut self, path: &Path, stamp: Stamp) {
        if self.done.get(path) == Some(&stamp) {
            self.done.remove(path);
        }
    }

    fn close(&mut self, path: &Path, stamp: Stamp) {
        self.still.remove(path);
        self.done.insert(path.to_path_buf(), stamp);
    }
}

/// Why a file is not a page, and whether waiting may help.
enum Trouble {
    /// It was written while it was read.
    Changed,
    NotYet(ScanFault),
    Never(ScanFault),
}

fn take(path: &Path, stamp: Stamp) -> Result<(Vec<u8>, Format), Trouble> {
    if stamp.len > BYTES_LIMIT {
        let limit = BYTES_LIMIT;
        return Err(Trouble::Never(ScanFault::TooLarge { limit }));
    }
    let bytes = read(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Trouble::Changed,
        // Another program holds it, or it will never be ours to read.
        _ => Trouble::NotYet(ScanFault::FileUnreadable),
    })?;
    if Stamp::of(path) != Some(stamp) || bytes.len() as u64 != stamp.len {
        return Err(Trouble::Changed);
    }
    judge(bytes).map_err(|unfit| match unfit {
        Unfit::Unfinished => Trouble::NotYet(ScanFault::FileUnfinished),
        Unfit::Form => Trouble::Never(ScanFault::FileForm),
        Unfit::Damaged => Trouble::Never(ScanFault::FileDamaged),
        Unfit::TooLarge(limit) => Trouble::Never(ScanFault::TooLarge { limit }),
    })
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(BYTES_LIMIT + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The files of a folder that could be pictures, the oldest first, then by name.
pub fn files(folder: &Path) -> Result<Vec<(PathBuf, Stamp)>, ScanFault> {
    listed(folder, None, FILE_LIMIT)
}

fn listed(
    folder: &Path,
    since: Option<SystemTime>,
    limit: usize,
) -> Result<Vec<(PathBuf, Stamp)>, ScanFault> {
    let entries = std::fs::read_dir(folder).map_err(|_| ScanFault::FolderMissing)?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|_| ScanFault::FolderMissing)?.path();
        if is_candidate(&path)
            && let Some(stamp) = Stamp::of(&path)
            && since <= Some(stamp.modified)
        {
            files.push((path, stamp));
        }
        if files.len() > limit {
            let limit = limit as u64;
            return Err(ScanFault::FolderFull { limit });
        }
    }
    files.sort_by(|a, b| (a.1.modified, &a.0).cmp(&(b.1.modified, &b.0)));
    Ok(files)
}

fn is_candidate(path: &Path) -> bool {
    let lower =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().to_lowercase();
    let (name, ending) = (lower(path.file_name()), lower(path.extension()));
    let hidden = name.starts_with(['.', '~']);
    !hidden && !SYSTEM.contains(&name.as_str()) && !UNFINISHED.contains(&ending.as_str())
}
