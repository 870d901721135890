//! Tests of the text block. The table places each field by hand, apart from `layout`.

use super::*;
use crate::virtual_card::samples;

/// A block of spaces with texts at byte offsets.
fn block(fields: &[(usize, &str)]) -> [u8; TEXT_LEN] {
    let mut block = [0; TEXT_LEN];
    block.chunks_exact_mut(2).for_each(|unit| unit[0] = 0x20);
    for (at, text) in fields {
        for (n, unit) in text.encode_utf16().enumerate() {
            block[at + 2 * n..at + 2 * n + 2].copy_from_slice(&unit.to_le_bytes());
        }
    }
    block
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

const CITIZEN: &[(usize, &str)] = &[
    (0, "测试员"),
    (30, "2"),
    (32, "01"),
    (36, "19491231"),
    (52, "江苏省徐州市测试路1号"),
    (122, "11010519491231002X"),
    (158, "徐州市公安局测试分局"),
    (188, "20150301"),
    (204, "长期"),
];

#[test]
fn a_citizens_card_is_read_to_its_last_field() {
    let card = decode(&block(CITIZEN)).unwrap();
    assert_eq!(card.kind, Kind::Citizen);
    assert_eq!((card.name.as_str(), card.sex), ("测试员", Sex::Female));
    assert_eq!(card.ethnic_code.as_deref(), Some("01"));
    assert_eq!(
        (card.birth, card.valid_from),
        (day(1949, 12, 31), day(2015, 3, 1))
    );
    assert_eq!(card.address.as_deref(), Some("江苏省徐州市测试路1号"));
    assert_eq!(card.id_number, "11010519491231002X");
    assert_eq!(
        card.issuing_authority.as_deref(),
        Some("徐州市公安局测试分局")
    );
    assert_eq!(card.valid_to, ValidTo::LongTerm);
    assert_eq!(card.raw, block(CITIZEN));
}

#[test]
fn an_old_card_with_a_zero_reserve_is_a_citizens() {
    let mut old = block(CITIZEN);
    old[220..].fill(0);
    assert_eq!(decode(&old).unwrap().kind, Kind::Citizen);
}

#[test]
fn a_residence_permit_has_a_pass_and_a_count_and_no_ethnic_group() {
    let mut fields = CITIZEN.to_vec();
    fields.extend([
        (204, "20300301"),
        (220, "H12345678"),
        (238, "02"),
        (248, "J"),
    ]);
    let card = decode(&block(&fields)).unwrap();
    assert_eq!((card.kind, card.ethnic_code), (Kind::HkMacauTaiwan, None));
    assert_eq!(card.pass_number.as_deref(), Some("H12345678"));
    assert_eq!(card.issue_count.as_deref(), Some("02"));
    assert_eq!(card.valid_to, ValidTo::Date(day(2030, 3, 1)));
}

#[test]
fn a_foreigners_card_of_2017_is_read_to_its_last_field() {
    let card = decode(&block(&[
        (0, "ALEXANDRA MARIA VON SAMPLE"),
        (120, "2"),
        (122, "DEU320390123456"),
        (152, "DEU"),
        (158, "艾样本"),
        (188, "20180101"),
        (204, "20271231"),
        (220, "19800229"),
        (236, "01"),
        (240, "3203"),
        (248, "I"),
    ]))
    .unwrap();
    assert_eq!(card.kind, Kind::Foreigner2017);
    assert_eq!(
        card.english_name.as_deref(),
        Some("ALEXANDRA MARIA VON SAMPLE")
    );
    assert_eq!((card.name.as_str(), card.sex), ("艾样本", Sex::Female));
    assert_eq!(card.id_number, "DEU320390123456");
    assert_eq!(card.nationality.as_deref(), Some("DEU"));
    assert_eq!(
        (card.birth, card.valid_from),
        (day(1980, 2, 29), day(2018, 1, 1))
    );
    assert_eq!(card.card_version.as_deref(), Some("01"));
    assert_eq!(card.issuing_authority.as_deref(), Some("3203"));
}

#[test]
fn a_long_name_of_2023_keeps_the_space_where_it_is_cut() {
    let first = "ABCDEFGHIJ KLMNOPQRST UVWXYZABCDEF";
    assert_eq!(first.len(), 34);
    let card = decode(&block(&[
        (0, "样本"),
        (30, "1"),
        (32, "03"),
        (36, "19900101"),
        (52, first),
        (122, "11010519491231002X"),
        (188, "20240101"),
        (204, "20340101"),
        (220, "LAST NAMES"),
        (242, "CAN"),
        (248, "Y"),
        (250, "OLD"),
    ]))
    .unwrap();
    assert_eq!(card.kind, Kind::Foreigner2023);
    assert_eq!(card.english_name, Some(format!("{first} LAST NAMES")));
    assert_eq!(card.renewal_count.as_deref(), Some("03"));
    assert_eq!(card.nationality.as_deref(), Some("CAN"));
    assert_eq!(card.former_number.as_deref(), Some("OLD"));
    assert_eq!((card.address, card.issuing_authority), (None, None));
}

#[test]
fn sex_follows_the_standard_and_never_guesses_female() {
    for (code, sex) in [
        ("0", Sex::Unknown),
        ("1", Sex::Male),
        ("2", Sex::Female),
        ("9", Sex::NotStated),
    ] {
        let mut fields = CITIZEN.to_vec();
        fields.push((30, code));
        assert_eq!(decode(&block(&fields)).unwrap().sex, sex);
    }
    let mut fields = CITIZEN.to_vec();
    fields.push((30, "7"));
    assert_eq!(decode(&block(&fields)).unwrap().sex, Sex::Unknown);
}

#[test]
fn rare_characters_survive_and_half_a_pair_shows_as_replaced() {
    let mut fields = CITIZEN.to_vec();
    fields.push((0, "𠮷\u{E863}田"));
    let mut bytes = block(&fields);
    assert_eq!(decode(&bytes).unwrap().name, "𠮷\u{E863}田");
    bytes[0..4].copy_from_slice(&[0x42, 0xD8, 0x00, 0x00]);
    let card = decode(&bytes).unwrap();
    assert_eq!(card.name, "\u{FFFD}\u{FFFD}\u{E863}田");
    assert_eq!(card.raw[0..2], [0x42, 0xD8]);
}

#[test]
fn a_blank_or_impossible_date_is_named() {
    let wrong = |at, text| {
        let mut fields = CITIZEN.to_vec();
        fields.push((at, text));
        decode(&block(&fields)).unwrap_err()
    };
    assert_eq!(
        wrong(36, "00000000"),
        CardError::FaultyRead { field: "birth" }
    );
    assert_eq!(
        wrong(188, "        "),
        CardError::FaultyRead {
            field: "valid_from"
        }
    );
    assert_eq!(
        wrong(204, "00000000"),
        CardError::FaultyRead { field: "valid_to" }
    );
    assert_eq!(wrong(36, "19990231"), CardError::BadDate { field: "birth" });
    assert_eq!(
        wrong(204, "2030031 "),
        CardError::BadDate { field: "valid_to" }
    );
    assert_eq!(
        wrong(122, &" ".repeat(18)),
        CardError::FaultyRead { field: "id_number" }
    );
    assert_eq!(
        decode(&[0; TEXT_LEN]).unwrap_err().code(),
        "card.faulty_read"
    );
}

#[test]
fn every_truncation_is_refused() {
    let whole = block(CITIZEN);
    for cut in 0..TEXT_LEN {
        assert_eq!(
            decode(&whole[..cut]).unwrap_err().code(),
            "card.content_length"
        );
    }
}

#[test]
fn every_sample_resident_survives_the_way_to_bytes_and_back() {
    for sample in samples::all() {
        let bytes = encode(&sample.card).unwrap();
        let mut back = decode(&bytes).unwrap();
        back.raw.clear();
        back.appended_address = sample.card.appended_address.clone();
        assert!(back == sample.card, "{}", sample.key);
        let json = serde_json::to_string(&back).unwrap();
        assert!(
            serde_json::from_str::<IdCard>(&json).unwrap() == back,
            "{}",
            sample.key
        );
    }
}

#[test]
fn a_text_that_does_not_fit_is_refused_by_name() {
    let mut card = samples::all().remove(0).card;
    card.name = "长".repeat(16);
    assert_eq!(
        encode(&card),
        Err(CardError::FieldTooLong { field: "name" })
    );
}

/// Blocks of every kind with right dates in their places, and anything elsewhere.
fn made_up(chance: &mut crate::hostile::Chance) -> Vec<u8> {
    const DATES: &[&str] = &[
        "20240229", "20230229", "00000000", "长期", "20300301", "2030 301", "        ", "99991231",
    ];
    const UNITS: &[u16] = &[
        0x20, 0x00, 0x0A, 0xFFFF, 0xFFFE, 0xD842, 0xDFB7, 0xE863, 0x738B, 0x41, 0x200B, 0x202E,
    ];
    let flag = *chance.of(&[" ", "J", "I", "Y", "Z", "\0"]);
    let birth = if flag == "I" { 220 } else { 36 };
    let number = if chance.once_in(8) {
        " "
    } else {
        "11010519491231002X"
    };
    let mut bytes = block(&[(248, flag), (122, number)]);
    for _ in 0..chance.below(60) {
        let at = 2 * chance.below(TEXT_LEN / 2);
        // Dates and flag stay, so that most of these are read to their last field.
        if !(188..220).contains(&at) && at != 248 && !(birth..birth + 16).contains(&at) {
            bytes[at..at + 2].copy_from_slice(&chance.of(UNITS).to_le_bytes());
        }
    }
    for at in [188, 204, birth] {
        let date = if chance.once_in(6) {
            *chance.of(DATES)
        } else {
            DATES[0]
        };
        for (n, unit) in date.encode_utf16().enumerate() {
            bytes[at + 2 * n..at + 2 * n + 2].copy_from_slice(&unit.to_le_bytes());
        }
    }
    bytes.to_vec()
}

#[test]
fn hostile_blocks_never_panic_and_what_is_read_can_be_written_and_shown() {
    let samples: Vec<Vec<u8>> = samples::all()
        .iter()
        .map(|sample| encode(&sample.card).unwrap().to_vec())
        .collect();
    let read = std::cell::Cell::new(0);
    crate::hostile::parser(&samples, made_up, 1 << 16, |bytes| {
        let Ok(card) = decode(bytes) else { return };
        read.set(read.get() + 1);
        // No text of a card may break a line, a page or a log.
        let texts = [
            Some(&card.name),
            card.english_name.as_ref(),
            card.address.as_ref(),
        ];
        for text in texts.into_iter().flatten() {
            assert!(!text.chars().any(char::is_control));
        }
        assert_eq!(card.raw, bytes);
        let again = decode(&encode(&card).unwrap()).unwrap();
        assert!((again.name, again.valid_to) == (card.name, card.valid_to));
    });
    assert!(read.get() > 1_000, "only {} read", read.get());
}

#[test]
fn a_card_does_not_show_itself_in_a_log() {
    let shown = format!("{:?}", decode(&block(CITIZEN)).unwrap());
    assert_eq!(shown, "IdCard { kind: Citizen, .. }");
}
