//! What is looked for, and where: scanners through SANE (on Windows WIA, `wia`) and on the network,
//! cameras, the watched folder. How each is spoken to is in `drivers`.

#[cfg(windows)]
pub mod wia;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use drivers::ScanFault;
use drivers::document::Source;
#[cfg(unix)]
use drivers::document::camera;
use drivers::document::escl::discovery::{self, discover};
use drivers::document::escl::pin::{PinFile, Pins};
use drivers::document::escl::quirks::Quirks;
use drivers::document::escl::{self, Escl};
use drivers::document::folder::Folder;
#[cfg(unix)]
use drivers::document::sane::{self, Sane};

use super::chosen::{AddedScanner, Chosen};
use super::sources::{Begin, Finder, Found, Reach};
use crate::view::{DeviceKind, FoundScanner};

/// Those that are awake answer within this.
const LISTEN: Duration = Duration::from_secs(2);
/// The certificates that network scanners showed first, a line each; another one is refused.
const PINS: &str = "scanner-certificates.txt";
/// What that file was called before.
const PINS_BEFORE: &str = "scanner-certificates.json";

/// Scanners that SANE lists.
#[cfg(unix)]
impl Finder for Sane {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Scanner, "sane")
    }

    fn find(&self, _: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let found = |device: sane::Device| {
            let (sane, id) = (self.clone(), device.id.clone());
            Found {
                id: format!("sane:{}", device.id),
                kind: DeviceKind::Scanner,
                name: format!("{} {}", device.vendor, device.model)
                    .trim()
                    .to_owned(),
                how: "sane",
                added: false,
                reach: Reach::Pages(Arc::new(move |_| Ok(Box::new(sane.scanner(&id))))),
            }
        };
        Ok(self.list()?.into_iter().map(found).collect())
    }
}

/// Scanners on the network, added by address.
pub struct Network {
    pins: Arc<dyn Pins>,
    quirks: Quirks,
}

impl Network {
    /// Certificates are kept in the station's folder; `quirks` are single models' ways.
    pub fn new(folder: &Path, quirks: Quirks) -> Network {
        let (pins, before) = (folder.join(PINS), folder.join(PINS_BEFORE));
        if before.exists()
            && !pins.exists()
            && let Err(error) = std::fs::rename(&before, &pins)
        {
            tracing::warn!(%error, "the scanners' certificates cannot be renamed");
        }
        Network {
            pins: Arc::new(PinFile::new(pins)),
            quirks,
        }
    }

    /// Forgets the certificate of a scanner that is taken away: whoever adds it again has looked at
    /// it. Fails with `scan.pin_not_kept`.
    pub fn forget(&self, address: &str) -> Result<(), ScanFault> {
        escl::forget(address, &*self.pins)
    }

    /// Asks a scanner what it is. Takes up to 20 s; fails with the driver's `scan.…`.
    pub fn ask(&self, address: &str) -> Result<AddedScanner, ScanFault> {
        let scanner = Escl::at(address, Arc::clone(&self.pins))?;
        let mut scanner = scanner.with_quirks(self.quirks.clone());
        scanner.caps()?;
        let address = scanner.address().to_owned();
        let name = scanner.model().unwrap_or(&address).to_owned();
        Ok(AddedScanner { address, name })
    }
}

impl Finder for Network {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Scanner, "escl")
    }

    fn find(&self, chosen: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let found = |added: &AddedScanner| {
            let (pins, address) = (Arc::clone(&self.pins), added.address.clone());
            let quirks = self.quirks.clone();
            let open = move |_| {
                let scanner = Escl::at(&address, Arc::clone(&pins))?.with_quirks(quirks.clone());
                Ok(Box::new(scanner) as Box<dyn Source>)
            };
            Found {
                id: format!("escl:{}", added.address),
                kind: DeviceKind::Scanner,
                name: added.name.clone(),
                how: "escl",
                added: true,
                reach: Reach::Pages(Arc::new(open)),
            }
        };
        Ok(chosen.scanners.iter().map(found).collect())
    }
}

/// Scanners that announce themselves, without those that were added.
pub fn announced(added: &[AddedScanner]) -> Vec<FoundScanner> {
    let found = discover(LISTEN).unwrap_or_else(|fault| {
        tracing::info!(code = fault.code(), "no scanners are listened for");
        Vec::new()
    });
    new_ones(found, added)
}

/// One that offers a plain and a secure line is offered with the secure one.
fn new_ones(found: Vec<discovery::Found>, added: &[AddedScanner]) -> Vec<FoundScanner> {
    let is_added = |address: &str| added.iter().any(|one| one.address == address);
    let secure: Vec<String> = found
        .iter()
        .filter(|one| one.address.starts_with("https:"))
        .map(|one| one.name.clone())
        .collect();
    let is_twin =
        |one: &discovery::Found| one.address.starts_with("http:") && secure.contains(&one.name);
    let known: Vec<String> = found
        .iter()
        .filter(|one| is_added(&one.address))
        .map(|one| one.name.clone())
        .collect();
    found
        .into_iter()
        .filter(|one| !is_twin(one) && !known.contains(&one.name))
        .map(|discovery::Found { name, address }| FoundScanner { name, address })
        .collect()
}

/// Cameras that the system lists.
#[cfg(unix)]
pub struct Cameras;

#[cfg(unix)]
impl Finder for Cameras {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Camera, "v4l2")
    }

    fn find(&self, _: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let found = |device: camera::Device| Found {
            id: format!("camera:{} {}", device.bus, device.name),
            kind: DeviceKind::Camera,
            name: device.name.clone(),
            how: "v4l2",
            added: false,
            reach: Reach::Picture(Arc::new(move || {
                Ok(Box::new(camera::Camera::new(device.clone())))
            })),
        };
        Ok(camera::list()?.into_iter().map(found).collect())
    }
}

/// The folder that another program saves pictures into, and how far it was taken.
#[derive(Default)]
pub struct WatchedFolder {
    kept: Arc<Mutex<Option<(PathBuf, Folder)>>>,
}

impl Finder for WatchedFolder {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Folder, "folder")
    }

    fn find(&self, chosen: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let found = |path: &PathBuf| {
            let (name, path) = (path.display().to_string(), path.clone());
            let kept = Arc::clone(&self.kept);
            let open = move |begin| {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let folder = match kept.take().filter(|(known, _)| *known == path) {
                    Some((_, folder)) if begin == Begin::GoOn => folder,
                    _ => Folder::watch(&path)?,
                };
                *kept = Some((path.clone(), folder.clone()));
                Ok(Box::new(folder) as Box<dyn Source>)
            };
            Found {
                id: "folder".into(),
                kind: DeviceKind::Folder,
                name,
                how: "folder",
                added: false,
                reach: Reach::Pages(Arc::new(open)),
            }
        };
        Ok(chosen.folder.iter().map(found).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scanner_is_offered_once_by_its_secure_line_and_not_when_it_is_added() {
        let found = |name: &str, address: &str| discovery::Found {
            name: name.into(),
            address: address.into(),
        };
        let heard = vec![
            found("Added", "http://10.0.0.1/eSCL/"),
            found("Added", "https://10.0.0.1/eSCL/"),
            found("Both", "http://10.0.0.2/eSCL/"),
            found("Both", "https://10.0.0.2/eSCL/"),
            found("Plain", "http://10.0.0.3/eSCL/"),
        ];
        let added = [AddedScanner {
            address: "http://10.0.0.1/eSCL/".into(),
            name: "Added".into(),
        }];
        let offered = new_ones(heard, &added);
        let offered: Vec<_> = offered.iter().map(|one| one.address.as_str()).collect();
        assert_eq!(offered, ["https://10.0.0.2/eSCL/", "http://10.0.0.3/eSCL/"]);
    }
}
