//! The decider on the real catalogue: the two businesses, complete and incomplete knowledge.

use std::collections::BTreeMap;
use std::path::Path;

use chrono::{NaiveDate, TimeZone, Utc};
use domain::case::{Answers, Page};
use domain::command::{Amend, Decision, RecordEmployment, Review, Settle, Settlement, Submit};
use domain::decide::Verdict;
use domain::evolve::evolve;
use domain::identity::Evidence;
use domain::{
    Act, Case, Catalog, Command, Division, Document, DocumentKind, Id, Identity, Outcome, Seen,
    Sex, Staff, Stage, State, decide, id_number,
};

fn catalog() -> Catalog {
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

fn day(text: &str) -> NaiveDate {
    NaiveDate::parse_from_str(text, "%Y-%m-%d").expect("the tests' own data")
}

fn identity(name: &str, birth: &str, order: u32) -> Identity {
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

const STATION_A: &str = "320302001005";

fn staff(name: &str, area: &str) -> Staff {
    let namespace = Id(uuid::Uuid::NAMESPACE_OID);
    Staff {
        id: namespace.derive(name),
        name: name.into(),
        area: Division(area.into()),
    }
}

fn command(label: &str, by: Staff, act: Act) -> Command {
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

fn answers(pairs: &[(&str, &str)]) -> Answers {
    pairs
        .iter()
        .map(|(k, v)| ((*k).into(), (*v).into()))
        .collect::<BTreeMap<_, _>>()
}

fn registration(label: &str, identity: Identity) -> Command {
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

fn hardship(label: &str, identity: Identity) -> Command {
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

fn submit(
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

fn fold(state: &mut State, command: &Command, catalog: &Catalog) -> Outcome {
    let verdict = decide(state, command, catalog);
    let (outcome, facts) = verdict.into_facts(command.id);
    facts.iter().for_each(|fact| evolve(state, fact));
    outcome
}

fn codes(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Accepted => Vec::new(),
        Outcome::Awaiting { reasons } | Outcome::Rejected { reasons } => {
            reasons.iter().map(|reason| reason.code.clone()).collect()
        }
        Outcome::Held { reason } => vec![reason.code.clone()],
    }
}

#[test]
fn a_registration_is_granted_at_once_by_the_one_who_knows_the_whole_city() {
    let catalog = catalog();
    let mut city = State::empty(true);
    let filed = registration("a", identity("王示范", "1980-05-05", 1));
    assert_eq!(fold(&mut city, &filed, &catalog), Outcome::Accepted);
    assert_eq!(city.cases.items[0].stage, Stage::Granted);
    let standing = city.people.items[0]
        .standing("registered_unemployed")
        .unwrap();
    assert_eq!(standing.since, day("2026-11-23"));
}

#[test]
fn a_station_never_says_granted() {
    let catalog = catalog();
    let mut station = State::empty(false);
    let filed = registration("a", identity("王示范", "1980-05-05", 1));
    let outcome = fold(&mut station, &filed, &catalog);
    assert!(matches!(outcome, Outcome::Awaiting { .. }), "{outcome:?}");
    assert_eq!(station.cases.items[0].stage, Stage::PreAccepted);
}

#[test]
fn more_knowledge_changes_only_what_was_pending() {
    let catalog = catalog();
    let filed = hardship("h", identity("王示范", "1970-05-05", 1));
    let Act::Submit(act) = &filed.act else {
        unreachable!()
    };
    let business = &catalog.businesses["hardship_recognition"];
    let it = domain::decide::Assessment {
        acted_on: filed.acted_on,
        identity: &act.identity,
        answers: &act.answers,
        pages: &act.pages,
        case: filed.id.derive("case"),
    };
    let check = |state: &State| domain::decide::assess(&catalog, business, state, None, &it);
    let (partly, wholly) = (check(&State::empty(false)), check(&State::empty(true)));
    for (before, after) in partly.iter().zip(&wholly) {
        let was_pending = matches!(before.check, domain::Check::Pending { .. });
        assert!(
            was_pending || before == after,
            "{before:?} became {after:?}"
        );
    }
    assert!(partly != wholly);
}

#[test]
fn the_same_person_twice_is_one_person_and_the_second_case_is_refused_with_a_note() {
    let catalog = catalog();
    let mut city = State::empty(true);
    let first = registration("a", identity("王示范", "1980-05-05", 1));
    fold(&mut city, &first, &catalog);
    let second = registration("b", identity("王示范", "1980-05-05", 1));
    let outcome = fold(&mut city, &second, &catalog);
    assert_eq!(codes(&outcome), ["person.already_registered"]);
    assert_eq!(city.people.items.len(), 1);
    let last = city.people.items[0].life.last().unwrap();
    assert_eq!(last.what, domain::person::EventKind::Attempted);
}

#[test]
fn two_names_under_one_number_are_held_and_settled_by_a_person() {
    let catalog = catalog();
    let mut city = State::empty(true);
    let first = registration("a", identity("王示范", "1980-05-05", 1));
    fold(&mut city, &first, &catalog);
    let second = registration("b", identity("李样本", "1980-05-05", 1));
    let held = decide(&city, &second, &catalog);
    assert!(matches!(&held, Verdict::Hold(r) if r.code == "person.name_differs"));
    city.held = Seen::all(vec![second.clone()]);
    let act = Act::Settle(Settle {
        command: second.id,
        how: Settlement::AnotherPerson,
    });
    let settled = command("s", staff("街道甲", "320302001"), act);
    fold(&mut city, &settled, &catalog);
    assert_eq!(city.people.items.len(), 2, "they stay two");
}

#[test]
fn known_employment_with_a_declaration_goes_to_the_street() {
    let catalog = catalog();
    let mut city = State::empty(true);
    let who = identity("王示范", "1980-05-05", 1);
    let job = Act::RecordEmployment(RecordEmployment {
        identity: who.clone(),
        home: Division(STATION_A.into()),
        employer: "示范公司".into(),
        since: day("2025-01-01"),
        until: None,
        source: "用工备案 2026-10-31".into(),
    });
    let import = command("import", staff("市数据中心", "3203"), job);
    fold(&mut city, &import, &catalog);
    let filed = registration("a", who);
    let outcome = fold(&mut city, &filed, &catalog);
    assert_eq!(codes(&outcome), ["person.employed_elsewhere"]);
    assert_eq!(city.cases.items[0].stage, Stage::InReview { step: 0 });
}

fn review(city: &State, label: &str, by: Staff, decision: Decision) -> Command {
    let case = city.cases.items.last().expect("a case");
    let act = Act::Review(Review {
        case: case.id,
        version: case.version,
        decision,
    });
    command(label, by, act)
}

fn hardship_in_review(catalog: &Catalog) -> State {
    let mut city = State::empty(true);
    let who = identity("王示范", "1970-05-05", 1);
    let first = registration("a", who.clone());
    fold(&mut city, &first, catalog);
    city.stored = Seen::all(vec!["ab".repeat(32)]);
    let filed = hardship("h", who);
    let outcome = fold(&mut city, &filed, catalog);
    assert!(matches!(outcome, Outcome::Awaiting { .. }), "{outcome:?}");
    city
}

#[test]
fn street_then_county_grant_a_hardship() {
    let catalog = catalog();
    let mut city = hardship_in_review(&catalog);
    let yes = || Decision::Approve {
        opinion: "同意".into(),
    };
    for (label, by) in [
        ("r1", staff("街道甲", "320302001")),
        ("r2", staff("区县乙", "320302")),
    ] {
        let word = review(&city, label, by, yes());
        let outcome = fold(&mut city, &word, &catalog);
        assert_eq!(outcome, Outcome::Accepted);
    }
    let case: &Case = city.cases.items.last().unwrap();
    assert_eq!(case.stage, Stage::Granted);
    assert!(city.people.items[0].standing("hardship").is_some());
}

#[test]
fn who_may_not_review_is_told_why() {
    let catalog = catalog();
    let city = hardship_in_review(&catalog);
    let mut own = staff("张协理", STATION_A);
    own.area = Division("320302001".into());
    let cases = [
        (own, "review.own_entry"),
        (staff("街道丙", "320302002"), "review.not_yours"),
        (staff("区县乙", "320302"), "review.not_yours"),
    ];
    for (by, code) in cases {
        let word = review(
            &city,
            code,
            by,
            Decision::Approve {
                opinion: String::new(),
            },
        );
        let (outcome, _) = decide(&city, &word, &catalog).into_facts(word.id);
        assert_eq!(codes(&outcome), [code]);
    }
    let mut stale = review(
        &city,
        "stale",
        staff("街道甲", "320302001"),
        Decision::Approve {
            opinion: String::new(),
        },
    );
    if let Act::Review(act) = &mut stale.act {
        act.version += 1;
    }
    let (outcome, _) = decide(&city, &stale, &catalog).into_facts(stale.id);
    assert_eq!(codes(&outcome), ["review.stale"]);
}

#[test]
fn pages_not_yet_stored_keep_a_case_from_every_inbox() {
    let catalog = catalog();
    let mut city = State::empty(true);
    let who = identity("王示范", "1970-05-05", 1);
    let first = registration("a", who.clone());
    fold(&mut city, &first, &catalog);
    let filed = hardship("h", who);
    fold(&mut city, &filed, &catalog);
    assert_eq!(city.cases.items[1].stage, Stage::AwaitingPages { step: 0 });
    let case = city.cases.items[1].id;
    let word = command("p", staff("市数据中心", "3203"), Act::PagesStored { case });
    let early = decide(&city, &word, &catalog).into_facts(word.id).0;
    assert_eq!(codes(&early), ["pages.awaited"]);
    // One that was lost on the way is taken again, and waited for in the place of the first.
    let shown = city.cases.items[1].clone();
    let mut amend = Amend {
        case,
        version: shown.version,
        answers: shown.answers,
        changes: Vec::new(),
        pages: shown.pages,
    };
    amend.pages[0].sha256 = "cd".repeat(32);
    let again = command("t", staff("张协理", STATION_A), Act::Amend(amend));
    assert_eq!(codes(&fold(&mut city, &again, &catalog)), ["pages.awaited"]);
    city.stored = Seen::all(vec!["cd".repeat(32)]);
    fold(&mut city, &word, &catalog);
    assert_eq!(city.cases.items[1].stage, Stage::InReview { step: 0 });
}
