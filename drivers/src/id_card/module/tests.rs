//! The steps with a module, against the virtual one.

use super::*;
use crate::virtual_card::{Card, Faults, Module, samples};

/// A virtual module, and what it was asked.
struct Near(Module, Vec<Command>);

impl Sam for Near {
    fn ask(&mut self, command: Command) -> Result<Answer, CardError> {
        self.1.push(command);
        sdt::decode_answer(&self.0.answer(&sdt::encode_request(command)))
    }
}

fn with(card: Card) -> Near {
    let module = Module::new();
    module.lay(card);
    Near(module, Vec::new())
}

fn card(faults: Faults) -> Card {
    let sample = samples::find("citizen").unwrap();
    Card::new(&sample.card).unwrap().with(faults)
}

const ALL: Wanted = Wanted {
    fingerprints: true,
    body_number: true,
};

#[test]
fn fingerprints_and_the_number_of_the_body_are_read_where_they_are_wanted() {
    let mut near = with(card(Faults::default()).with_fingerprints());
    let content = read_present(&mut near, ALL).unwrap();
    assert_eq!(content.fingerprints.map(|f| f.len()), Some(1024));
    assert_eq!(content.body_number.unwrap().to_string().len(), 56);
    assert!(near.1.contains(&Command::ReadBaseFinger));
    assert!(!near.1.contains(&Command::ReadBase));
    let mut near = with(card(Faults::default()).with_fingerprints());
    let plain = read_present(&mut near, Wanted::default()).unwrap();
    assert!(plain.fingerprints.is_none() && plain.body_number.is_none());
    // The raw block, so its hash too, does not depend on what else was read.
    assert_eq!(plain.raw, content.raw);
    assert!(!near.1.contains(&Command::ReadBaseFinger));
    assert!(!near.1.contains(&Command::ReadBodyNumber));
}

#[test]
fn a_card_without_fingerprints_or_photo_is_read_by_the_same_command() {
    let mut near = with(card(Faults::default()));
    assert!(read_present(&mut near, ALL).unwrap().fingerprints.is_none());
    let no_photo = Faults {
        no_photo: true,
        ..Faults::default()
    };
    let mut near = with(card(no_photo).with_fingerprints());
    let content = read_present(&mut near, ALL).unwrap();
    assert_eq!((content.base.photo, content.raw.len()), (None, 260));
    assert!(content.fingerprints.is_some());
}

#[test]
fn a_module_that_knows_no_fingerprints_is_asked_without() {
    let old_module = Faults {
        old_module: true,
        ..Faults::default()
    };
    let mut near = with(card(old_module).with_fingerprints());
    let content = read_present(&mut near, ALL).unwrap();
    assert!(content.fingerprints.is_none() && content.body_number.is_none());
    assert_eq!(content.raw.len(), 1284);
    let at = |command| near.1.iter().position(|asked| *asked == command);
    assert!(at(Command::ReadBaseFinger) < at(Command::ReadBase));
}

#[test]
fn every_failure_of_the_module_ends_the_read_under_its_own_code() {
    for sw3 in sdt::FAILURES {
        let faults = Faults {
            sw3: Some(sw3),
            ..Faults::default()
        };
        let read = read_present(&mut with(card(faults)), Wanted::default());
        match (sw3, read) {
            // No added address is normal, and the tray's fault for 91 says just that.
            (sdt::ABSENT, read) => assert_eq!(read.unwrap().appended_address, None),
            (sw3, read) => assert_eq!(read.err(), Some(sdt::error_of(sw3)), "{sw3:02X}"),
        }
    }
}
