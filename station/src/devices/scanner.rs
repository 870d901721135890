//! One page from the scanner. The driver runs in a process of its own that can be killed, so
//! nothing here can hang for longer than its limits.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use domain::Reason;
use drivers::ScanFault;
use drivers::document::sane::{Device, Sane};
use drivers::document::{Canceller, Event, Page, Settings, Source, file};

use super::{News, Tell};
use crate::error::{Error, Result};
use crate::view::DeviceStatus;

/// How long the driver is listened to before progress is looked at again.
const TICK: Duration = Duration::from_millis(500);

/// The scanner of a counter: the first one that is listed.
pub struct Scanner {
    shared: Arc<Shared>,
}

struct Shared {
    sane: Sane,
    tell: Tell,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    looking: bool,
    device: Option<Device>,
    /// What the last look or scan ended with.
    trouble: Option<ScanFault>,
    scanning: Option<Canceller>,
}

impl Scanner {
    /// A scanner that is looked for at once, in the background.
    pub fn new(sane: Sane, tell: Tell) -> Scanner {
        let shared = Arc::new(Shared {
            sane,
            tell,
            state: Mutex::default(),
        });
        let scanner = Scanner { shared };
        scanner.look();
        scanner
    }

    /// Looks for scanners in the background; nothing when a look is under way. Takes up to 20 s,
    /// after which the status is told.
    pub fn look(&self) {
        if std::mem::replace(&mut self.shared.state().looking, true) {
            return;
        }
        let shared = Arc::clone(&self.shared);
        let thread = std::thread::Builder::new().name("scanner-list".to_owned());
        let started = thread.spawn(move || {
            let listed = shared.sane.list();
            shared.found(listed);
        });
        if started.is_err() {
            self.shared.found(Err(ScanFault::Crashed));
        }
    }

    /// The scanner in words.
    pub fn status(&self) -> DeviceStatus {
        let state = self.shared.state();
        let name = state.device.as_ref().map(|device| {
            format!("{} {}", device.vendor, device.model)
                .trim()
                .to_owned()
        });
        let (ready, code) = match (&state.scanning, &state.trouble, &state.device) {
            (Some(_), ..) => (false, "scanner.scanning"),
            (None, Some(ScanFault::NoScanner), _) => (false, "scanner.none"),
            (None, Some(fault), _) => (false, fault.code()),
            (None, None, Some(_)) => (true, "scanner.ready"),
            (None, None, None) => (false, "scanner.looking"),
        };
        DeviceStatus {
            ready,
            reason: Reason::new(code),
            name,
        }
    }

    /// Takes one page; returns it as JPEG. Blocks until it is there; progress is told meanwhile.
    ///
    /// Fails with the driver's `scan.…` or `page.…`; `scan.busy` while another scan runs.
    pub fn scan(&self, settings: &Settings) -> Result<Vec<u8>> {
        let canceller = Canceller::default();
        {
            let mut state = self.shared.state();
            if state.scanning.is_some() {
                return Err(Error::coded(ScanFault::Busy.code()));
            }
            state.scanning = Some(canceller.clone());
        }
        (self.shared.tell)(News::Status);
        (self.shared.tell)(News::Scan { percent: None });
        let page = self.shared.page(settings, &canceller);
        self.shared.ended(page.as_ref().err());
        let page = page.map_err(|fault| Error::coded(fault.code()))?;
        // Scanners deliver uncompressed pictures; a page is kept as what will be sent.
        file::to_jpeg(page.bytes).map_err(|error| Error::coded(error.code()))
    }

    /// Stops the scan that runs, if one does; it ends with `scan.cancelled` within a second.
    pub fn cancel(&self) {
        if let Some(canceller) = &self.shared.state().scanning {
            canceller.cancel();
        }
    }
}

impl Drop for Scanner {
    fn drop(&mut self) {
        self.cancel();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn found(&self, listed: Result<Vec<Device>, ScanFault>) {
        {
            let mut state = self.state();
            state.looking = false;
            let first = listed.map(|devices| devices.into_iter().next());
            (state.device, state.trouble) = match first {
                Ok(Some(device)) => (Some(device), None),
                Ok(None) => (None, Some(ScanFault::NoScanner)),
                Err(fault) => (None, Some(fault)),
            };
        }
        (self.tell)(News::Status);
    }

    /// Lists when nothing is known, starts a job, and follows it to its first page.
    fn page(&self, settings: &Settings, canceller: &Canceller) -> Result<Page, ScanFault> {
        let known = self.state().device.clone();
        let mut scanner = match known {
            Some(device) => self.sane.scanner(&device.id),
            None => {
                let listed = self.sane.list();
                self.found(listed.clone());
                let device = listed?.into_iter().next().ok_or(ScanFault::NoScanner)?;
                self.sane.scanner(&device.id)
            }
        };
        if canceller.is_cancelled() {
            return Err(ScanFault::Cancelled);
        }
        let mut job = scanner.start(settings)?;
        let stop = job.canceller();
        let mut told = None;
        loop {
            if canceller.is_cancelled() {
                stop.cancel();
            }
            match job.next(Instant::now() + TICK)? {
                Event::Waiting => {}
                Event::Progress(percent) => {
                    let percent = Some(percent.clamp(0.0, 100.0) as u8);
                    if percent != told {
                        told = percent;
                        (self.tell)(News::Scan { percent });
                    }
                }
                Event::Page(page) => return Ok(page),
                Event::End { .. } => return Err(ScanFault::Empty),
            }
        }
    }

    fn ended(&self, fault: Option<&ScanFault>) {
        {
            let mut state = self.state();
            state.scanning = None;
            // What the person at the counter did, or the paper, is not the scanner's state.
            state.trouble = fault
                .filter(|fault| !matches!(fault, ScanFault::Cancelled | ScanFault::Empty))
                .cloned();
            if matches!(fault, Some(ScanFault::NoScanner | ScanFault::Unplugged)) {
                state.device = None;
            }
        }
        (self.tell)(News::Status);
    }
}

#[cfg(test)]
#[path = "scanner_tests.rs"]
mod tests;
