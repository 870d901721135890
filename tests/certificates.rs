//! Whom a machine trusts when it is enrolled, and its own certificate, which is renewed by itself: in
//! time, and after it has run out.

use std::path::Path;
use std::time::Duration;

use station::view::Door;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, PASSWORD};

#[test]
fn a_machine_is_told_nothing_until_a_person_has_confirmed_the_citys_fingerprint() {
    let city = City::open();
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Desk::unpack(folder.path(), "zhang");
    let (url, code) = (city.enrol_url(), city.code(COMMUNITY));
    let enrol = |ca| desk.station.enrol(&url, &code, ca, "zhang", PASSWORD);
    let refused = |outcome: Result<_, station::view::Failure>| match outcome {
        Err(failure) => failure.reason.code,
        Ok(_) => panic!("it must not enrol"),
    };
    assert_eq!(refused(enrol(None)), "enrol.unconfirmed");
    assert_eq!(refused(enrol(Some("/nowhere".into()))), "enrol.no_ca_file");
    let found = desk.station.find_centre(&url).expect("it answers");
    assert_eq!(found.fingerprint.len(), 16);
    let published =
        center::admin::fingerprint(Path::new(&city.ca_file()).parent().expect("a folder"));
    assert_eq!(
        found.fingerprint.join(" ").to_lowercase(),
        published.expect("a fingerprint")
    );
    assert_eq!(
        refused(enrol(None)),
        "enrol.unconfirmed",
        "found is not confirmed"
    );
    let other = desk
        .station
        .confirm_centre("0000 0000")
        .expect_err("another one");
    assert_eq!(other.reason.code, "enrol.unconfirmed");
    desk.station
        .confirm_centre(&found.fingerprint.join(" "))
        .expect("it is the same");
    assert_eq!(
        enrol(None).expect("the code is still good").door,
        Door::Open
    );
}

#[test]
fn a_certificate_that_ran_out_is_renewed_and_the_line_comes_back_by_itself() {
    let mut city = City::open();
    // Five days are less than what a station renews ahead of.
    city.set_certificate_days(5);
    city.stop_centre();
    city.start_centre();
    let desk = city.desk(COMMUNITY);
    tests::eventually("the line is up", || up(&desk).then_some(()));
    desk.station.lock().expect("it locks");

    // What it gets next ran out yesterday.
    city.set_certificate_days(-1);
    city.stop_centre();
    city.start_centre();
    desk.log_in();
    tests::eventually("the line says why it is down", || {
        let reason = desk.station.get_status().line.reason;
        let station = reason.with.get("whose").map(String::as_str) == Some("station");
        (reason.code == "line.certificate_expired" && station).then_some(())
    });

    city.set_certificate_days(30);
    city.stop_centre();
    city.start_centre();
    tests::within(Duration::from_secs(90), "the line is back", &mut || {
        up(&desk).then_some(())
    });
    // What was written down is what the next start speaks with.
    let desk = desk.restart();
    tests::eventually("the line is up again", || up(&desk).then_some(()));
}

fn up(desk: &Desk) -> bool {
    desk.station.get_status().line.up
}
