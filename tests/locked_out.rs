//! The door that does not open: wrong passwords, an unreadable store, one that is gone. Whatever
//! lies in the folder is kept as it is, and no new store is ever made.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use station::view::Door;
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, PASSWORD, REGISTRATION, copy_folder};

#[test]
fn five_wrong_passwords_wait_and_the_right_one_waits_with_them() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    desk.station.lock().expect("it locks");
    for left in [4, 3, 2, 1] {
        let refused = desk.station.log_in("zhang", "not the password");
        let reason = refused.expect_err("it is wrong").reason;
        assert_eq!(reason.code, "auth.wrong_password");
        assert_eq!(reason.with["left"], left.to_string());
    }
    let refused = desk.station.log_in("zhang", "not the password");
    assert_eq!(refused.expect_err("the fifth").reason.code, "auth.wait");
    // The program is started anew: the wait is not forgotten, the right password no way around it.
    let folder = desk.folder.clone();
    drop(desk);
    let desk = Desk::unpack(&folder, "zhang");
    let reason = desk
        .station
        .log_in("zhang", PASSWORD)
        .expect_err("it waits")
        .reason;
    assert_eq!(reason.code, "auth.wait");
    let seconds: i64 = reason.with["seconds"].parse().expect("a number");
    assert!((1..=30).contains(&seconds), "{seconds}");
    let status = desk.station.get_status();
    assert!(
        matches!(status.door, Door::Login { .. }),
        "{:?}",
        status.door
    );
    assert!(desk.station.get_worklist().is_err(), "nothing is open");
}

#[test]
fn refused_log_ins_are_in_the_audit_once_somebody_is_in() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let refused = |desk: &Desk| {
        let today = station::clock::business_day(chrono::Utc::now());
        let shown = desk.station.get_audit(today).expect("the audit");
        let lines = shown.lines.into_iter();
        let refused = lines.filter(|line| line.kind == "session.refused");
        refused
            .map(|line| (line.with["login"].clone(), line.with["times"].clone()))
            .collect::<Vec<_>>()
    };
    desk.station.lock().expect("it locks");
    for _ in 0..2 {
        desk.station
            .log_in("zhang", "not the password")
            .expect_err("it is wrong");
    }
    // The program is started anew in between: they are not forgotten.
    let desk = desk.restart();
    assert_eq!(refused(&desk), [("zhang".into(), 2.into())]);
    let desk = desk.restart();
    assert_eq!(refused(&desk).len(), 1, "told once");
    assert_eq!(desk.station.verify_audit().expect("verified").fault, None);
}

#[test]
fn an_unreadable_store_is_said_and_kept_byte_for_byte() {
    let city = City::open();
    // In its head, in its middle, cut, emptied.
    let damages: [fn(&mut Vec<u8>); 4] = [
        |bytes| bytes[..64].fill(0xA5),
        |bytes| bytes[4096..].iter_mut().for_each(|byte| *byte ^= 0x5A),
        |bytes| bytes.truncate(1_000),
        Vec::clear,
    ];
    // After an orderly end, and as a power cut leaves it: with a log beside the file.
    for (at, damage) in damages.iter().flat_map(|d| [d, d]).enumerate() {
        let desk = with_work(city.desk(COMMUNITY));
        let folder = match at % 2 {
            0 => closed(desk),
            _ => cut_off(desk),
        };
        let path = folder.join("station.db");
        let mut bytes = std::fs::read(&path).expect("the store");
        damage(&mut bytes);
        std::fs::write(&path, &bytes).expect("it is damaged");
        let before = files(&folder);

        let desk = Desk::unpack(&folder, "zhang");
        let failure = desk
            .station
            .log_in("zhang", PASSWORD)
            .expect_err("it cannot be read");
        assert_eq!(failure.reason.code, "store.unreadable", "damage {at}");
        let Door::Unreadable { code, path: shown } = desk.station.get_status().door else {
            panic!("the window must say so")
        };
        assert_eq!(
            (code.as_str(), Path::new(&shown)),
            ("store.unreadable", path.as_path())
        );
        // Neither a second try nor the right to enrol makes a new one.
        let again = desk.station.log_in("zhang", PASSWORD).expect_err("nor now");
        assert_eq!(again.reason.code, "store.unreadable");
        let (url, code) = (city.enrol_url(), city.code(COMMUNITY));
        let ca = Some(city.ca_file());
        let anew = desk.station.enrol(&url, &code, ca, "zhang", PASSWORD);
        assert_eq!(
            anew.expect_err("it is enrolled").reason.code,
            "station.already_enrolled"
        );
        drop(desk);
        assert_eq!(
            files(&folder),
            before,
            "damage {at}: every file is as it was"
        );
    }
}

#[test]
fn a_store_that_is_gone_is_said_and_none_is_made_in_its_place() {
    let city = City::open();
    let folder = closed(with_work(city.desk(COMMUNITY)));
    let path = folder.join("station.db");
    let away = folder.with_extension("kept");
    std::fs::rename(&path, &away).expect("it is moved away");
    let desk = Desk::unpack(&folder, "zhang");
    let Door::Unreadable { code, path: shown } = desk.station.get_status().door else {
        panic!("the window must say so")
    };
    assert_eq!(
        (code.as_str(), Path::new(&shown)),
        ("store.missing", path.as_path())
    );
    let failure = desk
        .station
        .log_in("zhang", PASSWORD)
        .expect_err("nothing is there");
    assert_eq!(failure.reason.code, "store.missing");
    assert!(!path.exists(), "no new store");
    // It is found again, and so is the work in it.
    std::fs::rename(&away, &path).expect("it is put back");
    desk.log_in();
    assert_eq!(
        desk.station
            .get_worklist()
            .expect("the worklist")
            .drafts
            .len(),
        1
    );
}

fn with_work(desk: Desk) -> Desk {
    for sample in ["citizen", "moved"] {
        let page = desk.tap(sample);
        desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    }
    let page = desk.tap("hui");
    desk.draft("unemployment_registration", &page, REGISTRATION);
    desk
}

/// The folder of a desk after the program has ended.
fn closed(desk: Desk) -> PathBuf {
    let folder = desk.folder.clone();
    drop(desk);
    // A thread that was asking for the status may be the last to leave the store.
    let log = folder.join("station.db-wal");
    tests::eventually("the log is in the file", || (!log.exists()).then_some(()));
    folder
}

/// The folder as the disk has it while the program runs.
fn cut_off(desk: Desk) -> PathBuf {
    let found = desk.folder.with_extension("found");
    copy_folder(&desk.folder, &found);
    let log = found.join("station.db-wal");
    assert!(
        log.metadata().is_ok_and(|log| log.len() > 0),
        "there is a log"
    );
    found
}

/// Every file that holds something of the station's, with the hash of its bytes. SQLite's own side files of an
/// open connection hold nothing.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let own = |name: &str| !name.ends_with("-shm") && !name.ends_with(".lock");
    std::fs::read_dir(folder)
        .expect("the folder")
        .flatten()
        .map(|entry| {
            (
                entry.file_name().to_string_lossy().into_owned(),
                entry.path(),
            )
        })
        .filter(|(name, path)| own(name) && path.is_file())
        .map(|(name, path)| (name, std::fs::read(path).expect("a file")))
        .filter(|(name, bytes)| !(name.ends_with("-wal") && bytes.is_empty()))
        .map(|(name, bytes)| (name, domain::sync::sha256_hex(&bytes)))
        .collect()
}
