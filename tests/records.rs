//! Records are corrected at the centre and at the counter, and every station that has them follows.

use domain::division::Level;
use domain::person::EventKind;
use domain::{Division, Id, Stage, id_number};
use drivers::id_card::text::IdCard;
use drivers::virtual_card::samples;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use station::view::{CaseStanding, PersonPage};
use tests::city::{COMMUNITY, City, FAR, NEIGHBOUR};
use tests::console::Reviewer;
use tests::desk::{Desk, HARDSHIP, REGISTRATION};

#[test]
fn one_of_two_values_is_chosen_at_the_counter_without_a_line_and_holds_everywhere() {
    let city = City::open();
    let (home, other) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    register(&home, &card("moved"));
    let tapped = other.tap("moved");
    let mut answers = HARDSHIP.to_vec();
    answers[0] = ("phone", "13900000009");
    other.file(
        "hardship_recognition",
        &tapped,
        &answers,
        &["household_book"],
    );
    let open = until(&home, "moved", "both values are here", |page| {
        !page.conflicts.is_empty()
    });
    let person = open.person.expect("a record");

    city.line.cut();
    let seen = ["13900000000".to_owned(), "13900000009".to_owned()];
    let settled = home.station.settle_answer(person, "phone", &seen[1], &seen);
    let settled = settled.expect("it is chosen");
    assert_eq!(settled.known["phone"], seen[1]);
    assert_eq!(settled.conflicts, []);
    assert_eq!(settled.life[0].what, EventKind::AnswerSettled);
    let view = home.station.get_sync().expect("the sync page");
    assert_eq!(view.conflicts_total, 0);
    let item = &view.waiting.items[0];
    assert_eq!(item.settles.as_deref(), Some("phone"));
    assert_eq!(
        (item.case, item.name.as_str()),
        (person, settled.face.name.as_str())
    );
    let again = home.station.settle_answer(person, "phone", &seen[0], &seen);
    let refused = again.expect_err("it is settled");
    assert_eq!(refused.reason.code, "answer.settled_meanwhile");
    // It survives a restart, and an older copy of the neighbours' follows when the line is back.
    let home = home.restart();
    assert_eq!(home.tap("moved").known["phone"], seen[1]);
    city.line.restore();
    home.station.send_now().expect("it tries");
    let theirs = until(&other, "moved", "the neighbours know", |page| {
        page.conflicts.is_empty() && page.known.get("phone") == Some(&seen[1])
    });
    assert!(
        theirs
            .life
            .iter()
            .any(|e| e.what == EventKind::AnswerSettled)
    );
    tests::eventually("nothing waits", || home.has_sent_everything().then_some(()));
    let audit = home.station.get_audit(tests::today()).expect("the audit");
    let kinds: Vec<_> = audit.lines.iter().map(|line| line.kind.as_str()).collect();
    assert!(kinds.contains(&"answer.settled"), "{kinds:?}");
}

#[test]
fn a_corrected_number_leads_to_the_same_person_and_so_does_the_old_card() {
    let city = City::open();
    let (home, other) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    let old = card("moved");
    register(&home, &old);
    let person = home.tap_card(&old).person.expect("a record");
    let new = other_number(&old, 777);
    let wish = json!({ "correction": "renumber", "kind": "citizen_card", "birth": null,
        "number": new.id_number, "reason": "派出所更正" });

    let street = city.reviewer("street");
    let found = find(&street, &old.id_number);
    assert_eq!(found[0]["person"], json!(person));
    assert!(!found.to_string().contains(&old.id_number), "masked");
    let (status, body) = correct(&street, person, &wish);
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(reasons(&body), ["record.not_yours"]);

    // The neighbours are cut off, and file by the old card meanwhile.
    city.line.cut();
    let filed = other.file(
        "hardship_recognition",
        &other.tap_card(&old),
        HARDSHIP,
        &["household_book"],
    );
    let (status, body) = correct(&city.reviewer("county"), person, &wish);
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    city.line.restore();

    let page = until_card(&home, &new, "the new number is known", |page| {
        page.person == Some(person)
    });
    assert_eq!(
        page.life
            .iter()
            .filter(|e| e.what == EventKind::Renumbered)
            .count(),
        1
    );
    assert_eq!(
        home.tap_card(&old).person,
        Some(person),
        "the old card leads there"
    );
    other.until(filed.case, |standing| {
        matches!(standing, CaseStanding::Centre { stage: Stage::InReview { .. }, pending }
            if pending.iter().any(|reason| reason.code == "identity.former_number"))
    });
    assert_eq!(city.counts().0, 1, "one person");
    let theirs = until_card(&other, &new, "the neighbours know them", |page| {
        page.person == Some(person)
    });
    assert_eq!(theirs.cases.len(), 2);
    let rows = other
        .station
        .search_people(&new.id_number)
        .expect("a search")
        .rows;
    assert_eq!(rows.len(), 1);
    // Whoever corrects what is corrected is told so.
    let (_, body) = correct(&city.reviewer("county"), person, &wish);
    assert_eq!(reasons(&body), ["renumber.same"]);
}

#[test]
fn two_records_of_one_person_become_one_at_both_stations() {
    let city = City::open();
    let (home, other) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    let first = card("moved");
    let second = other_number(&first, 778);
    let a = register(&home, &first);
    let b = register(&other, &second);
    let keep = home.tap_card(&first).person.expect("a record");
    let gone = other.tap_card(&second).person.expect("a record");
    let county = city.reviewer("county");
    let wish = json!({ "correction": "merge", "gone": gone, "reason": "同一人，号码曾录错" });
    let (status, body) = correct(&county, keep, &wish);
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    for (desk, other_case) in [(&home, b), (&other, a)] {
        for card in [&first, &second] {
            let page = until_card(desk, card, "the record is one", |page| {
                page.person == Some(keep) && page.cases.len() == 2
            });
            assert!(page.cases.iter().any(|row| row.case == other_case));
        }
        let rows = desk
            .station
            .search_people(&first.name)
            .expect("a search")
            .rows;
        assert_eq!(rows.len(), 1, "the second record is found no more");
        // Whoever still has the second record open reads the first.
        let page = desk.station.get_person(gone);
        if let Ok(page) = page {
            assert_eq!(page.person, Some(keep));
        }
    }
    let seen = county.get(&format!("/api/records/{gone}"));
    assert_eq!(seen["person"]["id"], json!(keep));
    assert_eq!(seen["person"]["formerly"].as_array().map(Vec::len), Some(1));
    assert!(!seen.to_string().contains(&second.id_number), "masked");
    // Both phones and both standings are there; asking again by the second card is refused.
    let again = other.file(
        "unemployment_registration",
        &other.tap_card(&second),
        REGISTRATION,
        &[],
    );
    other.until(again.case, |standing| {
        matches!(standing, CaseStanding::Answered { .. })
    });
    assert_eq!(city.counts().0, 2, "the second one is kept as what it was");
}

#[test]
fn a_case_that_is_somebody_elses_leaves_with_its_standing() {
    let city = City::open();
    let home = city.desk(COMMUNITY);
    let first = card("moved");
    let case = register(&home, &first);
    let person = home.tap_card(&first).person.expect("a record");
    let second = other_number(&first, 779);
    let wish = json!({ "correction": "split", "cases": [case], "kind": "citizen_card",
        "number": second.id_number, "name": second.name, "birth": null,
        "reason": "录在了同名人名下" });
    let (status, body) = correct(&city.reviewer("county"), person, &wish);
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    let theirs = until_card(&home, &second, "the other one has a record", |page| {
        page.person.is_some()
    });
    assert_ne!(theirs.person, Some(person));
    assert_eq!(theirs.cases[0].case, case);
    assert!(theirs.standings.contains_key("registered_unemployed"));
    let page = home.tap_card(&first);
    assert_eq!((page.cases.len(), page.standings.len()), (0, 0));
    assert_eq!(page.life[0].what, EventKind::RecordSplit);
    // The first may register now: what stood in the way was not theirs.
    let registered = register(&home, &first);
    assert_eq!(home.case(registered).person, Some(person));
}

#[test]
fn who_moves_is_whole_at_the_new_community_and_leaves_the_old_one() {
    let city = City::open();
    let (home, other) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    let who = card("moved");
    let case = register(&home, &who);
    let person = home.tap_card(&who).person.expect("a record");
    let hardship = home.file(
        "hardship_recognition",
        &home.tap_card(&who),
        HARDSHIP,
        &["household_book"],
    );
    home.until(hardship.case, in_review);
    let street = city.reviewer("street");
    let homes = street.get(&format!("/api/records/homes?search={NEIGHBOUR}"));
    assert_eq!(homes[0]["code"], json!(NEIGHBOUR));
    let wish = json!({ "correction": "move", "home": NEIGHBOUR, "reason": "迁居" });
    let (status, body) = correct(&street, person, &wish);
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    let page = until_card(&other, &who, "the new community has the record", |page| {
        page.cases.len() == 2
    });
    assert!(page.standings.contains_key("registered_unemployed"));
    // Something still runs where they come from: that station goes on with it to its end.
    for reviewer in ["street", "county"] {
        let reviewer = city.reviewer(reviewer);
        reviewer.inbox_row(hardship.case);
        reviewer.decide(
            hardship.case,
            domain::command::Decision::Approve {
                opinion: String::new(),
            },
        );
    }
    home.until(hardship.case, granted);
    // They move on, and nothing runs any more: the old community keeps only what it filed.
    let wish = json!({ "correction": "move", "home": COMMUNITY, "reason": "迁回" });
    correct(&street, person, &wish);
    until_card(&other, &who, "the neighbours have let go", |page| {
        page.person.is_none()
    });
    let rows = other
        .station
        .search_people(&who.name)
        .expect("a search")
        .rows;
    assert!(rows.is_empty());
    let back = until_card(&home, &who, "the record is whole", |page| {
        page.cases.len() == 2
    });
    assert!(back.standings.contains_key("registered_unemployed"));
    let wish = json!({ "correction": "move", "home": NEIGHBOUR, "reason": "再迁" });
    correct(&street, person, &wish);
    until_card(&home, &who, "home has let go", |page| page.person.is_none());
    let filed = home.case(case);
    assert_eq!(
        filed.face.name, who.name,
        "what was filed here stays in the ledger"
    );
    assert!(matches!(filed.row.standing, CaseStanding::Answered { .. }));
}

#[test]
fn another_areas_record_is_not_found() {
    let city = City::open();
    let far = city.desk(FAR);
    let who = card("moved");
    register(&far, &who);
    let person = far.tap_card(&who).person.expect("a record");
    for role in ["street", "county"] {
        let reviewer = city.reviewer(role);
        assert_eq!(find(&reviewer, &who.id_number), json!([]));
        let (status, body) = reviewer.ask(Method::GET, &format!("/api/records/{person}"), None);
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(!String::from_utf8_lossy(&body).contains(&who.name));
        let wish = json!({ "correction": "move", "home": COMMUNITY, "reason": "迁入" });
        assert_eq!(correct(&reviewer, person, &wish).0, StatusCode::NOT_FOUND);
    }
    let city_reviewer = city.reviewer("city");
    assert_eq!(Division("3203".into()).level(), Level::City);
    let seen = city_reviewer.get(&format!("/api/records/{person}"));
    assert_eq!(seen["may_correct"], json!(true));
    let told = city_reviewer
        .get(&format!("/api/audit?day={}", tests::today()))
        .to_string();
    assert!(told.contains("record.opened"), "who looked is on record");
}

fn card(sample: &str) -> IdCard {
    samples::find(sample).expect("a sample").card
}

/// The same card under another number: the same name, the same birthday.
fn other_number(card: &IdCard, order: u32) -> IdCard {
    let digits = format!("320391{}{order:03}", &card.id_number[6..14]);
    let check = id_number::check_character(&digits).expect("digits");
    IdCard {
        id_number: format!("{digits}{check}"),
        ..card.clone()
    }
}

fn register(desk: &Desk, card: &IdCard) -> Id {
    let page = desk.tap_card(card);
    let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    desk.until(filed.case, granted);
    filed.case
}

fn granted(standing: &CaseStanding) -> bool {
    matches!(
        standing,
        CaseStanding::Centre {
            stage: Stage::Granted,
            ..
        }
    )
}

fn in_review(standing: &CaseStanding) -> bool {
    matches!(
        standing,
        CaseStanding::Centre {
            stage: Stage::InReview { .. },
            ..
        }
    )
}

fn until(desk: &Desk, sample: &str, what: &str, there: impl Fn(&PersonPage) -> bool) -> PersonPage {
    until_card(desk, &card(sample), what, there)
}

fn until_card(
    desk: &Desk,
    card: &IdCard,
    what: &str,
    there: impl Fn(&PersonPage) -> bool,
) -> PersonPage {
    tests::eventually(what, || {
        Some(desk.tap_card(card)).filter(|page| there(page))
    })
}

fn find(reviewer: &Reviewer, number: &str) -> Value {
    let body = json!({ "kind": "citizen_card", "number": number });
    let (status, body) = reviewer.ask(Method::POST, "/api/records/find", Some(body));
    assert_eq!(status, StatusCode::OK);
    serde_json::from_slice(&body).expect("JSON")
}

fn correct(reviewer: &Reviewer, person: Id, wish: &Value) -> (StatusCode, Vec<u8>) {
    let path = format!("/api/records/{person}/correct");
    reviewer.ask(Method::POST, &path, Some(wish.clone()))
}

fn reasons(body: &[u8]) -> Vec<String> {
    let refused: Value = serde_json::from_slice(body).expect("JSON");
    let reasons = refused["reasons"].as_array().cloned().unwrap_or_default();
    let codes = reasons.iter().filter_map(|reason| reason["code"].as_str());
    codes.map(str::to_owned).collect()
}
