//! What is read beyond text and photo where a profile wants it, over every way SDT frames travel.

use crate::Case;
use crate::rig::{Rig, card};
use drivers::id_card::profile::Profiles;
use drivers::virtual_card::{Faults, Interface, VirtualReader};
use std::path::Path;

pub const CASES: &[Case] = &[(
    "fingerprints_and_body_number_are_read_where_wanted_and_old_modules_do_without",
    fingerprints_and_body_number_are_read_where_wanted_and_old_modules_do_without,
)];

const WANTING: &str = r#"
instead = true

[[profile]]
name = "long"
reader = "Yizhan SDT Long APDU*"
atr = "any"
transport = { kind = "sdt_over_apdu", cla = 0xFF, ins = 0xFE, p1 = 0, p2 = 0, extended = true }
fingerprints = true
body_number = true

[[profile]]
name = "short"
reader = "Yizhan SDT APDU*"
atr = "any"
transport = { kind = "sdt_over_apdu", cla = 0xFF, ins = 0xFE, p1 = 0, p2 = 0 }
fingerprints = true
body_number = true

[[profile]]
name = "control"
reader = "Yizhan SDT Control*"
atr = "any"
transport = { kind = "sdt_over_control", code = 3500 }
fingerprints = true
body_number = true
"#;

fn fingerprints_and_body_number_are_read_where_wanted_and_old_modules_do_without(folder: &Path) {
    let readers = [
        VirtualReader::new("L", Interface::SdtExtended),
        VirtualReader::new("S", Interface::SdtShort),
        VirtualReader::new("C", Interface::SdtControl),
    ];
    let rig = Rig::start_with(folder, &readers, Profiles::parse(WANTING).unwrap());
    let old = Faults {
        old_module: true,
        ..Faults::default()
    };
    let finger_check = Faults {
        sw3: Some(0x37),
        ..Faults::default()
    };
    let printed = || card("moved").with_fingerprints();
    for (at, _) in readers.iter().enumerate() {
        // Without fingerprints on the card, with them, and with a module that knows of neither.
        for (laid, prints, number) in [
            (card("moved"), None, true),
            (printed(), Some(1024), true),
            (printed().with(old.clone()), None, false),
        ] {
            rig.trays[at].swap(laid);
            let reading = rig.wait_card(at);
            let found = reading.fingerprints.as_ref().map(Vec::len);
            assert_eq!(found, prints, "{reading:?}");
            assert_eq!(reading.body_number.is_some(), number, "{reading:?}");
            assert!(reading.card.appended_address.is_some());
            // The same bytes whichever command fetched them.
            assert_eq!(reading.raw.len(), 1284);
        }
        rig.trays[at].remove();
        let said = rig.failure_with(at, printed().with(finger_check.clone()));
        assert_eq!(said, "card.fingerprint_check");
    }
}
