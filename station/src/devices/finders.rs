//! What is looked for, and where: scanners through SANE and on the network, cameras, the watched
//! folder. How each is spoken to is in `drivers`.

use std::path::Path;
use std::sync::Arc;

use drivers::ScanFault;
use drivers::document::escl::Escl;
use drivers::document::escl::pin::{PinFile, Pins};
use drivers::document::folder::{Folder, Then};
use drivers::document::sane::{self, Sane};
use drivers::document::{Source, camera};

use super::chosen::{AddedScanner, Chosen};
use super::sources::{Finder, Found, Reach};
use crate::view::DeviceKind;

/// The certificates that network scanners showed first; another one is refused.
const PINS: &str = "scanner-certificates.json";

/// Scanners that SANE lists.
impl Finder for Sane {
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
                reach: Reach::Pages(Arc::new(move || Ok(Box::new(sane.scanner(&id))))),
            }
        };
        Ok(self.list()?.into_iter().map(found).collect())
    }
}

/// Scanners on the network, added by address.
pub struct Network {
    pins: Arc<dyn Pins>,
}

impl Network {
    /// Certificates are kept in the station's folder.
    pub fn new(folder: &Path) -> Network {
        Network {
            pins: Arc::new(PinFile::new(folder.join(PINS))),
        }
    }

    /// Asks a scanner what it is. Takes up to 20 s; fails with the driver's `scan.…`.
    pub fn ask(&self, address: &str) -> Result<AddedScanner, ScanFault> {
        let mut scanner = Escl::at(address, Arc::clone(&self.pins))?;
        scanner.caps()?;
        let address = scanner.address().to_owned();
        let name = scanner.model().unwrap_or(&address).to_owned();
        Ok(AddedScanner { address, name })
    }
}

impl Finder for Network {
    fn find(&self, chosen: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let found = |added: &AddedScanner| {
            let (pins, address) = (Arc::clone(&self.pins), added.address.clone());
            let open = move || {
                let scanner = Escl::at(&address, Arc::clone(&pins))?;
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

/// Cameras that the system lists.
pub struct Cameras;

impl Finder for Cameras {
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

/// The folder that another program saves pictures into.
pub struct WatchedFolder;

impl Finder for WatchedFolder {
    fn find(&self, chosen: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let found = |path: &std::path::PathBuf| {
            let (name, path) = (path.display().to_string(), path.clone());
            let open = move || {
                let folder = Folder::watch(&path, Then::Stay)?;
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
