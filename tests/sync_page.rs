//! The sync page against a real centre: what waits says why and until when, what was refused or is
//! held says why, and a case whose pages are missing says how many.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::Stage;
use station::view::{CaseStanding, LaneState, SyncState, SyncView};
use tests::city::{COMMUNITY, City, NEIGHBOUR};
use tests::desk::{Desk, HARDSHIP, REGISTRATION};

const RESIDENTS: [&str; 3] = ["citizen", "moved", "hui"];

#[test]
fn without_a_line_everything_is_listed_with_its_cause_and_gone_once_it_is_back() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    tests::eventually("the line is up", || up(&desk).then_some(()));
    let view = page(&desk);
    assert_eq!(view.commands.state, LaneState::Idle);
    assert_eq!((view.waiting.total, view.drafts), (0, 0));

    city.line.cut();
    for resident in RESIDENTS {
        register(&desk, resident);
    }
    desk.draft(
        "unemployment_registration",
        &desk.tap("woman"),
        &REGISTRATION[..2],
    );
    let view = until(&desk, "the lane says why", |view| {
        matches!(view.commands.state, LaneState::NoLine { .. })
    });
    let LaneState::NoLine { reason, next_try } = &view.commands.state else {
        unreachable!()
    };
    assert!(reason.code.starts_with("line."), "{reason:?}");
    assert!(next_try.is_some(), "it goes on by itself");
    assert!(matches!(view.facts.state, LaneState::NoLine { .. }));
    assert_eq!((view.commands.left, view.commands.left_s), (3, None));
    assert_eq!((view.waiting.total, view.drafts), (3, 1));
    let names: Vec<_> = view.waiting.items.iter().map(|item| &item.name).collect();
    assert_eq!(names[2], &desk.tap("citizen").face.name, "newest first");
    for item in &view.waiting.items {
        assert_eq!(item.state, SyncState::Waiting);
        assert_eq!(item.business, "unemployment_registration");
        assert!(item.masked_number.contains('*') && item.made_at.is_some());
    }

    // It stays the same after a restart, and asking for it to be sent changes nothing without a line.
    let desk = desk.restart();
    let view = desk.station.send_now().expect("it tries");
    assert_eq!((view.waiting.total, view.commands.left), (3, 3));

    city.line.restore();
    desk.station.send_now().expect("it tries");
    let view = until(&desk, "all is sent and answered", |view| {
        view.waiting.total == 0 && view.facts.left == 0
    });
    assert_eq!(view.commands.state, LaneState::Idle);
    assert_eq!(view.pages.state, LaneState::Idle);
    assert!(view.commands.last_success.is_some());
    assert_eq!(view.refused.total + view.held.total, 0);
    assert_eq!(view.drafts, 1, "a draft is no case");
}

#[test]
fn send_now_does_not_wait_for_the_next_try() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    city.line.cut();
    register(&desk, "citizen");
    // The pauses have grown to many seconds.
    let far = Duration::from_secs(8);
    let next = tests::within(Duration::from_secs(60), "the pause grows", &mut || {
        let LaneState::NoLine { next_try, .. } = page(&desk).commands.state else {
            return None;
        };
        let left = (next_try? - chrono::Utc::now()).to_std().ok()?;
        (left > far).then_some(left)
    });
    city.line.restore();
    let began = std::time::Instant::now();
    desk.station.send_now().expect("it tries");
    until(&desk, "it is sent", |view| view.commands.left == 0);
    assert!(began.elapsed() < next, "not later than by itself");
    assert!(began.elapsed() < Duration::from_secs(5), "at once");
}

#[test]
fn a_refused_case_and_a_held_one_say_why_until_they_are_settled() {
    let city = City::open();
    let (first, second) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    register(&first, "citizen");
    until(&first, "it is answered", |view| {
        view.waiting.total == 0 && view.commands.last_success.is_some()
    });
    let refused = register(&second, "citizen");
    let view = until(&second, "it is refused", |view| view.refused.total == 1);
    let item = &view.refused.items[0];
    assert_eq!(item.case, refused);
    let SyncState::Refused { reasons } = &item.state else {
        panic!("{item:?}")
    };
    assert_eq!(reasons[0].code, "person.already_registered");
    assert!(second.case(refused).can_amend, "the way to the repair");

    let mut other = drivers::virtual_card::samples::find("citizen")
        .expect("a sample")
        .card;
    other.name = "张重号".into();
    let tapped = first.tap_card(&other);
    first.file("unemployment_registration", &tapped, REGISTRATION, &[]);
    let view = until(&first, "it is held", |view| view.held.total == 1);
    let item = &view.held.items[0];
    let SyncState::Held { reason } = &item.state else {
        panic!("{item:?}")
    };
    assert_eq!(
        (item.name.as_str(), reason.code.as_str()),
        ("张重号", "person.name_differs")
    );
    assert_eq!(view.waiting.total, 0, "held is not waiting");

    // The street decides; the counter's list is empty again.
    let settled = domain::command::Settlement::AnotherPerson;
    city.reviewer("street").settle_only_held(&settled);
    until(&first, "it is settled", |view| view.held.total == 0);
}

#[test]
fn a_refused_case_that_was_repaired_is_listed_no_more() {
    let city = City::open();
    let (first, second) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    register(&first, "citizen");
    until(&first, "it is answered", |view| {
        view.waiting.total == 0 && view.commands.last_success.is_some()
    });
    let refused = register(&second, "citizen");
    until(&second, "it is refused", |view| view.refused.total == 1);
    city.line.cut();
    let again = second.station.amend_case(refused).expect("it opens again");
    second
        .station
        .submit(again.draft)
        .expect("it is filed again");
    let view = page(&second);
    assert_eq!((view.refused.total, view.waiting.total), (0, 1));
    city.line.restore();
    second.station.send_now().expect("it tries");
    // It is refused as before: one is listed, and that is the last.
    let view = until(&second, "it is refused again", |view| {
        view.refused.total == 1
    });
    assert_ne!(view.refused.items[0].case, refused);
}

#[test]
fn a_case_that_waits_for_pages_says_how_many_and_which_are_lost() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    register(&desk, "moved");
    until(&desk, "it is answered", |view| {
        view.waiting.total == 0 && view.commands.last_success.is_some()
    });
    city.line.cut();
    let draft = desk.draft("hardship_recognition", &desk.tap("moved"), HARDSHIP);
    desk.add_page(draft, "household_book", 40);
    let before = blobs(&desk.folder);
    desk.add_page(draft, "household_book", 140);
    let case = desk.station.submit(draft).expect("it is filed").case;
    let lost: Vec<_> = blobs(&desk.folder).difference(&before).cloned().collect();
    lost.iter()
        .for_each(|file| std::fs::remove_file(file).expect("it is there"));
    let view = page(&desk);
    assert_eq!(view.pages.left, 2);
    assert!(view.pages.left_bytes.is_some_and(|bytes| bytes > 0));

    city.line.restore();
    desk.station.send_now().expect("it tries");
    let view = until(&desk, "one page is there", |view| {
        view.awaiting_pages.total == 1 && view.pages.left == 1
    });
    let item = &view.awaiting_pages.items[0];
    assert_eq!(item.case, case);
    let SyncState::Pages { all, stored, .. } = item.state else {
        panic!("{item:?}")
    };
    assert_eq!((all, stored), (2, 1));
    let view = until(&desk, "the lane says what is wrong", |view| {
        matches!(view.pages.state, LaneState::Waiting { .. })
    });
    let LaneState::Waiting { reason, next_try } = view.pages.state else {
        unreachable!()
    };
    assert_eq!(reason.code, "page.gone");
    assert!(next_try.is_some());
    // Another page goes past it; what is the matter with this one is still said where it is missing.
    let answers = [REGISTRATION, &[("reason", "5")]].concat();
    let proof = &["other_proof"];
    desk.file(
        "unemployment_registration",
        &desk.tap("hui"),
        &answers,
        proof,
    );
    let view = until(&desk, "the other page is there", |view| {
        view.pages.left == 1 && view.commands.left == 0 && view.pages.last_success.is_some()
    });
    let missing = view.awaiting_pages.items.iter();
    let missing = missing.filter(|item| item.case == case).collect::<Vec<_>>();
    let SyncState::Pages {
        reason, next_try, ..
    } = &missing[0].state
    else {
        panic!("{missing:?}")
    };
    let code = reason.as_ref().map(|reason| reason.code.as_str());
    assert_eq!(code, Some("page.gone"));
    assert!(next_try.is_some());
    assert_eq!(
        view.commands.state,
        LaneState::Idle,
        "no other lane is in its way"
    );
    // It is in no backup either: the page is known as lost once the counter has been idle.
    tests::within(Duration::from_secs(90), "it is known as lost", &mut || {
        let view = page(&desk);
        let item = view.awaiting_pages.items.first()?;
        matches!(item.state, SyncState::Pages { lost: 1, .. }).then_some(())
    });

    // The way out: it is taken again, under the same case.
    assert!(desk.case(case).can_amend);
    let again = desk.station.amend_case(case).expect("it opens again");
    assert_eq!(again.pages.len(), 1, "what is lost is not filed again");
    desk.add_page(again.draft, "household_book", 200);
    desk.station.submit(again.draft).expect("it is filed again");
    desk.until(case, |standing| {
        matches!(
            standing,
            CaseStanding::Centre {
                stage: Stage::InReview { .. },
                ..
            }
        )
    });
    tests::within(
        Duration::from_secs(90),
        "nothing waits in vain",
        &mut || {
            let view = page(&desk);
            (view.pages.left + view.awaiting_pages.total == 0).then_some(())
        },
    );
    let view = page(&desk);
    assert_eq!(view.pages.state, LaneState::Idle);
    let storage = desk.station.get_storage().expect("the storage page");
    assert_eq!(storage.pages_lost, 0, "nobody is asked to take it again");
    tests::eventually("the corner has no trouble left", || {
        (desk.station.get_status().line.reason.code == "line.up").then_some(())
    });
}

#[test]
fn an_answer_that_was_changed_twice_is_shown_with_both_values() {
    let city = City::open();
    let (home, other) = (city.desk(COMMUNITY), city.desk(NEIGHBOUR));
    register(&home, "moved");
    until(&home, "it is answered", |view| {
        view.waiting.total == 0 && view.commands.last_success.is_some()
    });
    // The neighbours have never seen this person, and write another number.
    let mut answers = HARDSHIP.to_vec();
    answers[0] = ("phone", "13900000009");
    let tapped = other.tap("moved");
    other.file(
        "hardship_recognition",
        &tapped,
        &answers,
        &["household_book"],
    );
    let view = until(&home, "the other number is known", |view| {
        view.conflicts_total == 1
    });
    let conflict = &view.conflicts[0];
    assert_eq!(conflict.name, home.tap("moved").face.name);
    let field = conflict.fields.iter().find(|field| field.field == "phone");
    let field = field.expect("the phone");
    assert_eq!(
        (field.kept.as_str(), field.other.as_str()),
        ("13900000000", "13900000009")
    );
}

fn page(desk: &Desk) -> SyncView {
    desk.station.get_sync().expect("the page")
}

fn up(desk: &Desk) -> bool {
    page(desk).line.up
}

fn until(desk: &Desk, what: &str, there: impl Fn(&SyncView) -> bool) -> SyncView {
    tests::eventually(what, || Some(page(desk)).filter(|view| there(view)))
}

fn register(desk: &Desk, sample: &str) -> domain::Id {
    let page = desk.tap(sample);
    desk.file("unemployment_registration", &page, REGISTRATION, &[])
        .case
}

/// The sealed pages of a station.
fn blobs(folder: &Path) -> BTreeSet<PathBuf> {
    let shelves = std::fs::read_dir(folder.join("blobs")).expect("the pages");
    let files = shelves.flatten().flat_map(|shelf| {
        let list = std::fs::read_dir(shelf.path()).expect("a shelf");
        list.flatten().map(|file| file.path()).collect::<Vec<_>>()
    });
    files.collect()
}
