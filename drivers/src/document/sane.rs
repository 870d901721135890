//! Scanners through SANE, by the distribution's `scanimage` as a child process.
//!
//! Drivers hang and crash; a child in its own process group can be killed for it, a library
//! cannot. The child is watched by its progress (`job`) and understood by its numeric
//! status (`signal`); its answers are checked, since a scan that ends at once leaves a file
//! with a header only and exit status 0.
//!
//! Pages in flight lie in a private folder, in memory where the system has one.

mod child;
mod job;
mod lines;
mod listing;
mod signal;

use super::{Caps, Job, PaperSource, Settings, Source};
use crate::error::ScanFault;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use listing::Device;

/// Listing asks every driver and the network.
const LIST_LIMIT: Duration = Duration::from_secs(20);
/// Opening a device and asking for its options.
const CAPS_LIMIT: Duration = Duration::from_secs(15);

/// How SANE is reached.
#[derive(Debug, Clone, Default)]
pub struct Sane {
    config: Option<PathBuf>,
    spool: Option<PathBuf>,
    /// What scanners last said they can do, by their names: a job does not ask again.
    known: Arc<Mutex<BTreeMap<String, Caps>>>,
}

impl Sane {
    /// The system's SANE.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// SANE with another folder of configuration, as for training with its virtual scanner.
    #[must_use]
    pub fn with_config(folder: PathBuf) -> Self {
        Self {
            config: Some(folder),
            ..Self::default()
        }
    }

    /// The same, with pages on their way lying in this folder, which is private and empty at start:
    /// what a program that was killed left behind is its owner's to clear.
    #[must_use]
    pub fn spooling_in(self, folder: PathBuf) -> Self {
        Self {
            spool: Some(folder),
            ..self
        }
    }

    /// The scanners there are now. Takes seconds; ends after 20 s with [`ScanFault::Hung`].
    pub fn list(&self) -> Result<Vec<Device>, ScanFault> {
        let mut command = self.command();
        command.arg(format!("--formatted-device-list={}", listing::FORMAT));
        Ok(listing::devices(&child::output(command, LIST_LIMIT)?.text))
    }

    /// A scanner of the list, or [`ScanFault::NoScanner`] when nothing is connected.
    pub fn first(&self) -> Result<Scanner, ScanFault> {
        let device = self
            .list()?
            .into_iter()
            .next()
            .ok_or(ScanFault::NoScanner)?;
        Ok(Scanner {
            listed: true,
            ..self.scanner(&device.id)
        })
    }

    /// A scanner by its SANE name, listed or not.
    #[must_use]
    pub fn scanner(&self, id: &str) -> Scanner {
        Scanner {
            sane: self.clone(),
            id: id.to_string(),
            listed: false,
        }
    }

    fn known(&self) -> MutexGuard<'_, BTreeMap<String, Caps>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn command(&self) -> Command {
        let mut command = Command::new("scanimage");
        // The words of the program, where it has no numbers, stay the same in every country.
        command.env("LC_ALL", "C");
        if let Some(folder) = &self.config {
            command.env("SANE_CONFIG_DIR", folder);
        }
        command
    }
}

/// One scanner.
#[derive(Debug, Clone)]
pub struct Scanner {
    sane: Sane,
    id: String,
    /// Whether it came from a list, so that its absence from one means something.
    listed: bool,
}

impl Scanner {
    /// Its SANE name.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Tells a scanner that is gone from one that fails.
    fn unplugged_or(&self, fault: ScanFault) -> ScanFault {
        let doubtful = matches!(fault, ScanFault::CannotOpen | ScanFault::Transfer);
        if !doubtful || !self.listed {
            return fault;
        }
        match self.sane.list() {
            Ok(devices) if devices.iter().all(|device| device.id != self.id) => {
                ScanFault::Unplugged
            }
            _ => fault,
        }
    }
}

impl Source for Scanner {
    fn caps(&mut self) -> Result<Caps, ScanFault> {
        let mut command = self.sane.command();
        command.args(["--device-name", &self.id, "--all-options"]);
        let output = child::output(command, CAPS_LIMIT)?;
        if output.status != Some(0) {
            return Err(self.unplugged_or(signal::open_fault(&output.errors)));
        }
        let caps = listing::caps(&output.text);
        self.sane.known().insert(self.id.clone(), caps.clone());
        Ok(caps)
    }

    fn start(&mut self, settings: &Settings) -> Result<Box<dyn Job>, ScanFault> {
        let known = self.sane.known().get(&self.id).cloned();
        let caps = known.map_or_else(|| self.caps(), Ok)?;
        let mut command = self.sane.command();
        command.args(["--device-name", &self.id]);
        if let Some((_, word)) = caps
            .sources
            .iter()
            .find(|(kind, _)| *kind == settings.source)
        {
            command.arg(format!("--source={word}"));
        } else if settings.source != PaperSource::Flatbed {
            return Err(ScanFault::Unsupported);
        }
        if let Some((_, word)) = caps.modes.iter().find(|(mode, _)| *mode == settings.mode) {
            command.arg(format!("--mode={word}"));
        }
        let dpi = caps.resolutions.nearest(settings.dpi);
        if let Some(dpi) = dpi {
            command.arg(format!("--resolution={dpi}"));
        }
        for (name, value) in &settings.options {
            command.arg(format!("--{name}={value}"));
        }
        let dpi = dpi.unwrap_or(settings.dpi);
        let scanner = self.clone();
        let judge = Box::new(move |fault| {
            // Something else may be there under the name by now.
            scanner.sane.known().remove(&scanner.id);
            scanner.unplugged_or(fault)
        });
        let spool = self.sane.spool.as_deref();
        let job = job::ScanJob::start(command, settings, dpi, spool, judge)?;
        Ok(Box::new(job))
    }
}
