//! What the virtual card answers, byte for byte.

use super::*;
use crate::hostile;
use crate::id_card::sdt::{self, Command};
use crate::virtual_card::{Faults, samples};

const EVERY: [Interface; 6] = [
    Interface::ReadBinary,
    Interface::SdtShort,
    Interface::SdtExtended,
    Interface::SdtControl,
    Interface::Contact,
    Interface::Plain,
];

fn citizen() -> Card {
    Card::new(&samples::find("citizen").unwrap().card).unwrap()
}

/// SW3 and data length of each command in turn.
fn ask(card: Card, commands: &[Command]) -> Vec<(u8, usize)> {
    let mut session = Session::new(card, Interface::SdtControl);
    let answer =
        |command: &Command| match session.control(CONTROL_CODE, &sdt::encode_request(*command)) {
            Outcome::Answer(bytes, _) => {
                let answer = sdt::decode_answer(&bytes).unwrap();
                (answer.sw3, answer.data.len())
            }
            other => panic!("{other:?}"),
        };
    commands.iter().map(answer).collect()
}

#[test]
fn fingerprints_and_the_number_of_the_body_are_answered_and_old_modules_know_neither() {
    use Command::{Find, ReadAppended, ReadBase, ReadBaseFinger, ReadBodyNumber, Select};
    let steps = [Find, Select, ReadBaseFinger, ReadAppended, ReadBodyNumber];
    let found = [(0x9F, 4), (0x90, 8)];
    let rest = |card| ask(card, &steps)[2..].to_vec();
    assert_eq!(ask(citizen(), &steps)[..2], found);
    assert_eq!(rest(citizen()), [(0x90, 1286), (0x91, 0), (0x90, 28)]);
    assert_eq!(
        rest(citizen().with_fingerprints()),
        [(0x90, 2310), (0x91, 0), (0x90, 28)]
    );
    let old = Faults {
        old_module: true,
        ..Faults::default()
    };
    assert_eq!(
        rest(citizen().with(old.clone())),
        [(0x21, 0), (0x91, 0), (0x21, 0)]
    );
    let plain = ask(citizen().with(old), &[Find, Select, ReadBase, Find, Select]);
    assert_eq!(plain[2..], [(0x90, 1284), (0x80, 0), (0x81, 0)]);
}

#[test]
fn a_card_of_another_kind_is_not_found_by_the_module() {
    let social = Card::social(&samples::social()[0].card).unwrap();
    for card in [Card::other(), social] {
        let said = ask(card, &[Command::Find, Command::Select, Command::ReadBase]);
        assert_eq!(said, [(0x80, 0), (0x81, 0), (0x41, 0)]);
    }
}

#[test]
fn hostile_commands_to_a_virtual_card_are_answered() {
    let social = Card::social(&samples::social()[0].card).unwrap();
    let cards = [
        citizen(),
        citizen().with_fingerprints(),
        social,
        Card::other(),
    ];
    let samples = vec![
        vec![0xFF, 0xB0, 0x03, 0x00, 0x00],
        [
            &[0xFF, 0xFE, 0, 0, 10][..],
            &sdt::encode_request(Command::Find),
            &[0],
        ]
        .concat(),
        vec![0x00, 0xB2, 0x09, 0x00, 0x20],
        [&[0x00, 0xA4, 0x04, 0x00, 15][..], &crate::social_card::AID].concat(),
        sdt::encode_request(Command::ReadBase),
    ];
    let made_up = |chance: &mut hostile::Chance| {
        let len = chance.below(300);
        chance.bytes(len)
    };
    hostile::parser(&samples, made_up, 1 << 20, |apdu| {
        for card in &cards {
            for interface in EVERY {
                let mut session = Session::new(card.clone(), interface);
                assert!(session.atr().len() <= 33);
                let _ = session.transmit(apdu);
                let _ = session.control(CONTROL_CODE, apdu);
                let _ = session.transmit(apdu);
            }
        }
    });
}
