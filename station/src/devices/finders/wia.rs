//! Never compiled for Windows and never run: the scanners that Windows lists, where SANE stands elsewhere.

use std::sync::Arc;

use drivers::ScanFault;
use drivers::document::wia::{self, Scanner};

use super::super::chosen::Chosen;
use super::super::sources::{Finder, Found, Reach};
use crate::view::DeviceKind;

/// Scanners through Windows Image Acquisition.
pub struct Wia;

impl Finder for Wia {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Scanner, "wia")
    }

    fn find(&self, _: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let found = |device: wia::Device| Found {
            id: format!("wia:{}", device.id),
            kind: DeviceKind::Scanner,
            name: device.name,
            how: "wia",
            added: false,
            reach: Reach::Pages(Arc::new(move |_| Ok(Box::new(Scanner::new(&device.id))))),
        };
        Ok(wia::list()?.into_iter().map(found).collect())
    }
}
