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
//! Every look is in a thread of its own with a limit: a network drive that is gone holds whoever asks
//! it for minutes. No file is ever moved or deleted.

mod form;
mod look;

#[cfg(windows)]
pub(super) use form::Unfit;
pub(super) use form::judge;
pub(super) use look::files;

use super::steady::{Pulled, Steady, Told, wait_for};
use super::{Canceller, Caps, Event, Job, Mode, Page, PaperSource, Resolutions, Settings, Source};
use crate::error::ScanFault;
use look::{Found, Watch};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often the folder is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// What part of the time is spent on a folder that takes long to be looked at.
const LOOK_SHARE: u32 = 5;
/// A folder that does not answer within this is hung.
const OPEN_LIMIT: Duration = Duration::from_secs(10);
/// How soon a cancelled job notices.
const TICK: Duration = Duration::from_millis(50);

/// A watched folder. A copy watches with it: what one has taken the other does not take again.
#[derive(Clone)]
pub struct Folder {
    watch: Arc<Mutex<Watch>>,
}

impl Folder {
    /// Watches a folder for files that appear or change from now on.
    pub fn watch(path: &Path) -> Result<Self, ScanFault> {
        let mut watch = Watch::new(path);
        let watch = wait_for(OPEN_LIMIT, move || {
            watch.forget_what_is_there()?;
            Ok(watch)
        })?;
        Ok(Self {
            watch: Arc::new(Mutex::new(watch)),
        })
    }
}

impl Source for Folder {
    fn caps(&mut self) -> Result<Caps, ScanFault> {
        let watch = Arc::clone(&self.watch);
        wait_for(OPEN_LIMIT, move || lock(&watch).readable())?;
        Ok(caps())
    }

    /// From the glass: the job ends after one file. From the feeder: it goes on until it is
    /// cancelled. A fault names one file and ends the job; the next job goes on behind that file,
    /// and takes the last one again if its page was not kept.
    fn start(&mut self, settings: &Settings) -> Result<Box<dyn Job>, ScanFault> {
        let (pulls, pulled) = channel();
        let (sender, events) = channel();
        let canceller = Canceller::default();
        let watcher = Watcher {
            watch: Arc::clone(&self.watch),
            single: settings.source == PaperSource::Flatbed,
            canceller: canceller.clone(),
            pulled,
            events: sender,
        };
        let thread = std::thread::Builder::new().name("folder".to_string());
        let thread = thread.spawn(move || watcher.run());
        thread.map_err(|_| ScanFault::Crashed)?;
        let pull = move || {
            // A thread that is gone is noticed by its closed channel.
            let _ = pulls.send(());
        };
        let limits = Some((settings.stall_limit, settings.stall_limit));
        let job = Pulled::new(pull, events, canceller, limits);
        Ok(Box::new(Steady::new(job)))
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

/// The thread of a job: it looks for the next file when it is pulled, and tells before every look
/// that it lives.
struct Watcher {
    watch: Arc<Mutex<Watch>>,
    single: bool,
    canceller: Canceller,
    pulled: Receiver<()>,
    events: Sender<Told>,
}

impl Watcher {
    fn run(self) {
        let mut pages = 0;
        let mut delivered = None;
        while self.pulled.recv().is_ok() {
            // The next one is asked for: the one before was kept.
            delivered = None;
            let told = match self.single && pages > 0 {
                true => Ok(Event::End { pages }),
                false => self.find().map(|(path, stamp, (bytes, format))| {
                    pages += 1;
                    delivered = Some((path, stamp));
                    Event::Page(Page {
                        bytes,
                        format,
                        dpi: 0,
                        seq: pages,
                    })
                }),
            };
            if !self.tell(told) {
                break;
            }
        }
        // Nobody asks on after it, and nobody stopped the job: its page was not kept.
        if let Some((path, stamp)) = delivered
            && !self.canceller.is_cancelled()
        {
            lock(&self.watch).take_back(&path, stamp);
        }
    }

    /// Looks until there is a file, a fault, or nobody who waits.
    fn find(&self) -> Result<Found, ScanFault> {
        while self.tell(Ok(Event::Waiting)) && !self.canceller.is_cancelled() {
            let began = Instant::now();
            let found = lock(&self.watch).look(began)?;
            match found {
                // Given up while it was looked for: it goes to nobody, and is found again.
                Some((path, stamp, _)) if self.canceller.is_cancelled() => {
                    lock(&self.watch).take_back(&path, stamp);
                    break;
                }
                Some(found) => return Ok(found),
                None => {}
            }
            let until = Instant::now() + LOOK_EVERY.max(began.elapsed() * LOOK_SHARE);
            while Instant::now() < until && !self.canceller.is_cancelled() {
                std::thread::sleep(TICK);
            }
        }
        Err(ScanFault::Cancelled)
    }

    /// Whether somebody listens.
    fn tell(&self, told: Told) -> bool {
        self.events.send(told).is_ok()
    }
}

fn lock(watch: &Mutex<Watch>) -> MutexGuard<'_, Watch> {
    watch.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "folder/tests.rs"]
mod tests;
