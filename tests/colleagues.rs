//! Several people at one counter: let in, shut out, a new password; with the line and without it.

use station::view::Door;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, PASSWORD, REGISTRATION};

const NEW: &str = "another horse 驿站";

fn logins(desk: &Desk) -> Vec<String> {
    let rows = desk.station.list_staff().expect("the staff");
    rows.into_iter().map(|row| row.login).collect()
}

#[test]
fn a_colleague_is_let_in_once_by_the_centre_and_then_works_without_it() {
    let city = City::open();
    city.add_staff("wang", "王协理", COMMUNITY);
    let desk = city.desk(COMMUNITY);
    let wrong = desk.station.add_colleague("wang", "not the password");
    assert_eq!(wrong.expect_err("it is wrong").reason.code, "auth.wrong");
    let elsewhere = desk.station.add_colleague("li", PASSWORD);
    let reason = elsewhere.expect_err("works at a neighbour's").reason;
    assert_eq!(reason.code, "auth.wrong");
    assert_eq!(logins(&desk), ["zhang"]);

    desk.station
        .add_colleague("wang", PASSWORD)
        .expect("the centre knows her");
    assert_eq!(logins(&desk), ["zhang", "wang"]);
    city.line.cut();
    desk.station.lock().expect("it locks");
    let Door::Login { people, last } = desk.station.get_status().door else {
        panic!("it is locked")
    };
    assert_eq!(people.len(), 2);
    assert_eq!(last.as_deref(), Some("zhang"));
    let status = desk
        .station
        .log_in("wang", PASSWORD)
        .expect("without the line");
    assert_eq!(status.staff.expect("somebody").name, "王协理");
    let offline = desk.station.add_colleague("zhang", PASSWORD);
    let reason = offline.expect_err("a first log-in is online").reason;
    assert!(reason.code.starts_with("line."), "{}", reason.code);
}

#[test]
fn who_has_left_is_shut_out_and_everything_is_there() {
    let city = City::open();
    city.add_staff("wang", "王协理", COMMUNITY);
    let desk = city.desk(COMMUNITY);
    desk.station
        .add_colleague("wang", PASSWORD)
        .expect("she is let in");
    let page = desk.tap("citizen");
    desk.draft("unemployment_registration", &page, REGISTRATION);
    let yourself = desk.station.dismiss_colleague("zhang");
    assert_eq!(
        yourself.expect_err("not oneself").reason.code,
        "staff.yourself"
    );
    let unknown = desk.station.dismiss_colleague("nobody");
    assert_eq!(unknown.expect_err("nobody").reason.code, "staff.unknown");

    let rows = desk
        .station
        .dismiss_colleague("wang")
        .expect("she has left");
    assert_eq!(rows.len(), 1);
    assert_eq!(
        desk.station.get_status().door,
        Door::Open,
        "the desk goes on"
    );
    let page = desk.station.get_keys().expect("the keys");
    assert!(!page.changing, "the key is changed");
    assert_eq!(
        desk.station
            .get_worklist()
            .expect("the worklist")
            .drafts
            .len(),
        1
    );
    desk.station.lock().expect("it locks");
    let refused = desk
        .station
        .log_in("wang", PASSWORD)
        .expect_err("she has left");
    assert_eq!(refused.reason.code, "auth.unknown");
    let desk = desk.restart();
    assert_eq!(
        desk.station
            .get_worklist()
            .expect("the worklist")
            .drafts
            .len(),
        1
    );
    let page = desk.tap("moved");
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
}

#[test]
fn a_password_is_changed_here_and_at_the_centre_together() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let code = |old, new| {
        desk.station
            .change_password(old, new)
            .expect_err("refused")
            .reason
            .code
    };
    assert_eq!(code("not the password", NEW), "auth.wrong_password");
    assert_eq!(code(PASSWORD, PASSWORD), "auth.same_password");
    assert_eq!(code(PASSWORD, "short"), "auth.weak_password");
    desk.station
        .change_password(PASSWORD, NEW)
        .expect("it is changed");
    desk.station.lock().expect("it locks");
    let old = desk
        .station
        .log_in("zhang", PASSWORD)
        .expect_err("the old one");
    assert_eq!(old.reason.code, "auth.wrong_password");
    desk.station.log_in("zhang", NEW).expect("the new one");
    // The centre has it too: another machine of the station takes it.
    desk.station
        .add_colleague("zhang", NEW)
        .expect("the centre knows it");
}

#[test]
fn after_a_change_at_the_centre_the_old_password_opens_once_more_and_is_replaced() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    city.set_password("zhang", NEW);
    tests::eventually("the desk says so", || {
        desk.station.get_status().password_changed.then_some(())
    });
    city.line.cut();
    desk.station.lock().expect("it locks");
    let new = desk.station.log_in("zhang", NEW).expect_err("not here yet");
    assert_eq!(new.reason.code, "auth.wrong_changed", "and it is said why");
    city.line.restore();
    let status = desk
        .station
        .log_in("zhang", PASSWORD)
        .expect("the local data open");
    assert!(status.password_changed);
    let neither = desk.station.change_password(PASSWORD, "yet another one");
    assert_eq!(
        neither.expect_err("the centre knows neither").reason.code,
        "auth.wrong"
    );
    desk.station
        .change_password(PASSWORD, NEW)
        .expect("the centre has it already");
    assert!(
        !desk.station.get_status().password_changed,
        "all is one again"
    );
    desk.station.lock().expect("it locks");
    let old = desk
        .station
        .log_in("zhang", PASSWORD)
        .expect_err("the former");
    assert_eq!(old.reason.code, "auth.wrong_password");
    desk.station.log_in("zhang", NEW).expect("the new one");
}

#[test]
fn a_station_that_changed_its_suite_reads_everything_and_goes_on() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let page = desk.tap("citizen");
    let draft = desk.draft("hardship_recognition", &page, tests::desk::HARDSHIP);
    desk.add_page(draft, "household_book", 40);
    let page = desk.station.choose_suite(2).expect("SM4");
    assert_eq!(page.suite, 2);
    assert_eq!(desk.station.get_status().door, Door::Open);
    desk.add_page(draft, "household_book", 90);
    let desk = desk.restart();
    let read = desk.station.get_draft(draft).expect("the draft");
    assert_eq!(read.pages.len(), 2);
    for page in read.pages {
        desk.station
            .picture(&page.page, false)
            .expect("the page opens");
    }
}

#[test]
fn a_password_that_was_changed_at_this_counter_is_not_said_to_be_changed_elsewhere() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let other = city.desk(COMMUNITY);
    tests::eventually("both speak", || {
        let up = |desk: &Desk| desk.station.get_status().line.up;
        (up(&desk) && up(&other)).then_some(())
    });
    desk.station
        .change_password(PASSWORD, NEW)
        .expect("it is changed");
    // The other machine of the station hears of it, this one has nothing to hear.
    tests::eventually("the other machine says so", || {
        other.station.get_status().password_changed.then_some(())
    });
    assert!(!desk.station.get_status().password_changed);
    desk.station.lock().expect("it locks");
    let status = desk.station.log_in("zhang", NEW).expect("the new one");
    assert!(!status.password_changed);
}
