//! The card tray of the demo and of training: sample residents' cards, laid on a virtual reader.
//!
//! The cards travel the real road: tray → virtual reader driver → private pcscd → PC/SC. The
//! program must have been told of that pcscd before its first thread ([`Demo::socket`]), since
//! libpcsclite reads the variable once.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use drivers::VirtualError;
use drivers::virtual_card::samples::{self, Sample};
use drivers::virtual_card::{Card, Faults, Interface, Pcscd, Tray, VirtualReader, pcscd};

use crate::error::{Error, Result};
use crate::view::TrayCard;

/// The environment variable by which PC/SC clients find a pcscd.
pub const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";
/// The virtual reader's name.
const READER: &str = "counter";

/// Where the demo's tray is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// The private folder of tray and pcscd, absolute.
    pub tray: PathBuf,
    /// The built driver of the virtual reader (`libifd.so`), absolute.
    pub driver: PathBuf,
}

impl Demo {
    /// What [`SOCKET_VARIABLE`] must say.
    pub fn socket(&self) -> PathBuf {
        pcscd::socket_in(&self.tray)
    }
}

/// The tray with its pcscd. Dropping it ends both.
pub struct DemoTray {
    tray: Tray,
    _pcscd: Pcscd,
    inserted: Mutex<Option<String>>,
}

/// A card of the tray: a resident, and what is wrong with the card.
struct Offer {
    id: &'static str,
    sample: Sample,
    faults: Faults,
}

impl DemoTray {
    /// Opens the tray and starts the pcscd.
    pub fn open(demo: &Demo) -> Result<DemoTray> {
        if std::env::var_os(SOCKET_VARIABLE).as_deref() != Some(demo.socket().as_os_str()) {
            return Err(failed(&VirtualError::Pcscd {
                why: format!("{SOCKET_VARIABLE} does not name the demo's socket"),
            }));
        }
        let reader = VirtualReader::new(READER, Interface::SdtExtended);
        let tray = Tray::open(&demo.tray, &reader).map_err(|error| failed(&error))?;
        let pcscd =
            Pcscd::start(&demo.tray, &demo.driver, &[reader]).map_err(|error| failed(&error))?;
        Ok(DemoTray {
            tray,
            _pcscd: pcscd,
            inserted: Mutex::new(None),
        })
    }

    /// The cards of the tray.
    pub fn list(&self) -> Vec<TrayCard> {
        let inserted = self.inserted().clone().filter(|_| self.tray.holds_card());
        let card = |offer: Offer| TrayCard {
            inserted: inserted.as_deref() == Some(offer.id),
            name: crate::reading::identity(&offer.sample.card).name,
            note: offer.id.to_owned(),
            id: offer.id.to_owned(),
        };
        offers().into_iter().map(card).collect()
    }

    /// Lays a card on the reader; one that lies there is lifted first.
    pub fn insert(&self, id: &str) -> Result<()> {
        let offer = offers().into_iter().find(|offer| offer.id == id);
        let offer = offer.ok_or_else(|| Error::coded("tray.unknown_card"))?;
        let card = Card::new(&offer.sample.card).map_err(|error| Error::coded(error.code()))?;
        self.tray.insert(card.with(offer.faults));
        *self.inserted() = Some(id.to_owned());
        Ok(())
    }

    /// Lifts the card.
    pub fn lift(&self) {
        self.tray.remove();
        *self.inserted() = None;
    }

    fn inserted(&self) -> MutexGuard<'_, Option<String>> {
        self.inserted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(error: &VirtualError) -> Error {
    tracing::error!(%error, "the card tray could not be opened");
    Error::coded(error.code())
}

/// Every sample resident, and three cards that fail.
fn offers() -> Vec<Offer> {
    let mut offers: Vec<Offer> = samples::all()
        .into_iter()
        .map(|sample| Offer {
            id: sample.key,
            sample,
            faults: Faults::default(),
        })
        .collect();
    let faulty = [
        (
            "torn",
            Faults {
                torn: true,
                ..Faults::default()
            },
        ),
        (
            "bad_checksum",
            Faults {
                bad_checksum: true,
                ..Faults::default()
            },
        ),
        (
            "not_genuine",
            Faults {
                sw3: Some(0x32),
                ..Faults::default()
            },
        ),
    ];
    if let Some(sample) = samples::find("citizen") {
        offers.extend(faulty.into_iter().map(|(id, faults)| Offer {
            id,
            sample: sample.clone(),
            faults,
        }));
    }
    offers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_of_the_tray_has_its_own_id_and_can_be_made() {
        let offers = offers();
        let ids: std::collections::BTreeSet<_> = offers.iter().map(|offer| offer.id).collect();
        assert_eq!(ids.len(), offers.len());
        for offer in offers {
            assert!(Card::new(&offer.sample.card).is_ok(), "{}", offer.id);
        }
    }

    #[test]
    fn a_tray_that_pcsc_would_not_find_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let demo = Demo {
            tray: folder.path().join("tray"),
            driver: folder.path().join("none"),
        };
        let error = DemoTray::open(&demo).err().unwrap();
        assert_eq!(error.code(), "virtual.pcscd");
        assert!(!demo.tray.exists());
    }
}
