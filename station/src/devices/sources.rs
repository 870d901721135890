//! Where pages come from: scanners, cameras, a watched folder. What each is, which one is used
//! first, what it last did. Not here: the jobs themselves (`scan`, `capture`), and how
//! devices are looked for (`looking`).

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::{Id, Reason};
use drivers::ScanFault;
use drivers::document::{Canceller, Caps, Live, PaperSource, Source};

use super::chosen::Chosen;
use super::{News, Tell, capture};
use crate::error::{Error, Result};
use crate::view::{DeviceDone, DeviceKind, DeviceStatus, PageSource};

/// A camera is open: it is at work, and it is as it should be.
const CAMERA_OPEN: &str = "camera.open";

/// Who finds and opens devices of one sort. Asked on a thread of its own: it may take its time.
pub trait Finder: Send + Sync {
    /// What it finds, and how that is reached: `sane`, `escl` …
    fn sort(&self) -> (DeviceKind, &'static str);
    /// What is there now.
    fn find(&self, chosen: &Chosen) -> Result<Vec<Found>, ScanFault>;
}

/// A device that was found.
#[derive(Clone)]
pub struct Found {
    /// What it is known by: its sort and its own name.
    pub id: String,
    /// What it is.
    pub kind: DeviceKind,
    /// What its maker calls it.
    pub name: String,
    /// How it is reached: `sane`, `escl` …
    pub how: &'static str,
    /// It was added by hand.
    pub added: bool,
    /// Opens it.
    pub reach: Reach,
}

/// Opens a source of pages for a job.
pub type OpenPages = Arc<dyn Fn(Begin) -> Result<Box<dyn Source>, ScanFault> + Send + Sync>;

/// How a device is opened.
#[derive(Clone)]
pub enum Reach {
    /// Makes pages.
    Pages(OpenPages),
    /// Shows the desk.
    Picture(Arc<dyn Fn() -> Result<Box<dyn Live>, ScanFault> + Send + Sync>),
}

/// Where a source that knows of more than it gave begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begin {
    /// What is there already is nobody's.
    Anew,
    /// Behind what the job before it came to.
    GoOn,
}

/// What pages are taken for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum For {
    /// A form.
    Form(Id),
    /// The place of a page.
    Page(String),
}

/// The devices that pages come from. One of them is at work at a time.
pub struct Sources {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub finders: Vec<Box<dyn Finder>>,
    /// Where the choices are kept.
    folder: Option<PathBuf>,
    pub tell: Tell,
    /// Held while a device is opened: drivers refuse the second one who tries.
    opening: Mutex<()>,
    /// The camera that is open.
    pub camera: Mutex<Option<capture::Open>>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub looking: bool,
    /// Somebody wished for a look that could not be had then.
    pub look_again: bool,
    pub known: Vec<Known>,
    /// What the last look of each finder failed with, by the finder's place.
    pub troubles: BTreeMap<usize, ScanFault>,
    /// The device, and what its pages were for when a fault broke them off: the same goes on behind them.
    pub broke_off: Option<(String, For)>,
    /// The device at work, and how it is stopped.
    pub work: Option<(String, Canceller)>,
    /// The material of what it gives, where the hand went on to another one.
    pub material: Option<String>,
    pub chosen: Chosen,
}

/// A device with what is known of it.
pub(super) struct Known {
    /// The place of who found it.
    pub finder: usize,
    pub found: Found,
    pub caps: Option<Caps>,
    /// What it last ended with, while that matters.
    pub fault: Option<ScanFault>,
    pub last: Option<DeviceDone>,
}

impl Sources {
    /// Devices are looked for at once, in the background.
    pub fn new(finders: Vec<Box<dyn Finder>>, folder: Option<PathBuf>, tell: Tell) -> Sources {
        let chosen = folder.as_deref().map(Chosen::load).unwrap_or_default();
        let state = State {
            chosen,
            ..State::default()
        };
        let shared = Arc::new(Shared {
            finders,
            folder,
            tell,
            opening: Mutex::default(),
            camera: Mutex::default(),
            state: Mutex::new(state),
        });
        let sources = Sources { shared };
        sources.look();
        sources
    }

    /// Scanner or camera, whichever is used first, in words.
    pub fn status(&self) -> DeviceStatus {
        let state = self.shared.state();
        let first = state.first();
        let at_work = state
            .work
            .as_ref()
            .map(|(id, _)| working_code(state.kind_of(id)));
        let (ready, code) = match (at_work, first.map(|known| &known.fault)) {
            (Some(code), _) => (code == CAMERA_OPEN, code),
            (None, Some(Some(fault))) => (false, fault.code()),
            (None, Some(None)) => (true, "scanner.ready"),
            (None, None) if state.looking => (false, "scanner.looking"),
            (None, None) => match state.troubles.values().next() {
                None => (false, "scanner.none"),
                Some(fault) => (false, fault.code()),
            },
        };
        DeviceStatus {
            ready,
            reason: Reason::new(code),
            name: first.map(|known| known.found.name.clone()),
        }
    }

    /// What pages can be taken from, the preferred one first.
    pub fn list(&self) -> Vec<PageSource> {
        let state = self.shared.state();
        let first = state.first().map(|known| known.found.id.clone());
        let mut all: Vec<PageSource> = state
            .known
            .iter()
            .map(|known| PageSource {
                id: known.found.id.clone(),
                kind: known.found.kind,
                name: known.found.name.clone(),
                feeder: known.has(PaperSource::Feeder),
                duplex: known.has(PaperSource::Duplex),
                preferred: Some(&known.found.id) == first.as_ref(),
            })
            .collect();
        all.sort_by_key(|source| !source.preferred);
        all
    }

    /// Whether devices are being looked for.
    pub fn is_looking(&self) -> bool {
        self.shared.state().looking
    }

    /// Whether a device shows a live picture.
    pub fn is_camera(&self, id: &str) -> bool {
        self.shared.state().kind_of(id) == Some(DeviceKind::Camera)
    }

    /// Whether a device, the preferred one when none is named, is the watched folder.
    pub fn is_folder(&self, id: Option<&str>) -> bool {
        let state = self.shared.state();
        let first = || state.first().map(|known| known.found.kind);
        let kind = id.map_or_else(first, |id| state.kind_of(id));
        kind == Some(DeviceKind::Folder)
    }

    /// The choices of this computer.
    pub fn chosen(&self) -> Chosen {
        self.shared.state().chosen.clone()
    }

    /// Changes them durably, and looks anew.
    pub fn choose(&self, change: impl FnOnce(&mut Chosen)) -> Result<()> {
        let chosen = {
            let mut chosen = self.chosen();
            change(&mut chosen);
            chosen
        };
        if let Some(folder) = &self.shared.folder {
            chosen.save(folder)?;
        }
        self.shared.state().chosen = chosen;
        (self.shared.tell)(News::Status);
        self.look();
        Ok(())
    }

    /// From now on the device at work gives pages of this material.
    pub fn change_material(&self, material: &str) {
        let mut state = self.shared.state();
        if state.work.is_some() {
            state.material = Some(material.to_owned());
        }
    }

    /// The material that the device at work was changed to.
    pub fn changed_material(&self) -> Option<String> {
        self.shared.state().material.clone()
    }

    /// Stops what is at work, an open camera too; it ends within a second.
    pub fn cancel(&self) {
        if let Some((_, canceller)) = &self.shared.state().work {
            canceller.cancel();
        }
        self.stop_camera();
    }
}

impl Drop for Sources {
    fn drop(&mut self) {
        self.cancel();
        self.close_camera();
    }
}

impl Shared {
    pub fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn opening(&self) -> MutexGuard<'_, ()> {
        self.opening.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks a device as at work. `scan.busy` while one is, `scan.no_scanner` when it is not there.
    pub fn begin(&self, id: &str, canceller: &Canceller) -> Result<Found> {
        let mut state = self.state();
        if state.work.is_some() {
            return Err(Error::coded(ScanFault::Busy.code()));
        }
        let known = state.find_mut(id);
        let known = known.ok_or_else(|| Error::coded(ScanFault::NoScanner.code()))?;
        let found = known.found.clone();
        state.work = Some((id.to_owned(), canceller.clone()));
        state.material = None;
        Ok(found)
    }

    /// Nothing came of the work.
    pub fn released(self: &Arc<Shared>) {
        self.state().work = None;
        self.look_if_wished();
    }

    /// The work ended: what it came to is kept beside the device.
    pub fn ended(self: &Arc<Shared>, id: &str, done: DeviceDone, fault: Option<ScanFault>) {
        {
            let mut state = self.state();
            state.work = None;
            if let Some(known) = state.find_mut(id) {
                // What the person at the counter did, or the paper, is not the device's state.
                known.fault =
                    fault.filter(|fault| !matches!(fault, ScanFault::Cancelled | ScanFault::Empty));
                known.last = Some(done);
            }
        }
        (self.tell)(News::Status);
        (self.tell)(News::Devices);
        self.look_if_wished();
    }
}

impl State {
    /// The device that is used first: the chosen one, else the first scanner, else the first.
    pub fn first(&self) -> Option<&Known> {
        let by_id = |id: &String| self.known.iter().find(|known| known.found.id == *id);
        let of = |kind| self.known.iter().find(|known| known.found.kind == kind);
        let chosen = self.chosen.source.as_ref().and_then(by_id);
        chosen
            .or_else(|| of(DeviceKind::Scanner))
            .or_else(|| of(DeviceKind::Camera))
            .or_else(|| self.known.first())
    }

    fn kind_of(&self, id: &str) -> Option<DeviceKind> {
        let known = self.known.iter().find(|known| known.found.id == id);
        known.map(|known| known.found.kind)
    }

    /// A device by id.
    pub fn find_mut(&mut self, id: &str) -> Option<&mut Known> {
        self.known.iter_mut().find(|known| known.found.id == id)
    }
}

impl Known {
    /// One that was just found.
    pub fn new(finder: usize, found: Found) -> Known {
        Known {
            finder,
            found,
            caps: None,
            fault: None,
            last: None,
        }
    }

    fn has(&self, paper: PaperSource) -> bool {
        let sources = self.caps.iter().flat_map(|caps| &caps.sources);
        sources.clone().any(|(source, _)| *source == paper)
    }

    /// Its state in words.
    pub fn words(&self, at_work: bool) -> (bool, Reason) {
        match (&self.fault, at_work) {
            (_, true) => (true, Reason::new(working_code(Some(self.found.kind)))),
            (Some(fault), _) => (false, Reason::new(fault.code())),
            (None, _) => (true, Reason::new(ready_code(self.found.kind))),
        }
    }
}

/// What a device at work does: a camera shows, everything else scans.
fn working_code(kind: Option<DeviceKind>) -> &'static str {
    match kind {
        Some(DeviceKind::Camera) => CAMERA_OPEN,
        _ => "scanner.scanning",
    }
}

fn ready_code(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Camera => "camera.ready",
        DeviceKind::Folder => "folder.watched",
        _ => "scanner.ready",
    }
}

#[cfg(test)]
#[path = "sources_tests.rs"]
mod tests;
