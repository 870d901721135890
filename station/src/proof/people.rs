//! The person page, the search, and that no number leaves unmasked.

use domain::command::RecordEmployment;
use domain::{Act, Reason};

use super::city::City;
use super::*;
use crate::desk::new_id;
use crate::reading::Reading;
use crate::view::{AlertLevel, DocumentExtras, PersonPage};

fn page(desk: &Desk, who: &Identity) -> PersonPage {
    desk.person_page(who, None, now()).unwrap()
}

#[test]
fn people_are_found_by_name_number_last_four_and_phone() {
    let folder = founded();
    let desk = open(folder.path());
    let (one, two) = (identity("王示范", 1), identity("王样本", 3));
    register(&desk, &one);
    City::new().meet(&desk);
    register(&desk, &two);
    let count = |text: &str| desk.search_people(text).unwrap().rows.len();
    assert_eq!((count("王"), count("王示"), count("示范")), (2, 1, 0));
    assert_eq!(count(&one.document.number), 1);
    assert_eq!(count(&one.document.number.to_lowercase()), 1);
    assert_eq!(count(&one.document.number[14..]), 1);
    assert_eq!(count("13900000000"), 2);
    assert_eq!((count(""), count(" "), count("13900000009")), (0, 0, 0));
    let row = desk
        .search_people(&two.document.number)
        .unwrap()
        .rows
        .remove(0);
    assert!(!row.masked_number.contains(&two.document.number[6..14]));
    assert!(row.standings.is_empty(), "a station never says granted");
}

#[test]
fn what_to_do_today_follows_the_life() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    let who = identity("王示范", 1);
    let advice = |desk: &Desk| page(desk, &who).advice.code;
    assert_eq!(advice(&desk), "advice.register_unemployed");
    let draft = desk.open_draft(REGISTRATION, card(&who), now()).unwrap();
    assert_eq!(advice(&desk), "advice.continue_draft");
    desk.save_answers(draft.draft, registration_answers(), now())
        .unwrap();
    desk.submit(draft.draft, now()).unwrap();
    assert_eq!(advice(&desk), "advice.wait_for_centre");
    city.meet(&desk);
    assert_eq!(advice(&desk), "advice.offer_hardship", "a man of 56");
    desk.submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    city.meet(&desk);
    assert_eq!(advice(&desk), "advice.wait_for_centre");
    let seen = page(&desk, &who);
    assert_eq!(seen.cases.len(), 2);
    assert_eq!(seen.cases[0].business, HARDSHIP, "newest first");
    assert!(seen.life[0].at >= seen.life.last().unwrap().at);
    assert_eq!(seen.retirement.len(), 1);
    assert!(seen.standings.contains_key("registered_unemployed"));
}

#[test]
fn who_is_employed_or_too_young_is_not_sent_to_register() {
    let folder = founded();
    let desk = open(folder.path());
    let mut city = City::new();
    let who = identity("王示范", 1);
    let job = city.command(
        "3203",
        Act::RecordEmployment(RecordEmployment {
            identity: who.clone(),
            home: Division(COMMUNITY.into()),
            employer: "示范公司".into(),
            since: "2025-01-01".parse().unwrap(),
            until: None,
            source: "用工备案 2026-10-31".into(),
        }),
    );
    city.decide(&job);
    city.meet(&desk);
    assert_eq!(page(&desk, &who).advice.code, "advice.nothing_due");
    assert_eq!(page(&desk, &who).employments.len(), 1);
    let mut child = identity("李样本", 3);
    child.birth = "2015-05-05".parse().unwrap();
    assert_eq!(page(&desk, &child).advice.code, "advice.nothing_due");
}

#[test]
fn alerts_come_worst_first() {
    let folder = founded();
    let desk = open(folder.path());
    register(&desk, &identity("王示范", 1));
    let mut expired = identity("李样本", 1);
    expired.valid_to = Some("2026-11-22".parse().unwrap());
    let seen = page(&desk, &expired);
    assert_eq!(seen.person, None, "another name is another person");
    let codes: Vec<_> = seen
        .alerts
        .iter()
        .map(|a| (a.level, a.reason.code.as_str()))
        .collect();
    assert_eq!(
        codes,
        [
            (AlertLevel::Stop, "alert.other_name"),
            (AlertLevel::Warn, "alert.card_expired"),
        ]
    );
    let own = page(&desk, &identity("王示范", 1));
    assert_eq!(own.alerts[0].reason.code, "alert.open_case");
    assert!(own.alerts[0].case.is_some());
}

#[test]
fn a_name_that_the_card_does_not_tell_whole_is_marked() {
    let folder = founded();
    let desk = open(folder.path());
    let whole = page(&desk, &identity("𠮷\u{e863}𬭎", 1));
    assert!(!whole.face.name_incomplete);
    let half = page(&desk, &identity("王\u{fffd}", 2));
    assert!(half.face.name_incomplete);
    assert_eq!(half.alerts[0].reason.code, "alert.name_incomplete");
    let mut latin = identity("马克样本", 3);
    latin.latin_name = Some("MAX \u{e000}".into());
    assert!(page(&desk, &latin).face.name_incomplete);
}

#[test]
fn what_else_a_card_says_is_on_the_page_of_its_reading_and_fills_the_form() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    register(&desk, &who);
    let new = "江苏省徐州市样例区新村路8号";
    let mut read = typed(&who);
    read.extras.appended_address = Some(new.into());
    let seen = desk.take_card(&read, now()).unwrap();
    assert_eq!(seen.face.extras, read.extras);
    assert_eq!(seen.face.address, who.address, "as printed");
    let known = page(&desk, &who);
    assert_eq!(known.face.extras, DocumentExtras::default());

    // Nobody has said where they live: the card's newest word is taken.
    let other = identity("李样本", 2);
    let mut read = typed(&other);
    read.extras.appended_address = Some(new.into());
    let draft = desk.open_draft(HARDSHIP, Whose::read(read), now()).unwrap();
    assert_eq!(draft.answers["residence"], new);
    assert_eq!(draft.filled_from["residence"], "card");
    assert_eq!(draft.face.address, other.address, "as printed");
}

/// A reading with nothing but who it is of.
fn typed(who: &Identity) -> Reading {
    let evidence = Evidence::Typed {
        reason: "other".into(),
    };
    Reading::typed(new_id(), who.clone(), evidence)
}

#[test]
fn a_number_never_reaches_the_window_whole() {
    let folder = founded();
    let desk = open(folder.path());
    let who = identity("王示范", 1);
    let filed = desk
        .submit(hardship_draft(&desk, &who).draft, now())
        .unwrap();
    let draft = desk.open_draft(REGISTRATION, card(&who), now()).unwrap();
    let told = [
        serde_json::to_string(&page(&desk, &who)).unwrap(),
        serde_json::to_string(&draft).unwrap(),
        serde_json::to_string(&desk.get_case(filed.case, now()).unwrap()).unwrap(),
        serde_json::to_string(&desk.get_worklist().unwrap()).unwrap(),
        serde_json::to_string(&desk.search_people("王").unwrap()).unwrap(),
    ];
    for text in told {
        assert!(!text.contains(&who.document.number), "{text}");
    }
}

#[test]
fn the_cause_of_waiting_is_said_in_words() {
    let folder = founded();
    let desk = open(folder.path());
    let filed = register(&desk, &identity("王示范", 1));
    let standing = |desk: &Desk| desk.get_case(filed.case, now()).unwrap().row.standing;
    let waits = |reason: &str, next_try| crate::view::CaseStanding::Waiting {
        reason: Reason::new(reason),
        next_try,
    };
    assert_eq!(standing(&desk), waits("outbox.next", None));
    desk.store
        .note_try(&Reason::new("line.cut"), Some(now()))
        .unwrap();
    assert_eq!(standing(&desk), waits("line.cut", Some(now())));
}
