//! Records of a social-security card: good, cut, damaged and made up.

use super::*;
use crate::hostile;
use crate::virtual_card::samples;

fn sample() -> SocialCard {
    samples::social()[0].card.clone()
}

/// The records with one value in place of another.
fn with_value(id: u8, value: &[u8]) -> Vec<u8> {
    let (mut raw, mut rest) = (Vec::new(), &encode(&sample()).unwrap()[..]);
    for item in &ITEMS {
        let (old, after) = split_record(rest, item).unwrap();
        let value = if item.id == id { value } else { old };
        raw.extend([item.id, value.len() as u8]);
        raw.extend_from_slice(value);
        rest = after;
    }
    raw
}

#[test]
fn every_sample_survives_the_bytes() {
    for sample in samples::social() {
        let raw = encode(&sample.card).unwrap();
        assert!(raw.len() <= 13 * 2 + 107, "{}", sample.key);
        assert!(decode(&raw).unwrap() == sample.card, "{}", sample.key);
    }
}

#[test]
fn the_bytes_are_those_of_the_table() {
    let raw = encode(&sample()).unwrap();
    assert_eq!(raw[..5], [0x01, 16, 0x32, 0x03, 0x90]);
    let at = raw.windows(2).position(|pair| pair == [0x09, 30]).unwrap();
    // 王 in GBK.
    assert_eq!(raw[at + 2..at + 4], [0xCD, 0xF5]);
    assert_eq!(raw[raw.len() - 6..], [0x0D, 4, 0x19, 0x88, 0x03, 0x12]);
}

#[test]
fn every_truncation_and_anything_behind_is_refused() {
    let raw = encode(&sample()).unwrap();
    for cut in 0..raw.len() {
        assert!(decode(&raw[..cut]).is_err(), "{cut}");
    }
    assert!(decode(&[&raw[..], &[0]].concat()).is_err());
}

#[test]
fn a_wrong_check_digit_is_refused_and_a_foreigners_number_has_none() {
    let mut wrong = sample().id_number.into_bytes();
    wrong[16] = if wrong[16] == b'9' {
        b'0'
    } else {
        wrong[16] + 1
    };
    let code = |number: &[u8]| decode(&with_value(ID_NUMBER, number)).map_err(|e| e.code());
    assert_eq!(code(&wrong).err(), Some("card.bad_number"));
    let foreign = code(b"CAN320399830421001").unwrap();
    assert_eq!(foreign.id_number, "CAN320399830421001");
}

#[test]
fn what_is_needed_must_be_there_and_the_rest_may_be_missing() {
    let code = |id, value: &[u8]| decode(&with_value(id, value)).map_err(|e| e.code());
    for (id, blank) in [
        (ID_NUMBER, &[0x20; 18][..]),
        (ID_NUMBER, &[]),
        (NAME, &[0; 30]),
        (NAME, &[0xFF; 30]),
    ] {
        assert_eq!(code(id, blank).err(), Some("card.faulty_read"), "{id}");
    }
    for id in [1, 2, 3, 4, 5, 6, 7, 0x0A, 0x0B, 0x0C, 0x0D] {
        assert!(code(id, &[]).is_ok(), "{id}");
    }
    let card = code(0x0D, &[0; 4]).unwrap();
    assert_eq!(card.birth, sample().birth, "from the number");
    assert_eq!(code(0x0B, &[0xFF]).unwrap().ethnic_code, None);
    assert_eq!(code(0x0A, b"7").unwrap().sex, Sex::Unknown);
}

#[test]
fn a_date_that_is_none_is_refused() {
    for wrong in [
        [0x20, 0x25, 0x13, 0x01],
        [0x20, 0x25, 0x02, 0x30],
        [0x2A, 0, 1, 1],
    ] {
        let error = decode(&with_value(0x05, &wrong)).err().map(|e| e.code());
        assert_eq!(error, Some("card.bad_date"), "{wrong:02X?}");
    }
}

#[test]
fn names_come_padded_short_and_damaged() {
    let name = |bytes: &[u8]| decode(&with_value(NAME, bytes)).unwrap().name;
    assert_eq!(name(b"\xCD\xF5\xD1\xF9\xB1\xBE"), "王样本");
    assert_eq!(name(b"\xCD\xF5\x20\x20\x20"), "王");
    assert_eq!(name(b"\xCD\xF5\xFF\xFF"), "王");
    // 𠮷, four bytes of GB 18030.
    assert_eq!(name(b"\x95\x34\xB2\x35"), "𠮷");
    assert_eq!(name(b"\xCD\xF5\xD1"), "王\u{FFFD}");
    assert_eq!(name(b"A\x00B"), "A\u{FFFD}B");
}

#[test]
fn records_of_another_item_or_length_are_refused() {
    let raw = encode(&sample()).unwrap();
    let mut other = raw.clone();
    other[0] = 0x02;
    assert_eq!(
        decode(&other).err().map(|e| e.code()),
        Some("card.wrong_record")
    );
    let mut long = raw.clone();
    long[1] = 15;
    assert_eq!(
        decode(&long).err().map(|e| e.code()),
        Some("card.content_length")
    );
}

#[test]
fn hostile_social_records_are_refused_or_read() {
    let samples: Vec<Vec<u8>> = samples::social()
        .iter()
        .map(|sample| encode(&sample.card).unwrap())
        .collect();
    let made_up = |chance: &mut hostile::Chance| {
        let mut raw = Vec::new();
        for item in &ITEMS {
            let len = match (chance.once_in(8), chance.once_in(8)) {
                (true, _) => 0,
                (_, true) => chance.below(40),
                _ => usize::from(item.len),
            };
            raw.extend([item.id, len as u8]);
            raw.extend(chance.bytes(len));
        }
        raw
    };
    hostile::parser(&samples, made_up, 64 << 10, |bytes| {
        if let Ok(card) = decode(bytes) {
            assert!(!card.name.chars().any(char::is_control));
            assert!(!card.id_number.is_empty() && card.id_number.len() <= 3 * 18);
        }
    });
}
