//! The device page's words, and that support's lines name nobody.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use drivers::document::sane::Sane;
use drivers::id_card::monitor::{Reader, ReaderCondition};
use drivers::id_card::profile::Profiles;

use super::super::chosen::AddedScanner;
use super::super::readers::Met;
use super::super::{Config, Devices};
use super::*;

fn seen(readers: &[(&str, ReaderCondition)]) -> Seen {
    let reader = |(name, state): &(&str, ReaderCondition)| Reader {
        name: (*name).to_owned(),
        state: *state,
    };
    Seen {
        service: Some(ServiceState::Up),
        readers: readers.iter().map(reader).collect(),
        ..Seen::default()
    }
}

fn usb(folder: &Path) -> Usb {
    Usb::at(folder, &Profiles::embedded())
}

fn codes(seen: &Seen, usb: &Usb) -> Vec<String> {
    let views = readers(seen, usb);
    views.into_iter().map(|view| view.reason.code).collect()
}

#[test]
fn why_there_is_no_reader_is_told_apart() {
    let empty = tempfile::tempdir().unwrap();
    let plugged = tempfile::tempdir().unwrap();
    let interface = plugged.path().join("1-2:1.0");
    std::fs::create_dir(&interface).unwrap();
    std::fs::write(interface.join("bInterfaceClass"), "0b\n").unwrap();
    let down = Seen {
        service: Some(ServiceState::Down),
        ..Seen::default()
    };
    assert_eq!(codes(&down, &usb(empty.path())), ["reader.service_stopped"]);
    assert_eq!(codes(&seen(&[]), &usb(empty.path())), ["reader.none"]);
    assert_eq!(
        codes(&seen(&[]), &usb(plugged.path())),
        ["reader.driver_missing"]
    );
}

#[test]
fn a_service_that_is_down_is_said_beside_the_readers_that_need_none() {
    let nowhere = &usb(Path::new("/nowhere"));
    let mut seen = seen(&[("usb", ReaderCondition::Empty)]);
    seen.service = Some(ServiceState::Down);
    let rows = readers(&seen, nowhere);
    let said: Vec<_> = rows
        .iter()
        .map(|row| (row.reason.code.as_str(), row.ready, row.needed))
        .collect();
    let expected = [
        ("reader.ready", true, true),
        ("reader.service_stopped", false, false),
    ];
    assert_eq!(said, expected);
    assert_eq!(reader_lines(&seen, nowhere)[0], "card service: down");
}

#[test]
fn a_reader_says_what_is_wrong_with_the_card_that_lies_on_it() {
    let nowhere = &usb(Path::new("/nowhere"));
    let mut seen = seen(&[("a", ReaderCondition::Card), ("b", ReaderCondition::Empty)]);
    assert_eq!(
        codes(&seen, nowhere),
        ["reader.card_present", "reader.ready"]
    );
    seen.failed.insert("a".into(), CardError::SamRefusedCard);
    assert_eq!(codes(&seen, nowhere), ["card.not_genuine", "reader.ready"]);
    assert!(!readers(&seen, nowhere)[0].ready);
}

#[test]
fn supports_lines_say_module_code_and_time() {
    let mut seen = seen(&[("R 00 00", ReaderCondition::Empty)]);
    let at = "2026-11-28T09:30:00Z".parse().unwrap();
    let done = DeviceDone {
        at,
        ok: false,
        reason: Reason::new("card.removed"),
        took_ms: Some(12),
    };
    seen.last = BTreeMap::from([("R 00 00".to_owned(), done)]);
    let met = Met {
        profile: "read-binary".into(),
        module: true,
    };
    seen.met = BTreeMap::from([("R 00 00".to_owned(), met)]);
    assert_eq!(
        reader_lines(&seen, &usb(Path::new("/nowhere"))),
        [
            "card service: up",
            "reader: R 00 00, by read-binary, reader.ready, last: card.removed at \
             2026-11-28T09:30:00Z in 12 ms, security module: yes",
        ]
    );
}

#[test]
fn a_slip_in_a_file_of_readers_or_scanners_is_told_and_closes_nothing() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join(BESIDE), "# ours\nprofile = 1\n").unwrap();
    let models = "[[quirk]]\nmodle = 'Brother*'\n";
    std::fs::write(home.path().join("scanners.toml"), models).unwrap();
    let nothing = home.path().join("sane");
    std::fs::create_dir(&nothing).unwrap();
    std::fs::write(nothing.join("dll.conf"), "\n").unwrap();
    let config = Config {
        folder: Some(home.path().to_owned()),
        sane: Sane::with_config(nothing),
        ..Config::default()
    };
    let devices = Devices::start(config.clone(), Arc::new(|_| {})).unwrap();
    let told = |devices: &Devices| {
        let rows = devices.list().devices;
        let codes: Vec<_> = rows.into_iter().map(|row| row.reason.code).collect();
        ["reader.profiles_left_out", "scanner.models_left_out"]
            .map(|code| codes.iter().any(|told| told == code))
    };
    assert_eq!(told(&devices), [true; 2]);
    let diagnosis = devices.diagnosis();
    for line in [
        "left out: readers.toml: line 2, `1`: ",
        "left out: scanners.toml: line 2, `modle`: ",
    ] {
        assert!(diagnosis.contains(line), "{diagnosis}");
    }
    drop(devices);
    std::fs::write(home.path().join(BESIDE), "# ours\n").unwrap();
    std::fs::write(home.path().join("scanners.toml"), "# ours\n").unwrap();
    let devices = Devices::start(config, Arc::new(|_| {})).unwrap();
    assert_eq!(told(&devices), [false; 2]);
    assert!(!devices.diagnosis().contains("left out"));
}

/// Devices of a station in this folder, with nothing plugged in.
fn started(home: &Path) -> Devices {
    let nothing = home.join("sane");
    std::fs::create_dir_all(&nothing).unwrap();
    std::fs::write(nothing.join("dll.conf"), "\n").unwrap();
    let config = Config {
        folder: Some(home.to_owned()),
        sane: Sane::with_config(nothing),
        ..Config::default()
    };
    Devices::start(config, Arc::new(|_| {})).unwrap()
}

#[test]
fn supports_lines_do_not_say_where_the_watched_folder_lies() {
    let home = tempfile::tempdir().unwrap();
    let watched = home.path().join("王样本 11010519491231002X");
    std::fs::create_dir(&watched).unwrap();
    let devices = started(home.path());
    let path = watched.clone();
    let chosen = devices.sources.choose(|chosen| chosen.folder = Some(path));
    chosen.unwrap();
    let began = std::time::Instant::now();
    let listed = || devices.diagnosis().contains("folder: ");
    while !listed() && began.elapsed().as_secs() < 20 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let diagnosis = devices.diagnosis();
    assert!(
        diagnosis.contains("folder: chosen, by folder"),
        "{diagnosis}"
    );
    for part in ["王样本", "11010519491231002X", "/"] {
        let lines = diagnosis.lines().filter(|line| line.contains("folder"));
        assert!(
            lines.into_iter().all(|line| !line.contains(part)),
            "{diagnosis}"
        );
    }
    assert!(!diagnosis.contains("王样本"));
}

#[test]
fn a_scanner_that_is_taken_away_takes_its_certificate_along() {
    let home = tempfile::tempdir().unwrap();
    let pin = |name: &str| format!("{name} {}\n", "ab".repeat(32));
    let (mine, other) = (pin("10.0.0.1:443"), pin("10.0.0.10:443"));
    // Under the name that the file had before.
    let before = home.path().join("scanner-certificates.json");
    std::fs::write(before, format!("{mine}{other}")).unwrap();
    let devices = started(home.path());
    let address = "https://10.0.0.1/eSCL/";
    let added = AddedScanner {
        address: address.to_owned(),
        name: "Mine".to_owned(),
    };
    let chosen = devices.sources.choose(|chosen| chosen.scanners.push(added));
    chosen.unwrap();
    devices.remove_scanner(&format!("escl:{address}")).unwrap();
    assert!(devices.sources.chosen().scanners.is_empty());
    let left = std::fs::read_to_string(home.path().join("scanner-certificates.txt"));
    assert_eq!(left.unwrap(), other);
}
