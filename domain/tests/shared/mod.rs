//! What the tests of the decider are made of: the real catalogue, synthetic residents, two forms.

#![allow(dead_code)] // each test crate takes what it needs

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{NaiveDate, TimeZone, Utc};
use domain::case::{Answers, Page};
use domain::command::Submit;
use domain::evolve::evolve;
use domain::identity::Evidence;
use domain::{
    Act, Catalog, Command, Division, Document, DocumentKind, Id, Identity, Outcome, Sex, Staff,
    State, decide, id_number,
};

pub fn catalog() -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
    let mut files = Vec::new();
    for folder in ["businesses", "codes"] {
        for entry in std::fs::read_dir(root.join(folder)).expect("the tests' own data") {
            let path = entry.expect("the tests' own data").path();
            let name = format!(
                "{folder}/{}",
                path.file_name()
                    .expect("the tests' own data")
                    .to_str()
                    .expect("the tests' own data")
            );
            files.push((
                name,
                std::fs::read_to_string(path).expect("the tests' own data"),
            ));
        }
    }
    Catalog::load(&files).expect("the tests' own data")
}

pub fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("the tests' own data")
}

pub fn identity(name: &str, birth: &str, order: u32) -> Identity {
    let digits = format!("320390{}{order:03}", birth.replace('-', ""));
    let number = format!(
        "{digits}{}",
        id_number::check_character(&digits).expect("the tests' own data")
    );
    Identity {
        document: Document {
            kind: DocumentKind::CitizenCard,
            number,
        },
        name: name.into(),
        latin_name: None,
        sex: if order % 2 == 1 {
            Sex::Male
        } else {
            Sex::Female
        },
        ethnic: Some("01".into()),
        birth: day(birth),
        address: "江苏省徐州市示范路1号".into(),
        issuer: "示范市公安局".into(),
        valid_from: Some(day("2016-01-01")),
        valid_to: None,
        nationality: None,
    }
}

pub const STATION_A: &str = "320302001005";

pub fn staff(name: &str, area: &str) -> Staff {
    let namespace = Id(uuid::Uuid::NAMESPACE_OID);
    Staff {
        id: namespace.derive(name),
        name: name.into(),
        area: Division(area.into()),
    }
}

pub fn command(label: &str, by: Staff, act: Act) -> Command {
    Command {
        id: Id(uuid::Uuid::NAMESPACE_URL).derive(label),
        after: None,
        replaces: None,
        by,
        acted_on: day("2026-11-23"),
        made_at: Utc
            .with_ymd_and_hms(2026, 11, 23, 9, 0, 0)
            .single()
            .expect("the tests' own data"),
        catalogue: String::new(),
        act,
    }
}

pub fn answers(pairs: &[(&str, &str)]) -> Answers {
    pairs
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect::<BTreeMap<_, _>>()
}

pub fn registration(label: &str, identity: Identity) -> Command {
    let form = answers(&[
        ("phone", "13900000000"),
        ("residence", "示范路1号"),
        ("household_type", "10"),
        ("education", "21"),
        ("unemployed_since", "2026-10-31"),
        ("reason", "7"),
        ("declares_unemployed", "yes"),
    ]);
    submit(
        label,
        "unemployment_registration",
        identity,
        form,
        Vec::new(),
    )
}

pub fn hardship(label: &str, identity: Identity) -> Command {
    let form = answers(&[
        ("phone", "13900000000"),
        ("residence", "示范路1号"),
        ("category", "B"),
        ("visited_on", "2026-11-20"),
        ("visit_opinion", "情况属实"),
    ]);
    let page = Page {
        material: "household_book".into(),
        sha256: "ab".repeat(32),
        size_bytes: 1000,
        media_type: "image/jpeg".into(),
    };
    submit(label, "hardship_recognition", identity, form, vec![page])
}

pub fn submit(
    label: &str,
    business: &str,
    identity: Identity,
    answers: Answers,
    pages: Vec<Page>,
) -> Command {
    let act = Act::Submit(Submit {
        business: business.into(),
        community: Division(STATION_A.into()),
        serial: format!("{STATION_A}-000001"),
        identity,
        evidence: Evidence::CardRead {
            reader: "TEST 00 00".into(),
            sam_id: None,
            block_sha256: "00".repeat(32),
            read_at: None,
        },
        answers,
        changes: Vec::new(),
        pages,
    });
    command(label, staff("张协理", STATION_A), act)
}

pub fn fold(state: &mut State, command: &Command, catalog: &Catalog) -> Outcome {
    let verdict = decide(state, command, catalog);
    let (outcome, facts) = verdict.into_facts(command.id);
    facts.iter().for_each(|fact| evolve(state, fact));
    outcome
}

pub fn codes(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Accepted => Vec::new(),
        Outcome::Awaiting { reasons } | Outcome::Rejected { reasons } => {
            reasons.iter().map(|reason| reason.code.clone()).collect()
        }
        Outcome::Held { reason } => vec![reason.code.clone()],
    }
}
