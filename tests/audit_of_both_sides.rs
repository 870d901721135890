//! The audit of a station and of the centre, each witnessed by the other; and a lease that ends.

use std::time::Duration;

use audit::file;
use audit::{Wrong, verify};
use station::view::Door;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, PASSWORD, REGISTRATION, for_the_audit};
use tests::within;

use crate::lost_keys::closed;
use crate::restored::backed_up;

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn what_a_station_cuts_off_its_audit_is_missed_at_the_centre() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let page = desk.tap("citizen");
    let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    desk.until(filed.case, |_| desk.has_sent_everything());
    let verdict = desk.station.verify_audit().expect("it is verified");
    assert_eq!(verdict.fault, None);

    // What is told with the next hello is what the centre has seen from then on.
    let seen = within(MINUTE, "the head is witnessed", &mut || {
        let centre = city.export_audit();
        let chain = file::read(&centre).expect("the centre's file");
        verify::chain(&chain, &[]).expect("the centre's chain is whole");
        let last = chain.witnesses.into_iter().max_by_key(|seen| seen.head.n)?;
        (last.head.n >= verdict.records).then_some(last)
    });
    let exported = desk
        .station
        .export_audit(&for_the_audit())
        .expect("it is written");
    let text = std::fs::read_to_string(&exported.path).expect("the file");
    let whole = file::read(&text).expect("the station's file");
    verify::chain(&whole, std::slice::from_ref(&seen)).expect("it is as the centre saw it");
    assert!(
        whole.witnesses.iter().any(|seen| seen.origin == "centre"),
        "the centre's head came back"
    );

    let last = seen.head.n as usize;
    let mut lines: Vec<&str> = text.lines().take(last).collect();
    let head = file::parse(lines[last - 1]).expect("a record").head();
    let end = format!("end\t{}\t{}", head.n, hex::encode(head.hash));
    lines.push(&end);
    let cut = lines.join("\n");
    let cut = file::read(&cut).expect("it looks like a file");
    verify::chain(&cut, &[]).expect("alone it looks whole");
    let fault = verify::chain(&cut, &[seen]).expect_err("the centre has seen more");
    assert!(matches!(fault.wrong, Wrong::Cut { .. }), "{fault}");
}

#[test]
fn a_database_that_was_made_anew_is_told_from_an_audit_that_was_cut() {
    let city = City::open();
    let street = city.reviewer("street");
    let desk = city.desk(COMMUNITY);
    let file_one = |desk: &Desk, sample| {
        let page = desk.tap(sample);
        let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
        desk.until(filed.case, |_| desk.has_sent_everything());
    };
    file_one(&desk, "citizen");
    backed_up(&desk);
    file_one(&desk, "moved");
    let before = desk.station.verify_audit().expect("it is verified").records;
    let station = || street.get("/api/stations")["rows"][0].clone();
    let page = || {
        let installation = station()["installation"].clone();
        street.get(&format!(
            "/api/stations/{}",
            installation.as_str().expect("an id")
        ))
    };
    within(MINUTE, "the head is witnessed", &mut || {
        let seen = station()["said"]["audit_n"].as_u64()?;
        (seen >= before).then_some(())
    });
    let folder = closed(desk);
    std::fs::write(folder.join("station.db"), b"not a database").expect("it is damaged");
    let desk = Desk::unpack(&folder, "zhang");
    let refused = desk.station.log_in("zhang", PASSWORD);
    assert_eq!(
        refused.expect_err("it is damaged").reason.code,
        "store.unreadable"
    );
    desk.station
        .rebuild_store("zhang", PASSWORD)
        .expect("it is made anew");
    desk.log_in();

    let alarm = within(MINUTE, "the centre says so", &mut || {
        page()["alarms"].get(0).cloned()
    });
    let behind = alarm["rebuilt"].as_u64().expect("it is told as that");
    assert!(behind > 0 && behind < before, "{alarm}");
    assert!(
        city.export_audit().contains("rebuilt"),
        "and in the centre's own audit"
    );
    let exported = desk
        .station
        .export_audit(&for_the_audit())
        .expect("it is written");
    let text = std::fs::read_to_string(&exported.path).expect("the file");
    let ours = file::read(&text).expect("the station's file");
    verify::chain(&ours, &[]).expect("alone it is whole");
    let text = city.export_audit();
    let centre = file::read(&text).expect("the centre's file");
    let fault = verify::chain(&ours, &centre.witnesses).expect_err("records are gone");
    assert_eq!(fault.n, behind + 1, "{fault}");
    assert!(matches!(fault.wrong, Wrong::MadeAnew { .. }), "{fault}");
}

#[test]
fn who_is_removed_at_the_centre_is_out_within_a_minute_and_nothing_is_lost() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let page = desk.tap("citizen");
    let draft = desk.draft("unemployment_registration", &page, REGISTRATION);
    within(MINUTE, "the line is up", &mut || {
        desk.station.get_status().line.up.then_some(())
    });
    city.remove_staff("zhang");
    within(MINUTE, "the desk is closed", &mut || {
        let door = desk.station.get_status().door;
        matches!(door, Door::Login { .. }).then_some(())
    });
    assert!(desk.station.get_draft(draft).is_err(), "nothing is open");
    let refused = desk.station.log_in("zhang", tests::desk::PASSWORD);
    assert_eq!(
        refused
            .expect_err("the lease does not name them")
            .reason
            .code,
        "auth.left"
    );
    assert!(desk.folder.join("station.db").exists());
}
