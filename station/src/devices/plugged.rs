//! What is plugged into USB that looks like a card reader: when the card service lists none of it,
//! a driver is missing, and that is what a person should be told. Not here: talking to any of it.

use std::path::Path;

/// Where Linux shows what is plugged in.
pub const USB: &str = "/sys/bus/usb/devices";
/// The interface class of card readers that follow the standard (CCID).
const SMART_CARD_CLASS: &str = "0b";
/// Vendor and product of identity-card readers that speak their module's own frames over USB.
const SDT: (&str, &str) = ("0400", "c35a");

/// The names of what looks like a card reader, in the bus's order. Empty where the system has no
/// such folder.
pub fn card_readers(usb: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(usb) else {
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
        let folder = usb.join(&device);
        let by_class = said(&path, "bInterfaceClass") == SMART_CARD_CLASS;
        let by_number = (
            said(&path, "idVendor").as_str(),
            said(&path, "idProduct").as_str(),
        ) == SDT;
        if (by_class || by_number) && found.iter().all(|(known, _)| *known != device) {
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
    fn a_reader_is_known_by_its_class_or_its_numbers_and_a_mouse_is_none() {
        let usb = tempfile::tempdir().unwrap();
        let usb = usb.path();
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
        assert_eq!(card_readers(usb), ["ACS ACR122U", "USB 0400:c35a"]);
        assert!(card_readers(&usb.join("none")).is_empty());
    }
}
