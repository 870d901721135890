//! The heartbeat of a real station at a real centre, and what a hello costs on the wire.

use chrono::{TimeDelta, Utc};
use domain::heartbeat::{DEVICES, DeviceTrouble, Disk, Heartbeat};
use domain::sync::{AuditHead, sha256_hex};
use tests::city::{COMMUNITY, City};
use tests::desk::REGISTRATION;
use tests::speaker::first;

/// What the issue allows for a hello that brings no news, each way: request line, headers and body
/// within TLS, as they pass on the wire.
const LIMIT_BYTES: u64 = 2_048;
const HELLOS: u64 = 10;

#[test]
fn a_hello_without_news_is_one_request_of_two_kilobytes_at_most() {
    let city = City::open();
    city.with_officers();
    for (login, name) in [
        ("one", "欧阳协理一"),
        ("two", "司马协理二"),
        ("three", "诸葛协理三"),
    ] {
        city.add_staff(login, name, COMMUNITY);
    }
    let mut speaker = city.speaker(COMMUNITY);
    speaker.bundle = Some("0".repeat(64));
    let well = Heartbeat {
        clock: Some(Utc::now()),
        disk: Disk {
            free_bytes: 412_316_860_416,
            total_bytes: 549_755_813_888,
        },
        database_bytes: 943_718_400,
        backup_at: Some(Utc::now() - TimeDelta::hours(5)),
        ..Heartbeat::default()
    };
    let trouble = DeviceTrouble {
        kind: "card_reader".into(),
        code: "reader.service_stopped".into(),
    };
    let ill = Heartbeat {
        oldest_unsent: Some(Utc::now() - TimeDelta::days(3)),
        held: 17,
        refused: 4,
        devices: vec![trouble; DEVICES],
        notices: [
            "storage.disk_low",
            "storage.no_backup",
            "storage.journal_away",
        ]
        .map(String::from)
        .into(),
        ..well.clone()
    };
    for (what, heartbeat) in [("well", well), ("ill", ill)] {
        speaker.heartbeat = Some(heartbeat);
        speaker.audit = AuditHead {
            n: 123_456,
            hash: sha256_hex(b"a head that no compression makes shorter"),
        };
        // The first one meets the centre: its handshake is not a hello.
        let reply = speaker.hello(first(), 0).expect("an answer");
        speaker.lease = lease_serial(&reply.lease.body);
        speaker.bundle = reply.bundle.map(|offer| offer.sha256);
        let before = city.line.passed_bytes();
        for _ in 0..HELLOS {
            speaker.hello(first(), 0).expect("an answer");
        }
        let after = city.line.passed_bytes();
        let [there, back] = [0, 1].map(|way| (after[way] - before[way]) / HELLOS);
        println!("hello={what} request_bytes={there} answer_bytes={back}");
        assert!(
            there > 200 && there <= LIMIT_BYTES,
            "{what}: {there} bytes there"
        );
        assert!(
            back > 200 && back <= LIMIT_BYTES,
            "{what}: {back} bytes back"
        );
    }
}

fn lease_serial(body: &str) -> u64 {
    let lease: serde_json::Value = serde_json::from_str(body).expect("a lease");
    lease["serial"].as_u64().expect("a number")
}

#[test]
fn a_station_says_how_it_is_and_the_console_shows_it() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let said = tests::eventually("the station has said how it is", || {
        let said = street.get("/api/stations")["rows"][0]["said"].clone();
        said["disk_bytes"].as_u64().map(|_| said)
    });
    assert!(said["disk_free_bytes"].as_u64() < said["disk_bytes"].as_u64());
    assert!(said["database_bytes"].as_u64() > Some(4_096));
    assert!(
        said["clock_off_s"]
            .as_i64()
            .is_some_and(|off| off.abs() <= 2)
    );
    assert_eq!(said["unsent_commands"], 0);
    // What is filed while the line is cut waits, and the station says since when.
    city.line.cut();
    let page = desk.tap("moved");
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    city.line.restore();
    tests::eventually("everything was sent and told", || {
        let said = street.get("/api/stations")["rows"][0]["said"].clone();
        (desk.has_sent_everything() && said["log_last"] == 1 && said["unsent_commands"] == 0)
            .then_some(())
    });
    let far = city.reviewer("far_street");
    assert_eq!(far.get("/api/stations")["of"], 0);
}
