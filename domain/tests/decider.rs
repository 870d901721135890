//! The decider on the real catalogue: the two businesses, complete and incomplete knowledge.

mod shared;

use domain::command::{Amend, Decision, RecordEmployment, Review, Settle, Settlement};
use domain::decide::Verdict;
use domain::{Act, Case, Catalog, Command, Division, Outcome, Seen, Staff, Stage, State, decide};
use shared::*;

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
    let business = catalog.newest("hardship_recognition").unwrap();
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
    assert_eq!(fold(&mut city, &again, &catalog), Outcome::Accepted);
    assert_eq!(city.cases.items[1].stage, Stage::AwaitingPages { step: 0 });
    city.stored = Seen::all(vec!["cd".repeat(32)]);
    fold(&mut city, &word, &catalog);
    assert_eq!(city.cases.items[1].stage, Stage::InReview { step: 0 });
}

#[test]
fn a_form_that_a_newer_catalogue_asks_more_of_comes_back_and_is_not_refused() {
    let catalog = catalog();
    let mut city = State::empty(true);
    let mut filed = registration("a", identity("王示范", "1980-05-05", 1));
    let Act::Submit(submit) = &mut filed.act else {
        unreachable!()
    };
    submit.answers.remove("education");
    // By its own catalogue it is wrong; so it is when nobody knows by which one it was filled.
    for mine in [catalog.hash.clone(), String::new()] {
        filed.catalogue = mine;
        let verdict = decide(&city, &filed, &catalog).into_facts(filed.id).0;
        assert!(matches!(verdict, Outcome::Rejected { .. }), "{verdict:?}");
    }
    filed.catalogue = "an older one".into();
    let outcome = fold(&mut city, &filed, &catalog);
    assert_eq!(codes(&outcome), ["answer.missing"]);
    let case = city.cases.items[0].clone();
    let Stage::Returned { field, by, .. } = &case.stage else {
        panic!("{:?}", case.stage)
    };
    assert_eq!((field.as_deref(), by.as_str()), (Some("education"), ""));
    assert_eq!(case.pending.len(), 1);
    // Who does not know all sends nothing back: there it was filed, and is.
    let mut station = State::empty(false);
    let outcome = fold(&mut station, &filed, &catalog);
    assert!(matches!(outcome, Outcome::Awaiting { .. }), "{outcome:?}");
    assert_eq!(station.cases.items[0].stage, Stage::PreAccepted);
    // Completed, it goes on.
    let mut whole = case.answers.clone();
    whole.insert("education".into(), "21".into());
    let amend = Amend {
        case: case.id,
        version: case.version,
        answers: whole,
        changes: Vec::new(),
        pages: Vec::new(),
    };
    let amended = command("b", staff("张协理", STATION_A), Act::Amend(amend));
    assert_eq!(fold(&mut city, &amended, &catalog), Outcome::Accepted);
    assert!(matches!(city.cases.items[0].stage, Stage::InReview { .. }));
    // Who is not who the document says is refused by any catalogue.
    let mut wrong = registration("c", identity("王示范", "1981-05-05", 3));
    wrong.catalogue = "an older one".into();
    if let Act::Submit(submit) = &mut wrong.act {
        submit.identity.document.number.replace_range(17.., "Y");
    }
    let outcome = fold(&mut city, &wrong, &catalog);
    assert!(matches!(outcome, Outcome::Rejected { .. }), "{outcome:?}");
}
