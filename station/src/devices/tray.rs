//! The card tray of the demo and of training: sample residents' cards, laid on virtual readers: one
//! for identity cards, one with contacts, and a plain one without a security module.
//!
//! The cards travel the real road: tray → virtual reader driver → private pcscd → PC/SC. The
//! program must have been told of that pcscd before its first thread ([`Demo::socket`]), since
//! libpcsclite reads the variable once.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use drivers::VirtualError;
use drivers::virtual_card::samples;
use drivers::virtual_card::{Card, Faults, Interface, Pcscd, Tray, VirtualReader, pcscd};

use crate::error::{Error, Result};
use crate::view::TrayCard;

/// The environment variable by which PC/SC clients find a pcscd.
pub const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";
/// The virtual readers, in the order of [`Place`].
const READERS: [(&str, Interface); 3] = [
    ("counter", Interface::SdtExtended),
    ("contact", Interface::Contact),
    ("plain", Interface::Plain),
];

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
    trays: Vec<Tray>,
    _pcscd: Pcscd,
    inserted: Mutex<Option<String>>,
}

/// Where a card is laid: on which of [`READERS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Counter,
    Contact,
    Plain,
}

/// A card of the tray: whose it is, the card with what is wrong with it, and where it is laid.
struct Offer {
    id: &'static str,
    name: String,
    card: Card,
    place: Place,
}

impl DemoTray {
    /// Opens the tray and starts the pcscd.
    pub fn open(demo: &Demo) -> Result<DemoTray> {
        if std::env::var_os(SOCKET_VARIABLE).as_deref() != Some(demo.socket().as_os_str()) {
            return Err(failed(&VirtualError::Pcscd {
                why: format!("{SOCKET_VARIABLE} does not name the demo's socket"),
            }));
        }
        let readers = READERS.map(|(name, interface)| VirtualReader::new(name, interface));
        let trays = readers.iter().map(|reader| Tray::open(&demo.tray, reader));
        let trays = trays.collect::<std::result::Result<_, _>>();
        let trays = trays.map_err(|error| failed(&error))?;
        let pcscd =
            Pcscd::start(&demo.tray, &demo.driver, &readers).map_err(|error| failed(&error))?;
        Ok(DemoTray {
            trays,
            _pcscd: pcscd,
            inserted: Mutex::new(None),
        })
    }

    /// The cards of the tray.
    pub fn list(&self) -> Vec<TrayCard> {
        let lies_there = self.trays.iter().any(Tray::holds_card);
        let inserted = self.inserted().clone().filter(|_| lies_there);
        let card = |offer: Offer| TrayCard {
            inserted: inserted.as_deref() == Some(offer.id),
            name: offer.name,
            note: offer.id.to_owned(),
            id: offer.id.to_owned(),
        };
        offers().into_iter().map(card).collect()
    }

    /// Lays a card on its reader; one that lies on any is lifted first.
    pub fn insert(&self, id: &str) -> Result<()> {
        let offer = offers().into_iter().find(|offer| offer.id == id);
        let offer = offer.ok_or_else(|| Error::coded("tray.unknown_card"))?;
        for (at, tray) in self.trays.iter().enumerate() {
            match at == offer.place as usize {
                true => tray.insert(offer.card.clone()),
                false => tray.remove(),
            }
        }
        *self.inserted() = Some(id.to_owned());
        Ok(())
    }

    /// Lifts the card.
    pub fn lift(&self) {
        self.trays.iter().for_each(Tray::remove);
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

/// Every sample resident, their social-security cards, and cards that fail.
fn offers() -> Vec<Offer> {
    let mut offers: Vec<Offer> = samples::all()
        .iter()
        .filter_map(|sample| identity(sample.key, sample.key, Place::Counter, Faults::default()))
        .collect();
    let torn = Faults {
        torn: true,
        ..Faults::default()
    };
    let bad_checksum = Faults {
        bad_checksum: true,
        ..Faults::default()
    };
    let not_genuine = Faults {
        sw3: Some(0x32),
        ..Faults::default()
    };
    let psam = Faults {
        status: Some(0x6982),
        ..Faults::default()
    };
    offers.extend(
        [
            social("social_card", "social_card", Faults::default()),
            social("social_rare_name", "social_rare_name", Faults::default()),
            identity("torn", "citizen", Place::Counter, torn),
            identity("bad_checksum", "citizen", Place::Counter, bad_checksum),
            identity("not_genuine", "citizen", Place::Counter, not_genuine),
            social("social_psam", "social_card", psam),
            identity("plain_reader", "citizen", Place::Plain, Faults::default()),
        ]
        .into_iter()
        .flatten(),
    );
    offers.push(Offer {
        id: "bank_card",
        name: String::new(),
        card: Card::other(),
        place: Place::Contact,
    });
    offers
}

/// The identity card of a sample.
fn identity(id: &'static str, sample: &str, place: Place, faults: Faults) -> Option<Offer> {
    let sample = samples::find(sample)?;
    Some(Offer {
        id,
        name: crate::reading::identity(&sample.card).name,
        card: Card::new(&sample.card).ok()?.with(faults),
        place,
    })
}

/// The social-security card of a sample, in the reader with contacts.
fn social(id: &'static str, sample: &str, faults: Faults) -> Option<Offer> {
    let sample = samples::social().into_iter().find(|it| it.key == sample)?;
    Some(Offer {
        id,
        card: Card::social(&sample.card).ok()?.with(faults),
        name: sample.card.name,
        place: Place::Contact,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_of_the_tray_has_its_own_id_and_can_be_made() {
        let offers = offers();
        let ids: std::collections::BTreeSet<_> = offers.iter().map(|offer| offer.id).collect();
        assert_eq!(ids.len(), offers.len());
        // None was left out because it could not be made.
        assert_eq!(
            offers.len(),
            samples::all().len() + samples::social().len() + 6
        );
        for sample in samples::social() {
            assert!(ids.contains(sample.key), "{}", sample.key);
        }
    }

    #[test]
    fn a_place_is_the_reader_of_its_number() {
        for (place, interface) in [
            (Place::Counter, Interface::SdtExtended),
            (Place::Contact, Interface::Contact),
            (Place::Plain, Interface::Plain),
        ] {
            assert_eq!(READERS[place as usize].1, interface, "{place:?}");
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
