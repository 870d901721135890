//! Which reader speaks how: data, so that a new model needs no new program.
//!
//! Not here: files and what is wrong with them (`file`).

mod file;

use super::module::Wanted;
use super::photo::Decoder;
use serde::{Deserialize, Deserializer, de::Error};

pub use file::BESIDE;

/// An ordered list of profiles; the first that fits a reader and a card is used.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profiles {
    /// Use these and not the embedded ones as well.
    #[serde(default)]
    instead: bool,
    #[serde(rename = "profile", default)]
    list: Vec<Profile>,
    #[serde(rename = "device", default)]
    devices: Vec<Device>,
    #[serde(default)]
    photo: Option<Decoder>,
}

/// One kind of PC/SC reader.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name for the device page and the log.
    pub name: String,
    /// Pattern of the reader's name; `*` stands for anything.
    pub reader: String,
    /// What the card's answer to reset must look like.
    pub atr: AtrRule,
    /// How the card is read.
    pub transport: Transport,
    /// Whether the fingerprint block is read.
    #[serde(default)]
    pub fingerprints: bool,
    /// Whether the number of the card's body is read.
    #[serde(default)]
    pub body_number: bool,
}

/// One kind of reader that is not PC/SC, looked for and polled by a thread of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// Name for the device page and the log.
    pub name: String,
    /// Where it is and how it is spoken to.
    pub connection: Connection,
    /// Whether the fingerprint block is read.
    #[serde(default)]
    pub fingerprints: bool,
    /// Whether the number of the card's body is read.
    #[serde(default)]
    pub body_number: bool,
}

/// Where a reader that is not PC/SC is.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Connection {
    /// On USB, by bulk endpoints.
    Usb {
        /// Number of the vendor.
        vendor: u16,
        /// Number of the product.
        product: u16,
        /// Which endpoints carry what.
        #[serde(default)]
        layout: UsbLayout,
        /// With `head_and_body`: the pause between the two parts of a request, milliseconds.
        #[serde(default)]
        pause_ms: u16,
    },
    /// On a serial port, 8 data bits, no parity, 1 stop bit.
    Serial {
        /// The port, `/dev/ttyUSB0`.
        port: String,
        /// Bits a second.
        #[serde(default = "default_baud")]
        baud: u32,
    },
    /// Behind a vendor's library in a program of its own.
    Vendor {
        /// The program.
        program: std::path::PathBuf,
        /// The vendor's number of the port: 1 to 16 serial, 1001 to 1016 USB.
        port: u16,
    },
}

/// How the bulk endpoints of a USB reader are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsbLayout {
    /// Told by the endpoints there are.
    #[default]
    Auto,
    /// One endpoint out and one in carry whole frames.
    OnePair,
    /// The first 7 bytes of a frame go to 02 and come from 81, the rest goes to 06 and comes
    /// from 85.
    HeadAndBody,
}

fn default_baud() -> u32 {
    115_200
}

/// What an ATR must look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtrRule {
    /// Anything.
    Any,
    /// 15 bytes or more, bytes 13 and 14 (from 0) are 90 00.
    Uid9000,
    /// These bytes first.
    Prefix(Vec<u8>),
}

/// How a card is read through PC/SC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Transport {
    /// The reader does the security module's part; `FF B0` reads a file of 1284 bytes.
    ReadBinaryFile,
    /// Each frame of the security module in one APDU.
    SdtOverApdu {
        /// Class byte.
        cla: u8,
        /// Instruction byte.
        ins: u8,
        /// First parameter.
        p1: u8,
        /// Second parameter.
        p2: u8,
        /// Whether frames go in extended APDUs; if not, answers come by GET RESPONSE.
        #[serde(default)]
        extended: bool,
    },
    /// Each frame of the security module in one SCardControl.
    SdtOverControl {
        /// The number given to `CTL_CODE`.
        code: u32,
    },
}

impl Profiles {
    /// The first profile that fits a reader's name and a card's answer to reset.
    #[must_use]
    pub fn find(&self, reader: &str, atr: &[u8]) -> Option<&Profile> {
        self.list
            .iter()
            .find(|profile| matches_pattern(&profile.reader, reader) && profile.atr.fits(atr))
    }

    /// The readers that are not PC/SC.
    #[must_use]
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The program that decodes the photos of cards, if there is one.
    #[must_use]
    pub fn photo_decoder(&self) -> Option<&Decoder> {
        self.photo.as_ref()
    }
}

impl Profile {
    /// What is read beyond text and photo.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        Wanted {
            fingerprints: self.fingerprints,
            body_number: self.body_number,
        }
    }
}

impl Device {
    /// What is read beyond text and photo.
    #[must_use]
    pub fn wanted(&self) -> Wanted {
        Wanted {
            fingerprints: self.fingerprints,
            body_number: self.body_number,
        }
    }
}

impl AtrRule {
    fn fits(&self, atr: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Uid9000 => atr.get(13..15) == Some(&[0x90, 0x00]),
            Self::Prefix(bytes) => atr.starts_with(bytes),
        }
    }
}

impl<'de> Deserialize<'de> for AtrRule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match text.as_str() {
            "any" => return Ok(Self::Any),
            "uid9000" => return Ok(Self::Uid9000),
            _ => {}
        }
        let hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hex || text.len() % 2 != 0 {
            return Err(D::Error::custom("atr: any, uid9000 or hexadecimal digits"));
        }
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).map_err(D::Error::custom);
        (0..text.len())
            .step_by(2)
            .map(byte)
            .collect::<Result<_, _>>()
            .map(Self::Prefix)
    }
}

/// Whether a name fits a pattern of literal parts and `*`.
pub(crate) fn matches_pattern(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let parts: Vec<&str> = rest.split('*').collect();
    let (tail, middle) = parts.split_last().expect("split gives at least one part");
    for part in middle {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests;
