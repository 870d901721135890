//! The four kinds of card as identities, and how long readings are kept.

use chrono::NaiveDate;
use drivers::virtual_card::samples;
use uuid::Uuid;

use super::*;

/// A card as it comes out of a reader: through the bytes.
fn read(key: &str) -> pcsc::Reading {
    let block = text::encode(&samples::find(key).unwrap().card).unwrap();
    pcsc::Reading {
        reader: "Some Reader 00 00".to_owned(),
        profile: "read-binary".to_owned(),
        sam_id: None,
        card: text::decode(&block).unwrap(),
        photo: None,
        raw: Vec::new(),
        taken_at: Instant::now(),
        fingerprints: None,
        body_number: None,
        read_at: std::time::SystemTime::now(),
        exchange_ms: 1,
    }
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn each_kind_of_card_becomes_its_kind_of_identity() {
    use DocumentKind::{CitizenCard, Foreigner2017, Foreigner2023, HkMoTwPermit};
    let long_name = "MAXIMILIAN ALEXANDER SAMPLE OF EXAMPLIAS";
    assert_eq!(long_name.chars().count(), 40);
    // Key, kind, name, Latin name, ethnic group, nationality, has address.
    type Row = (
        &'static str,
        DocumentKind,
        &'static str,
        Option<&'static str>,
        Option<&'static str>,
        Option<&'static str>,
        bool,
    );
    let table: &[Row] = &[
        (
            "citizen",
            CitizenCard,
            "王样本",
            None,
            Some("01"),
            None,
            true,
        ),
        ("hui", CitizenCard, "马样本", None, Some("03"), None, true),
        (
            "rare_name",
            CitizenCard,
            "𠮷\u{E863}𬭎",
            None,
            Some("01"),
            None,
            true,
        ),
        ("hong_kong", HkMoTwPermit, "陈样本", None, None, None, true),
        ("taiwan", HkMoTwPermit, "林样例", None, None, None, true),
        (
            "foreigner_2017",
            Foreigner2017,
            "安娜样本",
            Some("ANNA SAMPLE"),
            None,
            Some("DEU"),
            false,
        ),
        (
            "foreigner_2023",
            Foreigner2023,
            "马克样本",
            Some(long_name),
            None,
            Some("CAN"),
            false,
        ),
        (
            "foreigner_latin",
            Foreigner2023,
            "JO X",
            Some("JO X"),
            None,
            Some("FRA"),
            false,
        ),
    ];
    for (key, kind, name, latin, ethnic, nationality, has_address) in table {
        let identity = identity(&read(key).card);
        assert_eq!(identity.document.kind, *kind, "{key}");
        assert_eq!(identity.name, *name, "{key}");
        assert_eq!(identity.latin_name.as_deref(), *latin, "{key}");
        assert_eq!(identity.ethnic.as_deref(), *ethnic, "{key}");
        assert_eq!(identity.nationality.as_deref(), *nationality, "{key}");
        assert_eq!(!identity.address.is_empty(), *has_address, "{key}");
        assert_eq!(
            identity.document.number,
            samples::find(key).unwrap().card.id_number,
            "{key}"
        );
    }
}

#[test]
fn each_kind_of_card_is_shown_to_its_last_field() {
    let some = |text: &str| Some(text.to_owned());
    let none = DocumentExtras::default();
    let table = [
        ("citizen", none.clone()),
        (
            "hong_kong",
            DocumentExtras {
                masked_pass_number: some("H00****01"),
                issue_count: some("01"),
                ..none.clone()
            },
        ),
        (
            "taiwan",
            DocumentExtras {
                masked_pass_number: some("000***02"),
                issue_count: some("01"),
                ..none.clone()
            },
        ),
        (
            "foreigner_2017",
            DocumentExtras {
                card_version: some("01"),
                ..none.clone()
            },
        ),
        (
            "foreigner_2023",
            DocumentExtras {
                renewal_count: some("01"),
                former_number: some("012"),
                ..none.clone()
            },
        ),
    ];
    for (key, expected) in table {
        let mut card = samples::find(key).unwrap().card;
        if card.kind == Kind::Foreigner2023 {
            card.former_number = some("012");
        }
        let card = text::decode(&text::encode(&card).unwrap()).unwrap();
        assert_eq!(extras(&card), expected, "{key}");
    }
    // It is a file of its own on the card.
    let mut moved = read("moved");
    moved.card.appended_address = some("江苏省徐州市样例区新村路8号");
    let reading = Reading::new(Id(Uuid::nil()), moved);
    let told = reading.extras.appended_address.as_deref();
    assert_eq!(told, Some("江苏省徐州市样例区新村路8号"));
    assert_ne!(told, Some(reading.identity.address.as_str()));
}

#[test]
fn for_ever_has_no_last_day() {
    assert_eq!(identity(&read("long_term").card).valid_to, None);
    let expired = identity(&read("expired").card);
    assert_eq!(expired.valid_to, Some(day(2020, 5, 6)));
    assert!(expired.is_expired_on(day(2020, 5, 7)) && !expired.is_expired_on(day(2020, 5, 6)));
}

#[test]
fn every_sex_of_the_standard_is_kept() {
    let table = [
        (text::Sex::Unknown, Sex::Unknown),
        (text::Sex::Male, Sex::Male),
        (text::Sex::Female, Sex::Female),
        (text::Sex::NotStated, Sex::NotStated),
    ];
    for (on_card, expected) in table {
        let card = IdCard {
            sex: on_card,
            ..samples::find("citizen").unwrap().card
        };
        assert_eq!(identity(&card).sex, expected);
    }
}

#[test]
fn a_check_character_in_lower_case_is_the_same_number() {
    let card = IdCard {
        id_number: "11010519491231002x ".to_owned(),
        ..samples::find("citizen").unwrap().card
    };
    assert_eq!(identity(&card).document.number, "11010519491231002X");
}

#[test]
fn evidence_names_reader_module_and_the_hash_of_the_block() {
    let reading = pcsc::Reading {
        sam_id: Some(drivers::id_card::sdt::SamId([7; 16])),
        ..read("citizen")
    };
    let Evidence::CardRead {
        reader,
        sam_id,
        block_sha256,
        read_at,
    } = evidence(&reading)
    else {
        panic!("a card was read");
    };
    assert_eq!(reader, "Some Reader 00 00");
    assert!(sam_id.is_some_and(|id| !id.is_empty()));
    assert_eq!(block_sha256, domain::sync::sha256_hex(&reading.card.raw));
    let ago = chrono::Utc::now() - read_at.expect("it says when");
    assert!(ago.num_seconds() < 60, "{ago}");
    let moved = pcsc::Reading {
        card: read("moved").card,
        ..reading
    };
    assert_ne!(
        evidence(&moved),
        Evidence::CardRead {
            reader,
            sam_id: None,
            block_sha256,
            read_at,
        }
    );
}

#[test]
fn a_reading_says_nothing_but_its_id_to_a_log() {
    let reading = Reading::new(Id(Uuid::nil()), read("citizen"));
    assert_eq!(format!("{reading:?}"), format!("Reading({})", Uuid::nil()));
}

#[test]
fn the_last_reading_of_a_person_is_found_by_who_they_are() {
    let mut readings = Readings::default();
    for (id, key) in [(1, "citizen"), (2, "moved"), (3, "citizen")] {
        readings.keep(Reading::new(Id(Uuid::from_u128(id)), read(key)));
    }
    let now = Instant::now();
    let mut who = identity(&read("citizen").card);
    let found = |readings: &mut Readings, who: &Identity, at| {
        readings.find_of(who, at).map(|reading| reading.id)
    };
    assert_eq!(
        found(&mut readings, &who, now),
        Some(Id(Uuid::from_u128(1))),
        "the card laid again is the same reading"
    );
    who.name = "另一人".to_owned();
    assert_eq!(
        found(&mut readings, &who, now),
        None,
        "a number alone is not a person"
    );
    let other = identity(&read("moved").card);
    assert_eq!(found(&mut readings, &other, now + READING_LIFE), None);
}

/// A reading of a card that nobody else has.
fn of_another_card(id: Id) -> Reading {
    let mut reading = Reading::new(id, read("citizen"));
    if let Evidence::CardRead { block_sha256, .. } = &mut reading.evidence {
        *block_sha256 = id.to_string();
    }
    reading
}

#[test]
fn a_card_laid_again_is_the_same_reading_and_another_one_is_told_apart() {
    let mut readings = Readings::default();
    let mut lay = |n: u128, key: &str, body: Option<u8>| {
        let body_number = body.map(|byte| BodyNumber([byte; 28]));
        let read = pcsc::Reading {
            body_number,
            reader: format!("reader {n}"),
            ..read(key)
        };
        let kept = readings.keep(Reading::new(Id(Uuid::from_u128(n)), read));
        (kept.0.as_u128(), readings.0.len())
    };
    assert_eq!(lay(1, "citizen", None), (1, 1));
    assert_eq!(lay(2, "citizen", None), (1, 1), "on another reader");
    assert_eq!(lay(3, "woman", None), (3, 2), "swapped");
    assert_eq!(lay(4, "citizen", Some(7)), (1, 2), "after another card");
    assert_eq!(lay(5, "citizen", Some(8)), (5, 3), "a second card of hers");
    let kept = readings.find(Id(Uuid::from_u128(1)), Instant::now());
    let Evidence::CardRead { reader, .. } = kept.unwrap().evidence else {
        panic!("a card was read");
    };
    assert_eq!(reader, "reader 4", "the newest read is the proof");
}

#[test]
fn readings_are_kept_in_limited_number_and_for_a_limited_time() {
    let mut readings = Readings::default();
    let ids: Vec<Id> = (0..=READINGS_LIMIT as u128)
        .map(|n| Id(Uuid::from_u128(n)))
        .collect();
    for id in &ids {
        readings.keep(of_another_card(*id));
    }
    let now = Instant::now();
    assert!(readings.find(ids[0], now).is_none());
    assert!(readings.find(ids[1], now).is_some());
    assert!(
        readings
            .find(ids[READINGS_LIMIT], now + READING_LIFE / 2)
            .is_some()
    );
    assert!(
        readings
            .find(ids[READINGS_LIMIT], now + READING_LIFE)
            .is_none()
    );
    readings.keep(Reading::new(ids[0], read("citizen")));
    readings.clear();
    assert!(readings.find(ids[0], Instant::now()).is_none());
}
