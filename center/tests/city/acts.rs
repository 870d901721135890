//! Commands as a counter makes them. Everybody is invented.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Utc};
use domain::case::Page;
use domain::command::Submit;
use domain::identity::Evidence;
use domain::{Act, Command, Division, Document, DocumentKind, Id, Identity, Sex, Staff, id_number};
use uuid::Uuid;

pub fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").unwrap()
}

pub fn identity(name: &str, birth: &str, order: u32) -> Identity {
    let digits = format!("320390{}{order:03}", birth.replace('-', ""));
    let check = id_number::check_character(&digits).unwrap();
    let sex = if order % 2 == 1 {
        Sex::Male
    } else {
        Sex::Female
    };
    Identity {
        document: Document {
            kind: DocumentKind::CitizenCard,
            number: format!("{digits}{check}"),
        },
        name: name.into(),
        latin_name: None,
        sex,
        ethnic: Some("01".into()),
        birth: day(birth),
        address: "江苏省徐州市示范路1号".into(),
        issuer: "示范市公安局".into(),
        valid_from: Some(day("2016-01-01")),
        valid_to: None,
        nationality: None,
    }
}

pub fn command(by: &Staff, act: Act) -> Command {
    Command {
        id: Id(Uuid::now_v7()),
        after: None,
        replaces: None,
        by: by.clone(),
        acted_on: day("2026-11-23"),
        made_at: Utc::now(),
        catalogue: String::new(),
        act,
    }
}

pub fn registration(by: &Staff, identity: Identity) -> Command {
    let answers = [
        ("phone", "13900000000"),
        ("residence", "示范路1号"),
        ("household_type", "10"),
        ("education", "21"),
        ("unemployed_since", "2026-10-31"),
        ("reason", "7"),
        ("declares_unemployed", "yes"),
    ];
    submit(
        by,
        "unemployment_registration",
        identity,
        &answers,
        Vec::new(),
    )
}

pub fn hardship(by: &Staff, identity: Identity, page: Page) -> Command {
    let answers = [
        ("phone", "13900000000"),
        ("residence", "示范路1号"),
        ("category", "B"),
        ("visited_on", "2026-11-20"),
        ("visit_opinion", "情况属实"),
    ];
    submit(by, "hardship_recognition", identity, &answers, vec![page])
}

pub fn page(bytes: &[u8]) -> Page {
    Page {
        material: "household_book".into(),
        sha256: domain::sync::sha256_hex(bytes),
        size_bytes: bytes.len() as u64,
        media_type: "image/jpeg".into(),
    }
}

fn submit(
    by: &Staff,
    business: &str,
    identity: Identity,
    answers: &[(&str, &str)],
    pages: Vec<Page>,
) -> Command {
    let owned = |(k, v): &(&str, &str)| ((*k).to_owned(), (*v).to_owned());
    let act = Act::Submit(Submit {
        business: business.into(),
        community: Division(by.area.0.clone()),
        serial: format!("{}-000001", by.area),
        identity,
        evidence: Evidence::CardRead {
            reader: "TEST 00 00".into(),
            sam_id: None,
            block_sha256: "00".repeat(32),
            read_at: None,
        },
        answers: answers.iter().map(owned).collect::<BTreeMap<_, _>>(),
        changes: Vec::new(),
        pages,
    });
    command(by, act)
}

/// The filing inside a command.
pub fn filing(command: &mut Command) -> &mut Submit {
    match &mut command.act {
        Act::Submit(submit) => submit,
        _ => panic!("no filing"),
    }
}
