//! A social-security card read from the virtual one, each way it answers.

use super::*;
use crate::hostile;
use crate::virtual_card::{Card, Faults, Interface, answer, samples};

/// The virtual card without a reader, and what it was asked.
struct Direct(answer::Session, Vec<Vec<u8>>);

impl Direct {
    fn new(faults: Faults, interface: Interface) -> Self {
        let card = Card::social(&samples::social()[0].card).unwrap();
        Self(answer::Session::new(card.with(faults), interface), vec![])
    }
}

impl Exchange for Direct {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.1.push(apdu.to_vec());
        match self.0.transmit(apdu) {
            answer::Outcome::Answer(bytes, _) => Ok(bytes),
            _ => Err(CardError::Removed),
        }
    }
    fn control(&mut self, _: u32, _: &[u8]) -> Result<Vec<u8>, CardError> {
        Err(CardError::NoSecurityModule)
    }
}

/// Answers from a function.
struct Odd<F>(F, usize);

impl<F: FnMut(&[u8]) -> Vec<u8>> Exchange for Odd<F> {
    fn transmit(&mut self, apdu: &[u8]) -> Result<Vec<u8>, CardError> {
        self.1 += 1;
        Ok((self.0)(apdu))
    }
    fn control(&mut self, _: u32, _: &[u8]) -> Result<Vec<u8>, CardError> {
        Err(CardError::NoSecurityModule)
    }
}

fn read_card(link: &mut dyn Exchange) -> Result<Option<crate::social_card::Reading>, CardError> {
    crate::social_card::read(link, "r", std::time::Instant::now())
}

#[test]
fn a_card_is_read_over_contacts_and_over_the_antenna() {
    let want = samples::social()[0].card.clone();
    for interface in [Interface::Contact, Interface::Plain] {
        let mut link = Direct::new(Faults::default(), interface);
        let reading = read_card(&mut link).unwrap().unwrap();
        assert!(reading.card == want, "{interface:?}");
    }
}

#[test]
fn a_card_that_knows_records_by_number_only_is_read_by_number() {
    let faults = Faults {
        by_number_only: true,
        ..Faults::default()
    };
    let mut link = Direct::new(faults, Interface::Contact);
    assert!(read_card(&mut link).unwrap().is_some());
    assert!(link.1.contains(&vec![0x00, 0xB2, 0x07, 0x2C, 0x0B]));
    assert!(link.1.contains(&vec![0x00, 0xB2, 0x02, 0x34, 0x00]));
}

#[test]
fn a_card_that_wants_a_psam_is_said_to_want_one_and_other_words_come_by_their_code() {
    let code_of = |status| {
        let faults = Faults {
            status: Some(status),
            ..Faults::default()
        };
        let read = read_card(&mut Direct::new(faults, Interface::Contact));
        read.err().map(|error| error.code())
    };
    assert_eq!(code_of(0x6982), Some("card.needs_psam"));
    assert_eq!(code_of(0x6F00), Some("card.status_unexpected"));
    assert_eq!(code_of(0x6283), Some("card.status_unexpected"));
    assert_eq!(code_of(0x6A83), Some("card.faulty_read"));
}

#[test]
fn a_card_without_the_application_is_none_whatever_it_says() {
    for status in [0x6A82u16, 0x6D00, 0x6E00, 0x6F00, 0x6985, 0x6283] {
        let mut link = Odd(|_: &[u8]| status.to_be_bytes().to_vec(), 0);
        assert!(read_card(&mut link).unwrap().is_none(), "{status:04X}");
        assert_eq!(link.1, 1);
    }
}

#[test]
fn a_record_cut_short_grown_or_of_another_item_is_refused() {
    let record = |answer: &'static [u8]| {
        move |apdu: &[u8]| match apdu[1] {
            0xB2 => answer.to_vec(),
            _ => vec![0x90, 0x00],
        }
    };
    for (answer, code) in [
        (&b"\x01\x10\x32\x03\x90\x00"[..], "card.frame_truncated"),
        (b"\x90\x00", "card.frame_truncated"),
        (b"\x90", "card.frame_truncated"),
        (b"", "card.frame_truncated"),
        (b"\x02\x0142\x90\x00", "card.wrong_record"),
        (b"\x01\x00\x00\x90\x00", "card.content_length"),
    ] {
        let error = read_card(&mut Odd(record(answer), 0)).err();
        assert_eq!(error.map(|e| e.code()), Some(code), "{answer:02X?}");
    }
}

#[test]
fn a_card_that_chains_for_ever_is_stopped() {
    for endless in [[0x61, 0x00], [0x6C, 0x10]] {
        let mut link = Odd(|_: &[u8]| endless.to_vec(), 0);
        let _ = read_card(&mut link);
        assert!(link.1 <= CHAIN_LIMIT, "{}", link.1);
        let wait = |apdu: &[u8]| match apdu[1] {
            0xA4 => vec![0x90, 0x00],
            _ => endless.to_vec(),
        };
        let mut link = Odd(wait, 0);
        let error = read_card(&mut link).err();
        assert_eq!(error.map(|e| e.code()), Some("card.frame_length"));
        assert!(link.1 <= 3 * CHAIN_LIMIT, "{}", link.1);
    }
}

/// A card that answers nonsense never gets more than some hundred questions, and no panic.
#[test]
fn hostile_social_answers_end_the_reading() {
    let samples = vec![b"\x90\x00\x61\x10\x6C\x12\x6A\x86".to_vec()];
    let made_up = |chance: &mut hostile::Chance| {
        let len = 1 + chance.below(400);
        chance.bytes(len)
    };
    hostile::parser(&samples, made_up, 64 << 10, |bytes| {
        let mut at = 0;
        let answer = |apdu: &[u8]| {
            let byte = |at: usize| bytes.get(at % bytes.len().max(1)).copied().unwrap_or(0);
            at += 3;
            let word = match byte(at) % 6 {
                0 | 1 => [0x90, 0x00],
                2 => [0x61, byte(at + 1)],
                3 => [0x6C, byte(at + 1)],
                4 => [0x6A, 0x86],
                _ => [byte(at + 1), byte(at + 2)],
            };
            let mut answer = match apdu[1] {
                0xB2 => vec![apdu[2], apdu[4].saturating_sub(2)],
                _ => vec![],
            };
            answer.extend((0..usize::from(byte(at + 2) % 64)).map(|more| byte(at + more)));
            answer.extend(word);
            answer
        };
        let mut link = Odd(answer, 0);
        let _ = read_card(&mut link);
        assert!(link.1 <= CHAIN_LIMIT * (1 + 4 + 2 * 13), "{}", link.1);
    });
}
