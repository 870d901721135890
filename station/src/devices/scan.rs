//! One scan: pages pulled one by one, each kept before the next sheet is drawn. The driver runs in
//! a process of its own that can be killed, so nothing here can hang for longer than its limits.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

use chrono::Utc;
use domain::Reason;
use drivers::ScanFault;
use drivers::document::{Canceller, Event, Job, Page, PaperSource, Settings};

use super::News;
use super::sources::{Begin, For, Found, Known, Reach, Shared, Sources};
use crate::error::{Error, Result};
use crate::view::{DeviceDone, DeviceKind};

/// How long the driver is listened to before progress is looked at again.
const TICK: Duration = Duration::from_millis(500);
/// How soon a scan that is stopped while its device opens notices.
const OPENING_TICK: Duration = Duration::from_millis(50);

/// How a scan ended.
enum Ended {
    Fault(ScanFault),
    /// A page could not be kept: the disk's trouble, not the device's.
    NotKept(Error),
}

impl From<ScanFault> for Ended {
    fn from(fault: ScanFault) -> Ended {
        Ended::Fault(fault)
    }
}

impl Sources {
    /// Takes pages from a device, the preferred one when none is named, and hands over each before
    /// the next is drawn: what was handed over stays when a later sheet jams. From the glass one,
    /// from the feeder all, from a folder until it is stopped, which is its good end once a page came.
    /// Blocks; progress is told meanwhile.
    ///
    /// Answers how many. Fails with the driver's `scan.…`, or with what `keep` failed with.
    pub fn scan(
        &self,
        id: Option<&str>,
        settings: &Settings,
        keep: &mut dyn FnMut(Page) -> Result<()>,
    ) -> Result<u32> {
        self.scan_for(None, id, settings, keep)
    }

    /// The same for a form or a page. When a fault breaks the pages off, the next scan for the same
    /// from the same device goes on behind what came: a file that another program saved meanwhile is
    /// its page. Every other scan begins anew, so that no file becomes somebody else's page.
    pub fn scan_for(
        &self,
        aim: Option<For>,
        id: Option<&str>,
        settings: &Settings,
        keep: &mut dyn FnMut(Page) -> Result<()>,
    ) -> Result<u32> {
        let canceller = Canceller::default();
        let id = self.shared.named(id)?;
        let found = self.shared.begin(&id, &canceller)?;
        let work = (id.clone(), aim.clone());
        let broke_off = self.shared.state().broke_off.take();
        let begin = match broke_off.is_some_and(|(id, aim)| (id, Some(aim)) == work) {
            true => Begin::GoOn,
            false => Begin::Anew,
        };
        (self.shared.tell)(News::Status);
        (self.shared.tell)(News::Scan { percent: None });
        let began = Instant::now();
        let mut pages = 0;
        let ended = self
            .shared
            .run(&found, (begin, settings), &canceller, &mut pages, keep);
        // A folder has no end but the one it is given.
        let ended = match ended {
            Err(Ended::Fault(ScanFault::Cancelled))
                if found.kind == DeviceKind::Folder && pages > 0 =>
            {
                Ok(())
            }
            ended => ended,
        };
        let stopped = matches!(&ended, Ok(()) | Err(Ended::Fault(ScanFault::Cancelled)));
        self.shared.state().broke_off = aim.filter(|_| !stopped).map(|aim| (id.clone(), aim));
        let took_ms = u32::try_from(began.elapsed().as_millis()).ok();
        let (reason, fault) = match &ended {
            Ok(()) => (Reason::new("scanner.pages").with("count", pages), None),
            Err(Ended::Fault(fault)) => (Reason::new(fault.code()), Some(fault.clone())),
            Err(Ended::NotKept(error)) => (Reason::new(error.code()), None),
        };
        let done = DeviceDone {
            at: Utc::now(),
            ok: ended.is_ok(),
            reason,
            took_ms,
        };
        self.shared.ended(&id, done, fault);
        match ended {
            Ok(()) => Ok(pages),
            Err(Ended::NotKept(error)) => Err(error),
            Err(Ended::Fault(fault)) => Err(Error::reason(
                Reason::new(fault.code()).with("pages", pages),
            )),
        }
    }
}

impl Shared {
    /// The device named, or the preferred one, which no camera is: it is opened, not scanned. Looks
    /// once when none is known.
    fn named(&self, id: Option<&str>) -> Result<String> {
        if let Some(id) = id {
            return Ok(id.to_owned());
        }
        let pulled = |known: &&Known| matches!(known.found.reach, Reach::Pages(_));
        let first = || {
            let state = self.state();
            state
                .first()
                .filter(pulled)
                .map(|known| known.found.id.clone())
        };
        if let Some(id) = first() {
            return Ok(id);
        }
        self.look();
        first().ok_or_else(|| Error::coded(ScanFault::NoScanner.code()))
    }

    /// Starts a job on a thread of its own: drivers open devices for seconds, and who stops does not
    /// wait for them. What opens after that ends at once, and no other device is opened before.
    fn open(
        self: &Arc<Shared>,
        found: &Found,
        (begin, settings): (Begin, &Settings),
        canceller: &Canceller,
    ) -> Result<Box<dyn Job>, ScanFault> {
        let Reach::Pages(open) = found.reach.clone() else {
            return Err(ScanFault::Unsupported);
        };
        let (shared, settings, stop) = (Arc::clone(self), settings.clone(), canceller.clone());
        let (answer, answers) = sync_channel(1);
        let opening = move || {
            let alone = shared.opening();
            let job = match stop.is_cancelled() {
                true => Err(ScanFault::Cancelled),
                false => open(begin).and_then(|mut source| source.start(&settings)),
            };
            // Nobody waits any more: the job ends with it, before the next one may open.
            let _ = answer.send(job);
            drop(alone);
        };
        let thread = std::thread::Builder::new().name("device-open".to_owned());
        thread.spawn(opening).map_err(|_| ScanFault::CannotOpen)?;
        loop {
            match answers.recv_timeout(OPENING_TICK) {
                Ok(job) => return job,
                Err(RecvTimeoutError::Disconnected) => return Err(ScanFault::Crashed),
                Err(RecvTimeoutError::Timeout) if canceller.is_cancelled() => {
                    return Err(ScanFault::Cancelled);
                }
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn run(
        self: &Arc<Shared>,
        found: &Found,
        (begin, settings): (Begin, &Settings),
        canceller: &Canceller,
        pages: &mut u32,
        keep: &mut dyn FnMut(Page) -> Result<()>,
    ) -> Result<(), Ended> {
        let mut job = self.open(found, (begin, settings), canceller)?;
        let stop = job.canceller();
        let single = settings.source == PaperSource::Flatbed && found.kind == DeviceKind::Scanner;
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
                Event::Page(page) => {
                    keep(page).map_err(Ended::NotKept)?;
                    *pages += 1;
                    told = None;
                    (self.tell)(News::Scan { percent: None });
                    if single {
                        return Ok(());
                    }
                }
                Event::End { .. } if *pages == 0 => return Err(ScanFault::Empty.into()),
                Event::End { .. } => return Ok(()),
            }
        }
    }
}
