//! A folder that a vendor's 高拍仪 program saves into, watched as a source of pages.
//!
//! Vendors' programs take the picture, correct it, and save a file; nothing else is common to them.
//! A file is taken once it is finished: nobody changes it any more, and the picture runs to its end
//! mark and can be decoded. JPEG and PNG are taken as they are, BMP as uncompressed pixels. PDF,
//! TIFF and everything else is named as a fault and left: the program can be set to JPG.
//!
//! The folder is looked at a few times a second. Looking works on network drives and everywhere
//! else alike, costs a directory listing, and a file has to lie still for a moment anyway; a
//! notice from the system would have to be distrusted and looked after in the same way.
//!
//! No file is ever deleted. It stays where it is, or, if set so, moves to a folder when the next
//! page is asked for, which tells that this one was kept.

mod form;
mod look;

#[cfg(windows)]
pub(super) use form::Unfit;
pub(super) use form::judge;
pub(super) use look::files;

use super::steady::{Steady, Steps};
use super::{Canceller, Caps, Event, Job, Mode, Page, PaperSource, Resolutions, Settings, Source};
use crate::error::ScanFault;
use look::{Stamp, Watch};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// How soon a cancelled job notices.
const TICK: Duration = Duration::from_millis(50);

/// What becomes of a file whose page was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Then {
    /// It stays.
    Stay,
    /// It moves into this folder, which is made if it is not there.
    MoveTo(PathBuf),
}

/// A watched folder. A copy watches with it: what one has taken the other does not take again.
#[derive(Clone)]
pub struct Folder {
    watch: Arc<Mutex<Watch>>,
    then: Then,
}

impl Folder {
    /// Watches a folder for files that appear or change from now on.
    pub fn watch(path: &Path, then: Then) -> Result<Self, ScanFault> {
        let mut watch = Watch::new(path);
        watch.forget_what_is_there()?;
        Ok(Self::of(watch, then))
    }

    /// Watches a folder; what lies in it already is taken first, the oldest before the others.
    #[must_use]
    pub fn with_what_is_there(path: &Path, then: Then) -> Self {
        Self::of(Watch::new(path), then)
    }

    fn of(watch: Watch, then: Then) -> Self {
        Self {
            watch: Arc::new(Mutex::new(watch)),
            then,
        }
    }
}

impl Source for Folder {
    fn caps(&mut self) -> Result<Caps, ScanFault> {
        lock(&self.watch).readable()?;
        Ok(caps())
    }

    /// From the glass: the job ends after one file. From the feeder: it goes on until it is
    /// cancelled. A fault names one file and ends the job; the next job goes on behind that file,
    /// and takes the last one again if its page was not kept.
    fn start(&mut self, settings: &Settings) -> Result<Box<dyn Job>, ScanFault> {
        lock(&self.watch).readable()?;
        Ok(Box::new(Steady::new(FolderJob {
            watch: Arc::clone(&self.watch),
            then: self.then.clone(),
            single: settings.source == PaperSource::Flatbed,
            canceller: Canceller::default(),
            delivered: None,
            looked: None,
            pages: 0,
        })))
    }
}

/// What files can do: one of them, or every one, as it was saved.
pub(super) fn caps() -> Caps {
    Caps {
        sources: vec![
            (PaperSource::Flatbed, "one file".to_string()),
            (PaperSource::Feeder, "every file".to_string()),
        ],
        modes: vec![(Mode::Color, "as saved".to_string())],
        resolutions: Resolutions::default(),
    }
}

/// A watch in progress.
struct FolderJob {
    watch: Arc<Mutex<Watch>>,
    then: Then,
    single: bool,
    canceller: Canceller,
    /// The file of the page delivered last.
    delivered: Option<(PathBuf, Stamp)>,
    looked: Option<Instant>,
    pages: u32,
}

impl FolderJob {
    /// Moves a file whose page was kept. One that was written anew meanwhile is another page.
    fn put_away(&self, file: &Path, stamp: Stamp) -> Result<(), ScanFault> {
        let Then::MoveTo(folder) = &self.then else {
            return Ok(());
        };
        if Stamp::of(file) != Some(stamp) {
            return Ok(());
        }
        let moved = std::fs::create_dir_all(folder).and_then(|()| {
            let target = free_name(folder, file);
            std::fs::rename(file, target)
        });
        moved.map_err(|_| ScanFault::FileNotMoved)
    }
}

impl Drop for FolderJob {
    fn drop(&mut self) {
        // Nobody asked on after it, and nobody stopped the job: its page was not kept.
        if let Some((file, stamp)) = self.delivered.take()
            && !self.canceller.is_cancelled()
        {
            lock(&self.watch).take_back(&file, stamp);
        }
    }
}

impl Steps for FolderJob {
    fn step(&mut self, deadline: Instant) -> Result<Event, ScanFault> {
        if let Some((file, stamp)) = self.delivered.take() {
            self.put_away(&file, stamp)?;
        }
        if self.single && self.pages > 0 {
            return Ok(Event::End { pages: self.pages });
        }
        loop {
            if self.canceller.is_cancelled() {
                return Err(ScanFault::Cancelled);
            }
            if self.looked.is_none_or(|at| at.elapsed() >= LOOK_EVERY) {
                self.looked = Some(Instant::now());
                let found = lock(&self.watch).look(Instant::now())?;
                if let Some((path, stamp, picture)) = found {
                    self.pages += 1;
                    self.delivered = Some((path, stamp));
                    return Ok(Event::Page(Page {
                        bytes: picture.0,
                        format: picture.1,
                        dpi: 0,
                        seq: self.pages,
                    }));
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(Event::Waiting);
            }
            std::thread::sleep(left.min(TICK));
        }
    }

    fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

/// A name in a folder that no file has: `a.jpg`, `a (2).jpg` …
fn free_name(folder: &Path, file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    let name = |count: u32| match count {
        1 => folder.join(file.file_name().unwrap_or_default()),
        _ => folder.join(format!("{stem} ({count}).{ending}")),
    };
    let mut count = 1;
    while name(count).exists() && count < u32::MAX {
        count += 1;
    }
    name(count)
}

fn lock(watch: &Mutex<Watch>) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "folder/tests.rs"]
mod tests;
