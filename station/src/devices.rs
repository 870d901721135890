//! The devices at the counter: threads that watch them, what was read, and their state in words.
//!
//! - [`readers`]: card readers, from the monitor's events to taps.
//! - [`sources`]: where pages come from: scanners, cameras, a watched folder; `scan` pulls them.
//! - `capture`: what a camera shows, and pages taken from it; `practice`: a camera drawn by code.
//! - `finders`: what is looked for, and where; [`chosen`]: which of them are used on this computer.
//! - [`photos`]: pictures of the photos on cards, by a program of somebody else's.
//! - `looking`: when they are looked for, and what of what was found stays.
//! - `listed`: the device page and the lines for support; [`plugged`] looks for missing drivers.
//! - [`tray`]: sample cards on a virtual reader, for the demo and training.
//!
//! Nothing here knows the window: what happens is told through a closure.

mod capture;
pub mod chosen;
mod finders;
mod listed;
mod looking;
mod own;
pub mod photos;
pub mod plugged;
pub(crate) mod practice;
mod reader_words;
pub mod readers;
mod scan;
pub mod sources;
pub mod tray;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;
use domain::Identity;
use drivers::document::escl::quirks::Quirks;
#[cfg(unix)]
use drivers::document::sane::Sane;
use drivers::id_card::profile::Profiles;

use crate::error::{Error, Result};
use crate::reading::Reading;
use crate::view::{DeviceView, DevicesView, FoundScanner, PersonPage, PreviewTold, Tap};

use photos::Photos;
pub use readers::Readers;
use sources::Finder;
pub use sources::Sources;
pub use tray::{Demo, DemoTray};

/// Codes of this module, beside those of `drivers`.
pub const CODES: &[&str] = &[
    "camera.closed",
    "camera.not_fetched",
    "camera.nothing_taken",
    "camera.open",
    "camera.pages",
    "camera.ready",
    "card.social_card",
    "device.too_many",
    "folder.not_there",
    "folder.watched",
    "photo.made",
    "photo.no_card",
    "photo.none",
    "photo.ready",
    "reader.card_mute",
    "reader.card_present",
    "reader.card_read",
    "reader.driver_missing",
    "reader.no_security_module",
    "reader.none",
    "reader.off",
    "reader.profiles_left_out",
    "reader.reading",
    "reader.ready",
    "reader.service_stopped",
    "reader.starting",
    "reader.unavailable",
    "scanner.looking",
    "scanner.models_left_out",
    "scanner.none",
    "scanner.pages",
    "scanner.ready",
    "scanner.scanning",
    "tray.not_here",
    "tray.unknown_card",
];

/// What the devices tell; never with a lock held.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// [`Readers::status`] or [`Sources::status`] has changed.
    Status,
    /// What the device page shows has changed.
    Devices,
    /// A card was read, could not be read, or was lifted.
    Tap(Tap),
    /// What the open camera sees.
    Preview(PreviewTold),
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

/// Who is known under a number and a name, by the document seen last; given by the desk while it is
/// open.
pub type KnownAs = Arc<dyn Fn(&str, &str) -> Option<Identity> + Send + Sync>;

/// What devices there are to be.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// Watch card readers.
    pub readers: bool,
    /// Profiles of readers; otherwise those in [`Config::folder`], and the embedded ones.
    pub profiles: Option<PathBuf>,
    /// The card tray (demo and training only).
    pub demo: Option<Demo>,
    /// How scanners are reached.
    #[cfg(unix)]
    pub sane: Sane,
    /// Where the choice of devices is kept; it is not kept otherwise.
    pub folder: Option<PathBuf>,
}

/// All devices of a counter. Dropping it ends their threads.
pub struct Devices {
    /// Card readers. Before the tray: the monitor must not see the service vanish at the end.
    pub readers: Readers,
    /// The photos of cards.
    pub photos: Photos,
    /// Scanners, cameras, the watched folder.
    pub sources: Sources,
    /// The card tray, where there is one.
    pub tray: Option<DemoTray>,
    folder: Option<PathBuf>,
    /// Single models' ways.
    quirks: Quirks,
    /// Files of readers and scanners that were left out.
    left_out: Vec<DeviceView>,
}

impl Devices {
    /// Starts watching. Fails when the demo's tray can't be opened or profiles can't be read.
    pub fn start(config: Config, tell: Tell) -> Result<Devices> {
        let tray = config.demo.as_ref().map(DemoTray::open).transpose()?;
        let mut left_out = Vec::new();
        let profiles = match (&config.profiles, &config.folder) {
            (Some(path), _) => Profiles::load(path).map_err(|error| Error::coded(error.code()))?,
            // A slip in a file of the support staff's must not close the counter.
            (None, Some(folder)) => Profiles::beside(folder).unwrap_or_else(|error| {
                tracing::error!(%error, "the file of readers is left out");
                left_out.push(listed::readers_left_out(&error));
                Profiles::embedded()
            }),
            (None, None) => Profiles::embedded(),
        };
        let quirks = config.folder.as_deref().map(Quirks::beside);
        let quirks = quirks.unwrap_or_else(|| Ok(Quirks::embedded()));
        let quirks = quirks.unwrap_or_else(|error| {
            tracing::error!(%error, "the file of scanners is left out");
            left_out.push(listed::scanners_left_out(&error));
            Quirks::embedded()
        });
        let photos = Photos::new(profiles.photo_decoder().cloned(), Arc::clone(&tell));
        let readers = match config.readers {
            true => Readers::start(profiles, Arc::clone(&tell))?,
            false => Readers::off(Arc::clone(&tell)),
        };
        let network = config.folder.as_deref();
        let network = network.map(|folder| finders::Network::new(folder, quirks.clone()));
        let mut finders: Vec<Box<dyn Finder>> = vec![
            #[cfg(unix)]
            Box::new(config.sane),
            #[cfg(unix)]
            Box::new(finders::Cameras),
            #[cfg(windows)]
            Box::new(finders::wia::Wia),
            Box::<finders::WatchedFolder>::default(),
        ];
        if let Some(network) = network {
            finders.push(Box::new(network));
        }
        if config.demo.is_some() {
            finders.push(Box::new(practice::Practice));
        }
        Ok(Devices {
            readers,
            photos,
            sources: Sources::new(finders, config.folder.clone(), tell),
            folder: config.folder,
            quirks,
            left_out,
            tray,
        })
    }

    /// Adds a scanner on the network, once it has said what it is. Takes up to 20 s.
    pub fn add_scanner(&self, address: &str) -> Result<()> {
        let added = self.network().ask(address);
        let added = added.map_err(|fault| Error::coded(fault.code()))?;
        self.sources.choose(|chosen| {
            chosen.scanners.retain(|one| one.address != added.address);
            chosen.scanners.push(added);
        })
    }

    /// Scanners that announce themselves on the network and are not added yet; none where the
    /// network keeps such announcements away. Takes two seconds.
    pub fn find_scanners(&self) -> Vec<FoundScanner> {
        let added = self.sources.chosen().scanners;
        finders::announced(&added)
    }

    fn network(&self) -> finders::Network {
        let folder = self.folder.as_deref().unwrap_or(std::path::Path::new("."));
        finders::Network::new(folder, self.quirks.clone())
    }

    /// Takes an added scanner away, with the certificate it showed first.
    pub fn remove_scanner(&self, id: &str) -> Result<()> {
        let address = id.strip_prefix("escl:").unwrap_or(id).to_owned();
        let forgotten = self.network().forget(&address);
        forgotten.map_err(|fault| Error::coded(fault.code()))?;
        self.sources
            .choose(|chosen| chosen.scanners.retain(|one| one.address != address))
    }

    /// Every device, for the device page.
    pub fn list(&self) -> DevicesView {
        let mut devices = self.readers.list();
        devices.extend(self.left_out.iter().cloned());
        devices.push(self.photos.view());
        devices.extend(listed::sources(&self.sources));
        let folder = self.sources.chosen().folder;
        DevicesView {
            devices,
            looking: self.sources.is_looking(),
            folder: folder.map(|folder| folder.display().to_string()),
        }
    }

    /// What support asks for, to be copied: names, codes, versions, times; nobody's data.
    pub fn diagnosis(&self) -> String {
        let mut lines = vec![format!(
            "yizhan {} on {} {}, {}",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
            listed::when(Utc::now())
        )];
        lines.extend(self.left_out.iter().map(listed::left_out_line));
        lines.extend(self.readers.diagnosis());
        lines.push(listed::line(&self.photos.view()));
        lines.extend(listed::sources(&self.sources).iter().map(listed::line));
        lines.join("\n")
    }

    /// The tray, or `tray.not_here`.
    pub fn get_tray(&self) -> Result<&DemoTray> {
        self.tray
            .as_ref()
            .ok_or_else(|| Error::coded("tray.not_here"))
    }
}
