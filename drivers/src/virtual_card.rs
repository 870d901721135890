//! A card that is not there: content, faults and a tray, served through the real card stack.
//!
//! The way is the one a real card's bytes take: `tray::Tray` → our reader driver (`ifd`) →
//! pcscd (`pcscd::Pcscd`) → PC/SC → [`crate::id_card`]. Used by the demo, for training, and by
//! the tests. A tray stands for one reader; its socket lies in a private folder. Tray and pcscd
//! are not there on Windows.
//!
//! The wire between driver and tray is in [`wire`]; the driver has its own copy of these few
//! lines because it must not depend on anything.

pub(crate) mod answer;
pub mod card;
pub mod module;
#[cfg(unix)]
pub mod pcscd;
pub mod samples;
#[cfg(unix)]
pub mod tray;
pub mod wire;

pub use card::{Card, Faults};
pub use module::Module;
#[cfg(unix)]
pub use pcscd::Pcscd;
#[cfg(unix)]
pub use tray::Tray;

/// How a virtual reader hands over a card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// `FF B0`, the file of 1284 bytes.
    ReadBinary,
    /// A frame per short APDU, answers by GET RESPONSE.
    SdtShort,
    /// A frame per extended APDU.
    SdtExtended,
    /// A frame per SCardControl.
    SdtControl,
    /// A contact reader: the card itself answers, T=0.
    Contact,
    /// A plain contactless reader without a security module: the card itself answers.
    Plain,
}

impl Interface {
    /// Every interface an identity card can be read over.
    pub const ALL: [Self; 4] = [
        Self::ReadBinary,
        Self::SdtShort,
        Self::SdtExtended,
        Self::SdtControl,
    ];
}

/// A virtual reader: its interface and a short name of ASCII letters and digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualReader {
    /// Name, also of its socket; unique among the readers of one pcscd.
    pub name: String,
    /// How it hands over a card.
    pub interface: Interface,
}

impl VirtualReader {
    /// A reader.
    #[must_use]
    pub fn new(name: &str, interface: Interface) -> Self {
        Self {
            name: name.to_string(),
            interface,
        }
    }

    /// The name PC/SC shows, before the numbers pcscd appends; the embedded profiles know it.
    #[must_use]
    pub fn friendly_name(&self) -> String {
        let kind = match self.interface {
            Interface::ReadBinary => "Read Binary",
            Interface::SdtShort => "SDT APDU",
            Interface::SdtExtended => "SDT Long APDU",
            Interface::SdtControl => "SDT Control",
            Interface::Contact => "Contact",
            Interface::Plain => "Plain",
        };
        format!("Yizhan {kind} {}", self.name)
    }
}
