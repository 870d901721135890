//! The devices at the counter: threads that watch them, what was read, and their state in words.
//!
//! - [`readers`]: card readers, from the monitor's events to taps.
//! - [`scanner`]: one page from the scanner, as a job that can be stopped.
//! - [`tray`]: sample cards on a virtual reader, for the demo and training.
//!
//! Nothing here knows the window: what happens is told through a closure.

pub mod readers;
pub mod scanner;
pub mod tray;

use std::path::PathBuf;
use std::sync::Arc;

use drivers::document::sane::Sane;
use drivers::id_card::profile::Profiles;

use crate::error::{Error, Result};
use crate::reading::Reading;
use crate::view::{PersonPage, Tap};

pub use readers::Readers;
pub use scanner::Scanner;
pub use tray::{Demo, DemoTray};

/// Codes of this module, beside those of `drivers`.
pub const CODES: &[&str] = &[
    "card.social_card",
    "reader.card_mute",
    "reader.card_present",
    "reader.no_security_module",
    "reader.none",
    "reader.off",
    "reader.reading",
    "reader.ready",
    "reader.service_stopped",
    "reader.starting",
    "reader.unavailable",
    "scanner.looking",
    "scanner.none",
    "scanner.ready",
    "scanner.scanning",
    "tray.not_here",
    "tray.unknown_card",
];

/// What the devices tell; never with a lock held.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// [`Readers::status`] or [`Scanner::status`] has changed.
    Status,
    /// A card was read, could not be read, or was lifted.
    Tap(Tap),
    /// How far the scan is, percent; `None` while that is not known.
    Scan {
        /// Percent of the page.
        percent: Option<u8>,
    },
}

/// Where news goes.
pub type Tell = Arc<dyn Fn(News) + Send + Sync>;

/// Makes the person page of a reading; given by the desk while it is open.
pub type PageOf = Arc<dyn Fn(&Reading) -> Result<PersonPage> + Send + Sync>;

/// What devices there are to be.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Watch card readers.
    pub readers: bool,
    /// Profiles of readers; the embedded ones otherwise.
    pub profiles: Option<PathBuf>,
    /// The card tray (demo and training only).
    pub demo: Option<Demo>,
    /// How scanners are reached.
    pub sane: Sane,
}

/// All devices of a counter. Dropping it ends their threads.
pub struct Devices {
    /// Card readers. Before the tray: the monitor must not see the service vanish at the end.
    pub readers: Readers,
    /// The scanner.
    pub scanner: Scanner,
    /// The card tray, where there is one.
    pub tray: Option<DemoTray>,
}

impl Devices {
    /// Starts watching. Fails when the demo's tray can't be opened or profiles can't be read.
    pub fn start(config: Config, tell: Tell) -> Result<Devices> {
        let tray = config.demo.as_ref().map(DemoTray::open).transpose()?;
        let profiles = match &config.profiles {
            Some(path) => Profiles::load(path).map_err(|error| Error::coded(error.code()))?,
            None => Profiles::embedded(),
        };
        let readers = match config.readers {
            true => Readers::start(profiles, Arc::clone(&tell))?,
            false => Readers::off(Arc::clone(&tell)),
        };
        Ok(Devices {
            readers,
            scanner: Scanner::new(config.sane, tell),
            tray,
        })
    }

    /// The tray, or `tray.not_here`.
    pub fn get_tray(&self) -> Result<&DemoTray> {
        self.tray
            .as_ref()
            .ok_or_else(|| Error::coded("tray.not_here"))
    }
}
