//! Files of profiles: the embedded one, and one that support staff lay beside a station's data.
//!
//! A mistake in a file is told with its line and its word, so that it can be put right by
//! telephone.

use super::{Connection, Profiles};
use crate::error::CardError;
use crate::mistake;
use std::path::Path;

/// The profiles shipped with the product.
const EMBEDDED: &str = include_str!("../../../id_card/profiles.toml");
/// The name of a file of the same form, looked for in the folder of a station's data.
pub const BESIDE: &str = "readers.toml";
/// A file with more profiles is a mistake.
const PROFILE_LIMIT: usize = 200;
/// So is a longer file, bytes.
const FILE_LIMIT: u64 = 1 << 20;

impl Profiles {
    /// The profiles shipped with the product.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(EMBEDDED).expect("a test reads the embedded profiles")
    }

    /// What a station uses: the profiles in its folder's [`BESIDE`], if that is there, before the
    /// embedded ones; or, if the file says `instead = true`, without them.
    pub fn beside(folder: &Path) -> Result<Self, CardError> {
        let path = folder.join(BESIDE);
        match path.try_exists() {
            Ok(false) => Ok(Self::embedded()),
            _ => Self::load(&path).map(Self::before_embedded),
        }
    }

    /// Profiles from a file, without the embedded ones.
    pub fn load(path: &Path) -> Result<Self, CardError> {
        let told = |why: String| CardError::ProfilesInvalid { why };
        let file = std::fs::metadata(path).map_err(|error| told(error.to_string()))?;
        if file.len() > FILE_LIMIT {
            return Err(told(format!("longer than {FILE_LIMIT} bytes")));
        }
        let bytes = std::fs::read(path).map_err(|error| told(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let lines = error.as_bytes()[..error.utf8_error().valid_up_to()].iter();
            let line = 1 + lines.filter(|byte| **byte == b'\n').count();
            told(format!("line {line}: not UTF-8"))
        })?;
        Self::parse(&text)
    }

    /// Profiles from the text of such a file.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        // Windows editors begin a file with a byte order mark.
        let text = text.strip_prefix('\u{FEFF}').unwrap_or(text);
        let profiles: Self = toml::from_str(text).map_err(|error| CardError::ProfilesInvalid {
            why: mistake::told(text, error.span(), error.message()),
        })?;
        match profiles.mistake() {
            Some(why) => Err(CardError::ProfilesInvalid { why }),
            None => Ok(profiles),
        }
    }

    pub(super) fn before_embedded(mut self) -> Self {
        if !self.instead {
            let shipped = Self::embedded();
            self.list.extend(shipped.list);
            // A device is looked for once, the way the nearer file says.
            let known = |device: &super::Device| {
                let place = place_of(&device.connection);
                self.devices
                    .iter()
                    .any(|own| place_of(&own.connection) == place)
            };
            let new: Vec<_> = shipped.devices.into_iter().filter(|d| !known(d)).collect();
            self.devices.extend(new);
        }
        self
    }

    /// What no form can rule out.
    fn mistake(&self) -> Option<String> {
        if self.list.len() + self.devices.len() > PROFILE_LIMIT {
            return Some(format!("over {PROFILE_LIMIT} profiles"));
        }
        let mut places: Vec<String> = Vec::new();
        for device in &self.devices {
            if let Connection::Serial { baud, port } = &device.connection {
                if !(1_200..=4_000_000).contains(baud) {
                    return Some(format!("device `{}`: {baud} baud", device.name));
                }
                if port.is_empty() {
                    return Some(format!("device `{}`: no port", device.name));
                }
            }
            let place = place_of(&device.connection);
            if places.contains(&place) {
                return Some(format!("device `{}`: {place} stands twice", device.name));
            }
            places.push(place);
        }
        None
    }
}

/// Where a device is, as one word.
fn place_of(connection: &Connection) -> String {
    match connection {
        Connection::Usb {
            vendor, product, ..
        } => format!("usb {vendor:04x}:{product:04x}"),
        Connection::Serial { port, .. } => format!("port {port}"),
        Connection::Vendor { program, port } => format!("{} port {port}", program.display()),
    }
}
