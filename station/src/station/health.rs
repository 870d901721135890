//! What a hello says of devices, disk and notices: see [`crate::sync::health`].

use std::collections::BTreeSet;
use std::sync::{Arc, Weak};

use domain::heartbeat::{DeviceTrouble, Disk};

use super::{Inner, held, storage};
use crate::storage::{Places, Room};
use crate::sync::health::{LookAround, Surroundings};
use crate::view::{DeviceKind, DeviceView};

/// Codes of devices that are merely not looked at yet, or switched off by the settings.
const NO_TROUBLE: &[&str] = &[
    "reader.off",
    "reader.starting",
    "scanner.looking",
    "camera.open",
];

/// Looks around for as long as the station is there.
pub(super) fn looking(inner: Weak<Inner>) -> LookAround {
    Arc::new(move || match inner.upgrade() {
        Some(inner) => inner.surroundings(),
        None => Surroundings::default(),
    })
}

impl Inner {
    fn surroundings(&self) -> Surroundings {
        let devices = self.devices.get().map(|devices| devices.list().devices);
        let room = Room::of(&self.folder, &Places::load(&self.folder));
        // Taken for a moment only: who closes the desk waits for the thread that asks.
        let open = held(&self.open).clone();
        let notices = open.map(|open| storage::notices(&open, &self.folder));
        Surroundings {
            devices: missed(&devices.unwrap_or_default()),
            disk: room.map_or_else(
                |_| Disk::default(),
                |room| Disk {
                    free_bytes: room.space.free_bytes,
                    total_bytes: room.space.total_bytes,
                },
            ),
            notices: notices
                .into_iter()
                .flatten()
                .map(|reason| reason.code)
                .collect(),
        }
    }
}

/// One line for each kind of which none can be used. A card that cannot be read is no trouble of the
/// reader's.
fn missed(devices: &[DeviceView]) -> Vec<DeviceTrouble> {
    let works = |kind: DeviceKind| devices.iter().any(|view| view.kind == kind && view.ready);
    let is_trouble = |view: &&DeviceView| {
        let code = view.reason.code.as_str();
        let about_a_card = code.starts_with("card.");
        view.needed
            && !view.ready
            && !works(view.kind)
            && !about_a_card
            && !NO_TROUBLE.contains(&code)
    };
    let told: BTreeSet<_> = devices
        .iter()
        .filter(is_trouble)
        .map(|view| DeviceTrouble {
            kind: name(view.kind).to_owned(),
            code: view.reason.code.clone(),
        })
        .collect();
    told.into_iter().collect()
}

fn name(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::CardReader => "card_reader",
        DeviceKind::Scanner => "scanner",
        DeviceKind::Camera => "camera",
        DeviceKind::Folder => "folder",
        DeviceKind::PhotoDecoder => "photo_decoder",
    }
}

#[cfg(test)]
mod tests {
    use domain::Reason;

    use super::*;

    fn view(kind: DeviceKind, ready: bool, code: &str) -> DeviceView {
        DeviceView {
            id: code.into(),
            kind,
            name: Some("Maker 12345 of Zhang's desk".into()),
            how: None,
            ready,
            needed: true,
            reason: Reason::new(code).with("name", "Maker 12345"),
            last: None,
            preferred: false,
            removable: false,
            testable: false,
        }
    }

    #[test]
    fn only_kinds_without_one_that_works_are_told_and_no_name_with_them() {
        let devices = [
            view(DeviceKind::CardReader, false, "reader.none"),
            view(DeviceKind::Scanner, false, "scanner.jam"),
            view(DeviceKind::Scanner, true, "scanner.ready"),
            view(DeviceKind::Camera, false, "camera.gone"),
            view(DeviceKind::Camera, false, "camera.gone"),
        ];
        let told = serde_json::to_string(&missed(&devices)).unwrap();
        let card_reader = r#"{"kind":"card_reader","code":"reader.none"}"#;
        let camera = r#"{"kind":"camera","code":"camera.gone"}"#;
        assert_eq!(told, format!("[{camera},{card_reader}]"));
    }

    #[test]
    fn a_card_that_cannot_be_read_and_a_search_under_way_are_no_trouble() {
        let devices = [
            view(DeviceKind::CardReader, false, "card.unreadable"),
            view(DeviceKind::Scanner, false, "scanner.looking"),
        ];
        assert_eq!(missed(&devices), []);
    }
}
