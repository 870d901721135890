//! A whole station: the door, the desk behind it, its devices and its line. Every call of the
//! window is a method of [`Station`] under the same name; calls answer with view types or a
//! [`crate::view::Failure`].

mod audit;
mod calls;
mod catalogue;
mod certificate;
mod demo;
mod devices;
mod enrolment;
mod ferry;
mod health;
mod idle;
mod keeping;
mod keys;
mod marks;
mod new_log;
mod rebuild;
mod receipts;
mod recovery;
mod restore;
mod session;
mod staff;
mod storage;
mod substitute;
mod trust;
mod wipe;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use std::time::Instant;

use domain::{Id, Reason};
#[cfg(unix)]
use drivers::document::sane::Sane;

use crate::catalog::Catalogues;
use crate::desk::Desk;
use crate::devices::{Config, Demo, Devices, News, Tell};
use crate::door::{self, Occupied};
use crate::error::{Error, Result};
use crate::keys::{Held, Installation, OwnCard, PublicPart};
use crate::line::LineSwitch;
use crate::preferences::{self, Preferences};
use crate::private::Private;
use crate::storage::Upkeep;
use crate::sync::{self, Worker};
use crate::view::{
    Door, Failure, LineStatus, PagesChanged, PreviewTold, RebuildStep, StationName, Status, Tap,
};

/// Where a station lives and what it has.
#[derive(Clone, Debug)]
pub struct Options {
    /// The station's folder: keys, store, pages.
    pub data: PathBuf,
    /// The folder of the catalogue that came with the program.
    pub catalog: PathBuf,
    /// The card tray (demo and training only).
    pub demo: Option<Demo>,
    /// Watch card readers.
    pub readers: bool,
}

/// What the window is told without asking.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The status corner.
    Status(Status),
    /// A card was read, could not be read, or was lifted.
    Tap(Tap),
    /// Facts arrived or the outbox moved: what is shown may be old.
    Changed,
    /// What the device page shows is old.
    Devices,
    /// What the storage page or the recovery page shows is old.
    Storage,
    /// A page came to a form while more are awaited.
    Pages {
        /// Which form.
        draft: Id,
        /// Its pages now.
        changed: Box<PagesChanged>,
    },
    /// What the open camera sees.
    Preview(PreviewTold),
    /// How far the scan is.
    Scan {
        /// Percent of the page; None while that is not known.
        percent: Option<u8>,
    },
}

/// Where events go.
pub type Notify = Arc<dyn Fn(Event) + Send + Sync>;

/// A station on this computer. Dropping it ends everything it started.
pub struct Station(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    catalogues: Arc<Catalogues>,
    notify: Notify,
    switch: Arc<LineSwitch>,
    line_file: Option<PathBuf>,
    devices: OnceLock<Devices>,
    open: Mutex<Option<Arc<Open>>>,
    /// Who was logged in last, since the program started.
    last: Mutex<Option<String>>,
    /// The session is shut for a moment and opened again: nobody is told that it is locked.
    changing: AtomicBool,
    /// When a hand was last at the desk.
    active: Mutex<Instant>,
    /// A store that could not be opened: said until it can.
    broken: Mutex<Option<Door>>,
    /// How far a rebuild of the store is, while one runs.
    rebuilding: Mutex<Option<RebuildStep>>,
    /// An installation whose founder's password was wrong: the one-time code is used up, so it is
    /// kept for the next try.
    unfounded: Mutex<Option<(String, Installation)>>,
    /// Going to another community, once at a time.
    moving: Mutex<()>,
    /// Held while `keys.json` is changed.
    key_file: Mutex<()>,
    /// The centre that answered at an address, for a person to confirm.
    met: Mutex<Option<enrolment::Met>>,
    demo: bool,
    private: Private,
    // Given up last: whoever comes next finds the private folder cleared.
    _occupied: Occupied,
}

/// What there is while somebody is logged in. Worker and upkeep go before the desk.
struct Open {
    worker: Worker,
    upkeep: Upkeep,
    catalogues: Arc<Catalogues>,
    desk: Arc<Desk>,
    held: Held,
    login: String,
    card: Option<OwnCard>,
    /// The code by which a substitute was let in.
    let_in: Option<Id>,
}

impl Station {
    /// Occupies the folder, reads the catalogue and starts the devices. With a demo's tray this
    /// points the process at its pcscd, so it must come before other threads read the environment.
    pub fn open(options: Options, notify: Notify) -> Result<Station> {
        let occupied = door::occupy(&options.data)?;
        wipe::go_on(&options.data)?;
        let private = Private::open(&options.data)?;
        receipts::forget_kept(&options.data);
        let catalogues = Arc::new(Catalogues::open(&options.data, &options.catalog)?);
        let switch = Arc::new(LineSwitch::default());
        let line_file = demo::line_file(options.demo.is_some());
        if let Some(file) = &line_file {
            demo::watch_line_file(file.clone(), &switch);
        }
        if let Some(tray) = &options.demo {
            demo::point_at_tray(tray);
        }
        let inner = Arc::new(Inner {
            folder: options.data,
            catalogues,
            notify,
            switch,
            line_file,
            devices: OnceLock::new(),
            open: Mutex::new(None),
            last: Mutex::new(None),
            changing: AtomicBool::new(false),
            active: Mutex::new(Instant::now()),
            broken: Mutex::new(None),
            rebuilding: Mutex::new(None),
            unfounded: Mutex::new(None),
            moving: Mutex::new(()),
            key_file: Mutex::new(()),
            met: Mutex::new(None),
            demo: options.demo.is_some(),
            private,
            _occupied: occupied,
        });
        let config = Config {
            readers: options.readers,
            profiles: None,
            demo: options.demo,
            #[cfg(unix)]
            sane: Sane::system().spooling_in(inner.private.part("pages")?),
            folder: Some(inner.folder.clone()),
        };
        let devices = Devices::start(config, tell_devices(Arc::downgrade(&inner)))?;
        let _ = inner.devices.set(devices);
        idle::watch(Arc::downgrade(&inner))?;
        Ok(Station(inner))
    }

    /// The state of the desk.
    pub fn get_status(&self) -> Status {
        self.0.status()
    }

    /// A folder of this name for what must not stay: in memory where the system has such folders,
    /// gone when the station ends. See [`Private`].
    pub fn private_folder(&self, name: &str) -> Result<PathBuf> {
        self.0.private.part(name)
    }

    /// The window's language, when somebody chose one.
    pub fn language(&self) -> Option<String> {
        Preferences::load(&self.0.folder).language
    }

    /// Remembers the window's language on this machine.
    pub fn set_language(&self, language: &str) -> Result<(), Failure> {
        let language = preferences::LANGUAGES
            .iter()
            .find(|known| **known == language);
        let language = language.map(|known| (*known).to_owned());
        Ok(Preferences { language }.save(&self.0.folder)?)
    }

    /// Closes the store and clears the private folder: the program ends without dropping this.
    pub fn leave(&self) {
        self.0.close();
        self.0.private.remove();
    }
}

impl Drop for Station {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Inner {
    fn open(&self) -> Result<Arc<Open>> {
        held(&self.open)
            .clone()
            .ok_or_else(|| Error::coded("station.locked"))
    }

    fn devices(&self) -> Result<&Devices> {
        self.devices
            .get()
            .ok_or_else(|| Error::Bug("devices are started with the station".into()))
    }

    /// Ends the session; the keys leave memory with it.
    fn close(&self) {
        self.close_because(false);
    }

    fn close_because(&self, idle: bool) {
        if let Some(devices) = self.devices.get() {
            devices.readers.close_desk();
            devices.sources.cancel();
            devices.sources.close_camera();
        }
        // Taken out first: the worker's thread may be asking for the status, and is waited for.
        let open = held(&self.open).take();
        if let Some(open) = &open {
            *held(&self.last) = Some(open.login.clone());
            let store = &open.desk.store;
            let noted = store.note(&::audit::Event::SessionLocked { idle });
            if let Err(error) = noted.and_then(|()| store.checkpoint()) {
                tracing::warn!(%error, "the store was closed without a checkpoint");
            }
        }
        drop(open);
        receipts::clear(&self.private);
    }

    fn tell(&self, event: Event) {
        (self.notify)(event);
    }

    fn tell_status(&self) {
        if self.changing.load(Ordering::SeqCst) {
            return;
        }
        self.tell(Event::Status(self.status()));
    }

    fn status(&self) -> Status {
        let open = held(&self.open).clone();
        let unsent = open.as_ref().and_then(|open| open.desk.store.unsent().ok());
        let unsent = unsent.unwrap_or_default();
        let drafts = open.as_ref().and_then(|open| open.desk.count_drafts().ok());
        let off = |code: &str| crate::view::DeviceStatus {
            ready: false,
            reason: Reason::new(code),
            name: None,
        };
        let devices = self.devices.get();
        Status {
            door: self.door(open.is_some()),
            station: PublicPart::load(&self.folder).map(|public| StationName {
                community: public.community,
                name: public.community_name,
            }),
            staff: open.as_ref().map(|open| open.desk.staff.clone()),
            reader: devices.map_or_else(|| off("reader.starting"), |d| d.readers.status()),
            scanner: devices.map_or_else(|| off("scanner.looking"), |d| d.sources.status()),
            line: open
                .as_ref()
                .map_or_else(no_line, |open| open.worker.line()),
            lease: open
                .as_ref()
                .and_then(|open| open.desk.store.lease_status().ok()),
            password_changed: open
                .as_ref()
                .is_some_and(|open| self.is_password_changed(open)),
            substitute: open.as_ref().and_then(|open| open.substitute()),
            unsent_commands: unsent.commands,
            unsent_pages: unsent.pages,
            drafts: drafts.unwrap_or_default(),
            notices: open
                .as_ref()
                .map(|open| storage::notices(open, &self.folder))
                .unwrap_or_default(),
            demo: self.demo,
        }
    }

    fn door(&self, open: bool) -> Door {
        if open {
            return Door::Open;
        }
        let broken = held(&self.broken).clone();
        let door = broken.unwrap_or_else(|| door::look(&self.folder));
        match door {
            Door::Login { people, .. } => Door::Login {
                people,
                last: held(&self.last).clone(),
            },
            other => other,
        }
    }
}

fn no_line() -> LineStatus {
    LineStatus {
        up: false,
        reason: Reason::new("station.locked"),
        last_contact: None,
        next_try: None,
        clock_off_s: None,
    }
}

fn tell_devices(inner: Weak<Inner>) -> Tell {
    Arc::new(move |news| {
        let Some(inner) = inner.upgrade() else {
            return;
        };
        match news {
            News::Status => inner.tell_status(),
            News::Preview(told) => inner.tell(Event::Preview(told)),
            News::Devices => inner.tell(Event::Devices),
            News::Tap(tap) => {
                inner.note_activity();
                inner.tell(Event::Tap(tap));
            }
            News::Scan { percent } => inner.tell(Event::Scan { percent }),
        }
    })
}

fn tell_line(inner: Weak<Inner>) -> sync::worker::Tell {
    Arc::new(move |news| {
        let Some(inner) = inner.upgrade() else {
            return;
        };
        match news {
            sync::News::Status => inner.tell_status(),
            sync::News::Changed => {
                inner.tell(Event::Changed);
                inner.tell_status();
            }
            sync::News::Lease => inner.mind_lease(),
            sync::News::Wipe => inner.wipe(),
            sync::News::Move => inner.move_on(),
        }
    })
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
