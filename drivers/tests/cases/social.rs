//! Social-security cards, and cards that are of no use, over contacts and over antennas.

use crate::Case;
use crate::rig::{Rig, card, one_of_each, social_card};
use drivers::id_card::monitor::Reading;
use drivers::virtual_card::{Card, Faults, Interface, VirtualReader, samples};
use std::path::Path;
use std::time::Duration;

pub const CASES: &[Case] = &[
    (
        "a_social_card_is_read_over_contacts_and_over_every_antenna",
        a_social_card_is_read_over_contacts_and_over_every_antenna,
    ),
    (
        "what_a_social_card_refuses_is_said_in_words",
        what_a_social_card_refuses_is_said_in_words,
    ),
    (
        "a_plain_reader_is_said_to_have_no_security_module",
        a_plain_reader_is_said_to_have_no_security_module,
    ),
    (
        "a_bank_card_is_a_card_of_another_kind",
        a_bank_card_is_a_card_of_another_kind,
    ),
];

const CONTACT: usize = 0;
const PLAIN: usize = 1;

fn contact_and_plain() -> Vec<VirtualReader> {
    vec![
        VirtualReader::new("C", Interface::Contact),
        VirtualReader::new("P", Interface::Plain),
    ]
}

fn a_social_card_is_read_over_contacts_and_over_every_antenna(folder: &Path) {
    let mut readers = contact_and_plain();
    readers.extend(one_of_each());
    let rig = Rig::start(folder, &readers);
    let mut took_ms = Vec::new();
    for (at, reader) in readers.iter().enumerate() {
        // The reader of SDT frames over control passes nothing on to the card but APDUs.
        let sample = &samples::social()[at % 2];
        rig.trays[at].insert(social_card(at % 2));
        let Reading::Social(reading) = rig.wait_read(at).0 else {
            panic!("not a social-security card");
        };
        assert!(reading.card == sample.card, "{}", reader.friendly_name());
        assert_eq!(reading.card.name, sample.card.name);
        took_ms.push(reading.exchange_ms);
        rig.trays[at].remove();
        rig.wait_removed(at);
    }
    println!("  exchanges_ms={took_ms:?} (the last three first look for an identity card)");
    let numbered = Faults {
        by_number_only: true,
        ..Faults::default()
    };
    rig.trays[CONTACT].insert(social_card(0).with(numbered));
    assert!(matches!(rig.wait_read(CONTACT).0, Reading::Social(_)));
}

fn what_a_social_card_refuses_is_said_in_words(folder: &Path) {
    let rig = Rig::start(folder, &contact_and_plain());
    let status = |status| Faults {
        status: Some(status),
        ..Faults::default()
    };
    for (faults, code) in [
        (status(0x6982), "card.needs_psam"),
        (status(0x6F00), "card.status_unexpected"),
        (
            Faults {
                torn: true,
                ..Faults::default()
            },
            "card.removed",
        ),
        (
            Faults {
                short_frame: true,
                ..Faults::default()
            },
            "card.wrong_record",
        ),
    ] {
        for reader in [CONTACT, PLAIN] {
            let said = rig.failure_with(reader, social_card(0).with(faults.clone()));
            assert_eq!(said, code, "{faults:?} on {reader}");
        }
    }
    let mut content = samples::social()[0].card.clone();
    content.id_number.replace_range(17.., "5");
    let wrong = Card::social(&content).unwrap();
    assert_eq!(rig.failure_with(CONTACT, wrong), "card.bad_number");
    let slow = Faults {
        delay: Duration::from_millis(700),
        ..Faults::default()
    };
    rig.trays[CONTACT].insert(social_card(0).with(slow));
    assert!(rig.wait_read(CONTACT).0.exchange_ms() >= 700);
}

fn a_plain_reader_is_said_to_have_no_security_module(folder: &Path) {
    let rig = Rig::start(folder, &contact_and_plain());
    for status in [None, Some(0x6D00), Some(0x6F00), Some(0x6A82), Some(0x6985)] {
        let faults = Faults {
            status,
            ..Faults::default()
        };
        let said = rig.failure_with(PLAIN, card("citizen").with(faults));
        assert_eq!(said, "card.no_security_module", "{status:04X?}");
    }
}

fn a_bank_card_is_a_card_of_another_kind(folder: &Path) {
    let mut readers = contact_and_plain();
    readers.extend(one_of_each());
    let rig = Rig::start(folder, &readers);
    let codes: Vec<_> = (0..readers.len())
        .map(|at| rig.failure_with(at, Card::other()))
        .collect();
    // Nothing but a contact reader knows that it is no identity card.
    assert_eq!(codes[CONTACT], "card.unknown_type");
    assert_eq!(codes[PLAIN], "card.no_security_module");
    assert_eq!(codes[2], "card.no_security_module", "READ BINARY");
    assert_eq!(codes[3..], ["card.not_found"; 3]);
}
