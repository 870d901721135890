//! A substitute from a neighbouring station, let in by a code that an officer reads out while the line is
//! down: the real desk, the real centre, and what each of them knows afterwards.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use station::view::{CaseStanding, Door};
use tests::city::{COMMUNITY, City, NEIGHBOUR};
use tests::console::Reviewer;
use tests::desk::{Desk, PASSWORD, REGISTRATION, for_the_audit};

const OWN: &str = "for these hours 代班";

/// The part of a station's page about substitutes, once its code is at the centre.
pub(crate) fn deposited(officer: &Reviewer) -> (String, Value) {
    let rows = officer.get("/api/stations")["rows"].clone();
    let rows = rows.as_array().expect("rows").clone();
    let row = rows.iter().find(|row| row["community"] == json!(COMMUNITY));
    let installation = row.expect("the station")["installation"].clone();
    let installation = installation.as_str().expect("an id").to_owned();
    let path = format!("/api/stations/{installation}/substitute");
    let page = tests::eventually("the code is at the centre", || {
        let page = officer.get(&path);
        (!page["code_since"].is_null()).then_some(page)
    });
    (path, page)
}

pub(crate) fn person(page: &Value, login: &str) -> Value {
    let people = page["people"].as_array().expect("people").clone();
    let found = people.into_iter().find(|one| one["login"] == json!(login));
    found.expect("the station was told of them")["staff"].clone()
}

pub(crate) fn give(officer: &Reviewer, path: &str, staff: &Value) -> String {
    let word = json!({ "staff": staff, "reason": "光缆被挖断，张协理请病假" });
    let (status, body) = officer.ask(Method::POST, path, Some(word));
    assert_eq!(status, StatusCode::OK, "{}", String::from_utf8_lossy(&body));
    let given: Value = serde_json::from_slice(&body).expect("JSON");
    given["code"].as_str().expect("a code").to_owned()
}

fn refused(desk: &Desk, name: &str, code: &str) -> String {
    let outcome = desk.station.let_in_substitute(name, code, OWN);
    outcome.expect_err("it is refused").reason.code
}

#[test]
fn a_substitute_is_let_in_without_the_line_captures_and_files_once_it_is_back() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let (path, page) = deposited(&street);
    assert_eq!(page["may_give"], json!(true));
    let li = person(&page, "li");
    // Nobody of this very station, and nobody who decides.
    let people = page["people"].to_string();
    assert!(
        !people.contains("\"zhang\"") && !people.contains("\"street\""),
        "{people}"
    );

    city.line.cut();
    desk.station.lock().expect("it locks");
    let code = give(&street, &path, &li);
    assert_eq!(refused(&desk, "赵协理", &code), "substitute.wrong");
    assert_eq!(refused(&desk, "李协理", &code[..28]), "substitute.length");
    let weak = desk.station.let_in_substitute("李协理", &code, "short");
    assert_eq!(
        weak.expect_err("it is short").reason.code,
        "auth.weak_password"
    );
    let status = desk
        .station
        .let_in_substitute("李协理", &code, OWN)
        .expect("she is let in");
    assert_eq!(status.door, Door::Open);
    let told = status.substitute.expect("it is said that she is one");
    assert!(!told.confirmed);
    assert!((11 * 60..=12 * 60).contains(&told.minutes_left), "{told:?}");

    // She captures, and no more.
    let page = desk.tap("citizen");
    let draft = desk.draft("unemployment_registration", &page, REGISTRATION);
    let failure = |outcome: Result<(), station::view::Failure>| {
        outcome.expect_err("it is refused").reason.code
    };
    let station = &desk.station;
    assert_eq!(
        failure(station.submit(draft).map(drop)),
        "substitute.capture_only"
    );
    let shown = station.show_number(page.reading, None, "compare", "");
    let refusals = [
        failure(shown.map(drop)),
        failure(station.add_colleague("zhao", PASSWORD).map(drop)),
        failure(station.dismiss_colleague("zhang").map(drop)),
        failure(station.change_password(OWN, "another one of mine")),
        failure(station.choose_suite(2).map(drop)),
        failure(station.make_printed_code().map(drop)),
        failure(station.export_audit(&for_the_audit()).map(drop)),
        failure(station.choose_backup_folder("").map(drop)),
    ];
    assert!(
        refusals.iter().all(|code| code == "substitute.not_allowed"),
        "{refusals:?}"
    );
    // Used once; she comes back with the password she chose.
    station.lock().expect("it locks");
    assert_eq!(refused(&desk, "李协理", &code), "substitute.no_code");
    let status = station.log_in("li", OWN).expect("her hours run");
    assert!(status.substitute.is_some());

    // The line is back: the centre hears of it, and what she captured can be filed.
    city.line.restore();
    tests::eventually("the centre has heard", || {
        let told = desk.station.get_status().substitute?;
        told.confirmed.then_some(())
    });
    let filed = desk.station.submit(draft).expect("it is filed").case;
    desk.until(filed, |standing| {
        !matches!(standing, CaseStanding::Waiting { .. })
    });
    let said = city.query(
        "SELECT state FROM command WHERE installation IN \
        (SELECT id FROM installation WHERE community IS NOT NULL)",
    );
    assert!(!said.contains("held"), "{said}");
    let page = street.get(&path);
    assert!(!page["given"][0]["told_at"].is_null(), "{page}");
    assert_eq!(page["given"][0]["name"], json!("李协理"));
    assert_eq!(page["strangers"], json!([]));
    // A new code is there, and the old one opens nothing.
    tests::eventually("a new code is at the centre", || {
        (!street.get(&path)["code_since"].is_null()).then_some(())
    });
    let next = give(&street, &path, &li);
    assert_ne!(next, code);

    // Both sides tell of it in their audit.
    let centre = city.export_audit();
    assert!(centre.contains("substitute.given") && centre.contains("substitute.used"));
    desk.station.lock().expect("it locks");
    desk.station
        .log_in("zhang", PASSWORD)
        .expect("the staff come in as before");
    let file = desk
        .station
        .export_audit(&for_the_audit())
        .expect("it is exported");
    let ours = std::fs::read_to_string(file.path).expect("the file");
    assert!(ours.contains("substitute.let_in"), "{ours}");
    assert!(!ours.contains(&code.replace(' ', "")) && !centre.contains(&code));
}

#[test]
fn a_code_that_was_not_given_for_who_used_it_ends_with_the_first_word_and_holds_what_they_filed() {
    let city = City::open();
    city.add_staff("wang", "王邻站", NEIGHBOUR);
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let (path, page) = deposited(&street);
    city.line.cut();
    desk.station.lock().expect("it locks");
    let code = give(&street, &path, &person(&page, "li"));
    desk.station
        .let_in_substitute("李协理", &code, OWN)
        .expect("she is let in");
    // As if the centre had lost that it gave the code: it came back from a backup.
    city.run_sql(
        "ALTER TABLE substitute_given DISABLE TRIGGER only_appended; DELETE FROM substitute_given;",
    );
    city.line.restore();
    tests::eventually("the desk is locked", || {
        let status = desk.station.get_status();
        matches!(status.door, Door::Login { .. }).then_some(())
    });
    let again = desk.station.log_in("li", OWN).expect_err("it is over");
    assert_eq!(again.reason.code, "substitute.over");
    assert_eq!(street.get(&path)["strangers"], json!(["李协理"]));
    // The staff's next log-in takes the way in away, and the data key changes behind it.
    desk.log_in();
    desk.station.lock().expect("it locks");
    let gone = desk.station.log_in("li", OWN).expect_err("she is gone");
    assert_eq!(gone.reason.code, "auth.unknown");
    desk.log_in();
    let page = desk.tap("citizen");
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    tests::eventually("it is sent", || desk.has_sent_everything().then_some(()));
}

#[test]
fn codes_outlive_a_restart_and_a_colleague_who_leaves() {
    let city = City::open();
    city.add_staff("wang", "王协理", COMMUNITY);
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let (path, page) = deposited(&street);
    desk.station
        .add_colleague("wang", PASSWORD)
        .expect("she is let in");
    desk.station
        .dismiss_colleague("wang")
        .expect("she has left");
    let desk = desk.restart();
    std::thread::sleep(Duration::from_millis(100));
    city.line.cut();
    desk.station.lock().expect("it locks");
    let code = give(&street, &path, &person(&page, "li"));
    desk.station
        .let_in_substitute("li", &code, OWN)
        .expect("by the log-in name too");
}
