//! What is plugged into USB that looks like a card reader: when the card service lists none of it,
//! a driver is missing, and that is what a person should be told. Not here: talking to any of it.

use std::path::{Path, PathBuf};

use drivers::id_card::profile::{Connection, Profiles};

/// Where Linux shows what is plugged in.
const FOLDER: &str = "/sys/bus/usb/devices";
/// The interface class of card readers that follow the standard (CCID).
const SMART_CARD_CLASS: &str = "0b";

/// What is plugged in, and how a card reader is told among it.
pub struct Usb {
    folder: PathBuf,
    /// Vendor and product of the readers that are spoken to over USB itself, as the bus writes them.
    models: Vec<(String, String)>,
}

impl Usb {
    /// This computer's.
    pub fn of(profiles: &Profiles) -> Usb {
        Usb::at(Path::new(FOLDER), profiles)
    }

    /// The same in another folder.
    pub fn at(folder: &Path, profiles: &Profiles) -> Usb {
        let model = |connection: &Connection| match connection {
            Connection::Usb {
                vendor, product, ..
            } => Some((format!("{vendor:04x}"), format!("{product:04x}"))),
            Connection::Serial { .. } | Connection::Vendor { .. } => None,
        };
        let devices = profiles.devices().iter();
        Usb {
            folder: folder.to_owned(),
            models: devices
                .filter_map(|device| model(&device.connection))
                .collect(),
        }
    }

    /// The names of what looks like a card reader, in the bus's order. Empty where the system has no
    /// such folder.
    pub fn card_readers(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(&self.folder) else {
            return Vec::new();
        };
        let said = |device: &Path, name: &str| {
            let text = std::fs::read_to_string(device.join(name)).unwrap_or_default();
            text.trim().to_owned()
        };
        let mut found: Vec<(String, String)> = Vec::new();
        for entry in entries.flatten() {
            let own = entry.file_name().to_string_lossy().into_owned();
            let path = entry.path();
            // `1-2` is a device, `1-2:1.0` one of its interfaces.
            let device = own.split(':').next().unwrap_or(&own).to_owned();
            let folder = self.folder.join(&device);
            let by_class = said(&path, "bInterfaceClass") == SMART_CARD_CLASS;
            let model = (said(&path, "idVendor"), said(&path, "idProduct"));
            let is_reader = by_class || self.models.contains(&model);
            if is_reader && found.iter().all(|(known, _)| *known != device) {
                let name = format!(
                    "{} {}",
                    said(&folder, "manufacturer"),
                    said(&folder, "product")
                );
                let name = match name.trim() {
                    "" => format!(
                        "USB {}:{}",
                        said(&folder, "idVendor"),
                        said(&folder, "idProduct")
                    ),
                    name => name.to_owned(),
                };
                found.push((device, name));
            }
        }
        found.sort();
        found.into_iter().map(|(_, name)| name).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plug(usb: &Path, name: &str, says: &[(&str, &str)]) {
        let folder = usb.join(name);
        std::fs::create_dir(&folder).unwrap();
        for (file, text) in says {
            std::fs::write(folder.join(file), format!("{text}\n")).unwrap();
        }
    }

    #[test]
    fn a_reader_is_known_by_its_class_or_a_profiles_numbers_and_a_mouse_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let usb = folder.path();
        plug(usb, "1-1", &[("product", "Mouse"), ("idVendor", "046d")]);
        plug(usb, "1-1:1.0", &[("bInterfaceClass", "03")]);
        plug(
            usb,
            "1-2",
            &[("manufacturer", "ACS"), ("product", "ACR122U")],
        );
        plug(usb, "1-2:1.0", &[("bInterfaceClass", "0b")]);
        plug(usb, "1-2:1.1", &[("bInterfaceClass", "0b")]);
        plug(usb, "1-3", &[("idVendor", "0400"), ("idProduct", "c35a")]);
        plug(usb, "1-4", &[("idVendor", "0316"), ("idProduct", "5020")]);
        plug(usb, "1-5", &[("idVendor", "0316"), ("idProduct", "5021")]);
        let names = |folder: &Path, profiles| Usb::at(folder, &profiles).card_readers();
        assert_eq!(
            names(usb, Profiles::embedded()),
            ["ACS ACR122U", "USB 0400:c35a", "USB 0316:5020"]
        );
        assert_eq!(names(usb, Profiles::default()), ["ACS ACR122U"]);
        assert!(names(&usb.join("none"), Profiles::embedded()).is_empty());
    }
}
