//! A copied disk and an old copy put back: the log contradicts the centre's, nothing is sent, and a
//! one-time code from the centre lets the machine go on in a new log with everything it has.

use domain::Id;
use reqwest::Method;
use serde_json::{Value, json};
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, PASSWORD, REGISTRATION, copy_folder};

#[test]
fn a_copy_of_a_station_goes_on_in_a_log_of_its_own_and_nothing_is_lost() {
    let city = City::open();
    let (original, copied) = copied(&city);
    original.log_in();
    let theirs = register(&original, "moved");
    original.until(theirs, is_at_centre);
    speaks_first(&city);

    city.line.cut();
    copied.log_in();
    let ours = register(&copied, "taiwan");
    city.line.restore();
    says(&copied, "log.conflict");
    assert_eq!(city.counts(), (2, 2, 2), "it sends nothing");
    let refused = original.station.begin_new_log(&city.code(COMMUNITY));
    let refused = refused.expect_err("its log fits");
    assert_eq!(refused.reason.code, "log.not_needed");
    assert_eq!(listed(&city), [json!(["store"])], "somebody is told");
    let refused = copied.station.begin_new_log("WRONG-CODE-HERE");
    assert_eq!(
        refused.expect_err("no such code").reason.code,
        "enrol.bad_code"
    );
    says(&copied, "log.conflict");

    let code = code_from_console(&city);
    let elsewhere = Desk::unpack(&original.folder.with_file_name("another"), "zhang");
    let ca = Some(city.ca_file());
    let url = city.enrol_url();
    let refused = elsewhere.station.enrol(&url, &code, ca, "zhang", PASSWORD);
    assert_eq!(
        refused.expect_err("not for any").reason.code,
        "enrol.bad_code"
    );
    copied
        .station
        .begin_new_log(&code)
        .unwrap_or_else(|failure| panic!("it goes on: {failure:?}"));
    copied.until(ours, is_at_centre);
    tests::eventually("all is sent", || copied.has_sent_everything().then_some(()));
    let both = [(&original, "woman"), (&copied, "hui")];
    for (desk, sample) in both {
        let later = register(desk, sample);
        desk.until(later, is_at_centre);
        tests::eventually("the other's case comes", || {
            desk.station.get_case(ours).ok().map(drop)
        });
    }
    assert_eq!(city.counts(), (5, 5, 5), "each once");
    // Both speak, and both can be seen to at the console.
    tests::eventually("two stations are listed", || {
        (listed(&city).len() == 2).then_some(())
    });
    // The new log outlives a restart.
    let copied = copied.restart();
    copied.until(ours, is_at_centre);
    says(&copied, "line.up");
}

#[test]
fn a_copy_that_has_filed_nothing_is_found_at_its_first_word() {
    let city = City::open();
    let (original, copied) = copied(&city);
    original.log_in();
    speaks_first(&city);
    copied.log_in();
    says(&copied, "log.conflict");
    let theirs = register(&original, "moved");
    original.until(theirs, is_at_centre);
    copied
        .station
        .begin_new_log(&code_from_console(&city))
        .unwrap_or_else(|failure| panic!("it goes on: {failure:?}"));
    says(&copied, "line.up");
    let ours = register(&copied, "taiwan");
    copied.until(ours, is_at_centre);
    assert_eq!(city.counts(), (3, 3, 3));
}

#[test]
fn an_old_copy_put_back_gets_what_it_had_forgotten_and_sends_what_is_new() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let folder = desk.folder.clone();
    let first = register(&desk, "citizen");
    desk.until(first, is_at_centre);
    drop(desk);
    let copy = folder.with_file_name("old-copy");
    copy_folder(&folder, &copy);
    let desk = Desk::unpack(&folder, "zhang");
    desk.log_in();
    let forgotten = register(&desk, "moved");
    desk.until(forgotten, is_at_centre);
    drop(desk);

    let desk = Desk::unpack(&copy, "zhang");
    desk.log_in();
    says(&desk, "log.conflict");
    let new = register(&desk, "taiwan");
    desk.station
        .begin_new_log(&city.code(COMMUNITY))
        .unwrap_or_else(|failure| panic!("it goes on: {failure:?}"));
    desk.until(new, is_at_centre);
    desk.until(forgotten, is_at_centre);
    let later = register(&desk, "hui");
    desk.until(later, is_at_centre);
    let of_machine = |case: Id| desk.case(case).row.serial[..16].to_owned();
    assert_ne!(
        of_machine(forgotten),
        of_machine(later),
        "serials of its own"
    );
    assert_eq!(city.counts(), (4, 4, 4));
}

/// The code that somebody at the console gives for the only station there is.
fn code_from_console(city: &City) -> String {
    let street = city.reviewer("street");
    let stations = street.get("/api/stations");
    let id = stations["rows"][0]["installation"]
        .as_str()
        .expect("a station");
    let path = format!("/api/stations/{id}/code");
    let far = city.reviewer("far_street").ask(Method::POST, &path, None);
    assert_eq!(far.0, 404, "another area's");
    let (status, body) = street.ask(Method::POST, &path, None);
    assert!(status.is_success(), "{}", String::from_utf8_lossy(&body));
    let given: Value = serde_json::from_slice(&body).expect("JSON");
    given["code"].as_str().expect("a code").to_owned()
}

/// What is wrong with each station in the console's list.
fn listed(city: &City) -> Vec<Value> {
    let stations = city.reviewer("street").get("/api/stations");
    let rows = stations["rows"].as_array().expect("rows").iter();
    rows.map(|row| row["troubles"].clone()).collect()
}

fn says(desk: &Desk, code: &str) {
    tests::eventually(code, || {
        let line = desk.station.get_status().line;
        (line.reason.code == code).then_some(())
    });
}

/// A station that has sent one case, and a copy of its disk; nobody is logged in at either.
fn copied(city: &City) -> (Desk, Desk) {
    let desk = city.desk(COMMUNITY);
    let shared = register(&desk, "citizen");
    desk.until(shared, is_at_centre);
    let folder = desk.folder.clone();
    drop(desk);
    let copy = folder.with_file_name("copied-desk");
    copy_folder(&folder, &copy);
    (Desk::unpack(&folder, "zhang"), Desk::unpack(&copy, "zhang"))
}

/// The centre has heard of the original's second start: whoever speaks of another one now is the copy.
fn speaks_first(city: &City) {
    tests::eventually("the original has spoken", || {
        (city.query("SELECT boots FROM contact").trim() == "2").then_some(())
    });
}

fn is_at_centre(standing: &CaseStanding) -> bool {
    matches!(standing, CaseStanding::Centre { .. })
}

fn register(desk: &Desk, sample: &str) -> Id {
    let page = desk.tap(sample);
    desk.file("unemployment_registration", &page, REGISTRATION, &[])
        .case
}
