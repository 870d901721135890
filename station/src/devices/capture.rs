//! What a camera shows, live, and pages taken from it. One picture is kept, the newest, in memory;
//! it is gone when the camera is closed. Not here: finding and stillness (`drivers::document::preview`).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::Utc;
use domain::Reason;
use drivers::ScanFault;
use drivers::document::page::{Picture, Quad, documents, find};
use drivers::document::preview::{Options, Preview, Shown, Stillness, Taken, Told};
use drivers::document::{Canceller, preview};

use super::News;
use super::sources::{Reach, Shared, Sources};
use crate::error::{Error, Result};
use crate::view::{DeviceDone, PreviewStill, PreviewTold, ShownQuad};

/// A still is waited for at most this long.
const TAKE_LIMIT: Duration = Duration::from_secs(8);
/// Pages that wait to be fetched, in memory; more are not taken in, which is told.
const WAITING_LIMIT: usize = 12;

/// The camera that is open.
pub(super) struct Open {
    id: String,
    began: Instant,
    preview: Arc<Preview>,
    seen: Arc<Mutex<Latest>>,
}

/// What the camera's thread left for whoever asks.
#[derive(Default)]
struct Latest {
    picture: Option<(u64, Vec<u8>)>,
    /// Pages that were taken by themselves, until they are fetched: the first one first.
    taken: VecDeque<Taken>,
    /// How many were fetched.
    pages: u32,
    fault: Option<ScanFault>,
    /// Why the last page that was asked for did not come.
    failed: Option<ScanFault>,
}

impl Sources {
    /// Opens a camera: from now on it tells what it sees. `scan.busy` while a device is at work.
    pub fn open_camera(&self, id: &str, automatic: bool) -> Result<()> {
        let canceller = Canceller::default();
        let found = self.shared.begin(id, &canceller)?;
        let Reach::Picture(open) = &found.reach else {
            self.shared.released();
            return Err(Error::coded(ScanFault::Unsupported.code()));
        };
        let live = match open() {
            Ok(live) => live,
            Err(fault) => {
                let code = fault.code();
                let done = done(false, Reason::new(code), None);
                self.shared.ended(id, done, Some(fault));
                return Err(Error::coded(code));
            }
        };
        let options = Options {
            automatic,
            find: sheets,
            rotation: preview::Rotation::None,
            limits: preview::still::Limits::default(),
        };
        let seen = Arc::new(Mutex::new(Latest::default()));
        let (shared, latest) = (Arc::clone(&self.shared), Arc::clone(&seen));
        let preview = Preview::start(live, options, move |told| take_in(&shared, &latest, told));
        *held(&self.shared.camera) = Some(Open {
            id: id.to_owned(),
            began: Instant::now(),
            preview: Arc::new(preview),
            seen,
        });
        // Stopped while it opened, before there was a picture to stop.
        if canceller.is_cancelled() {
            self.stop_camera();
        }
        (self.shared.tell)(News::Status);
        Ok(())
    }

    /// The open camera gives nothing more; whoever waits for a page is told at once.
    pub(super) fn stop_camera(&self) {
        if let Some(open) = held(&self.shared.camera).as_ref() {
            open.preview.stop();
        }
    }

    /// Closes the camera that is open; its last picture is forgotten.
    pub fn close_camera(&self) {
        // Taken out first: the camera's threads are waited for, and may be telling something.
        let Some(open) = held(&self.shared.camera).take() else {
            return;
        };
        let (fault, pages) = {
            let mut seen = held(&open.seen);
            (seen.fault.take().or(seen.failed.take()), seen.pages)
        };
        let reason = match &fault {
            Some(fault) => Reason::new(fault.code()),
            None => Reason::new("camera.pages").with("count", pages),
        };
        let took_ms = u32::try_from(open.began.elapsed().as_millis()).ok();
        let done = done(fault.is_none(), reason, took_ms);
        let id = open.id.clone();
        // Whoever still waits for a page is told at once.
        open.preview.stop();
        drop(open);
        self.shared.ended(&id, done, fault);
    }

    /// Takes the best picture the camera has now; what was taken by itself goes on waiting.
    pub fn take_picture(&self) -> Result<Taken> {
        let (preview, seen) = self.open()?;
        // Not under the lock: the camera can be closed meanwhile.
        let taken = preview.take(TAKE_LIMIT);
        let mut seen = held(&seen);
        seen.failed = taken.as_ref().err().cloned();
        let taken = taken.map_err(|fault| Error::coded(fault.code()))?;
        seen.pages += 1;
        Ok(taken)
    }

    /// Hands over the next page that was taken by itself. One that cannot be kept waits on as the
    /// next. Fails with `camera.nothing_taken` when none waits.
    pub fn fetch_picture<T>(&self, keep: impl FnOnce(&Taken) -> Result<T>) -> Result<T> {
        let (_, seen) = self.open()?;
        let taken = held(&seen).taken.pop_front();
        let taken = taken.ok_or_else(|| Error::coded("camera.nothing_taken"))?;
        let kept = keep(&taken);
        let mut seen = held(&seen);
        match kept.is_ok() {
            true => seen.pages += 1,
            false => seen.taken.push_front(taken),
        }
        kept
    }

    /// The open camera, or `camera.closed`.
    fn open(&self) -> Result<(Arc<Preview>, Arc<Mutex<Latest>>)> {
        let camera = held(&self.shared.camera);
        let open = camera.as_ref();
        let open = open.ok_or_else(|| Error::coded("camera.closed"))?;
        Ok((Arc::clone(&open.preview), Arc::clone(&open.seen)))
    }

    /// Switches taking by itself on or off.
    pub fn set_automatic(&self, on: bool) -> Result<()> {
        self.open()?.0.set_automatic(on);
        Ok(())
    }

    /// The newest picture, JPEG; None while there is none.
    pub fn picture(&self) -> Option<Vec<u8>> {
        let camera = held(&self.shared.camera);
        let seen = &camera.as_ref()?.seen;
        let picture = held(seen).picture.as_ref()?.1.clone();
        Some(picture)
    }
}

fn take_in(shared: &Shared, latest: &Mutex<Latest>, told: Told) {
    let told = match told {
        Told::Shown(shown) => {
            let told = words_of(&shown);
            let mut latest = held(latest);
            latest.picture = Some((shown.seq, shown.jpeg));
            latest.fault = None;
            told
        }
        Told::Taken(taken) => {
            let waiting = &mut held(latest).taken;
            match waiting.len() < WAITING_LIMIT {
                true => {
                    waiting.push_back(taken);
                    PreviewTold::Taken
                }
                false => PreviewTold::Missed {
                    reason: Reason::new("camera.not_fetched"),
                },
            }
        }
        Told::Missed(fault) => PreviewTold::Missed {
            reason: Reason::new(fault.code()),
        },
        Told::Fault(fault) => {
            let reason = Reason::new(fault.code());
            held(latest).fault = Some(fault);
            PreviewTold::Fault { reason }
        }
    };
    (shared.tell)(News::Preview(told));
}

fn words_of(shown: &Shown) -> PreviewTold {
    let pages = documents(&shown.quads);
    let page_of = |at: usize| pages.iter().zip(1..).find(|(page, _)| **page == at);
    let quad = |(at, quad): (usize, &Quad)| ShownQuad {
        corners: quad.corners.map(|corner| (corner.x, corner.y)),
        page: page_of(at).map(|(_, number)| number),
        cut: quad.cut,
    };
    let (still, percent) = match shown.still {
        Stillness::Empty => (PreviewStill::Empty, 0),
        Stillness::Moving => (PreviewStill::Moving, 0),
        Stillness::Settling { percent } => (PreviewStill::Settling, percent),
        Stillness::Take | Stillness::GivenUp => (PreviewStill::Settling, 100),
        Stillness::Taken => (PreviewStill::Taken, 100),
    };
    PreviewTold::Shown {
        seq: shown.seq,
        width: shown.width,
        height: shown.height,
        quads: shown.quads.iter().enumerate().map(quad).collect(),
        hints: shown.hints.iter().map(|h| h.name().to_owned()).collect(),
        still,
        percent,
        fps: shown.fps,
    }
}

/// The sheets in a small picture.
fn sheets(picture: &Picture) -> Vec<Quad> {
    find::sheets(picture, &find::Options::default())
}

fn done(ok: bool, reason: Reason, took_ms: Option<u32>) -> DeviceDone {
    DeviceDone {
        at: Utc::now(),
        ok,
        reason,
        took_ms,
    }
}

fn held<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "capture_tests.rs"]
mod tests;
