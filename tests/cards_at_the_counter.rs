//! Cards through the real road into a station: tray, reader driver, a private pcscd, PC/SC. The
//! counter runs in a process of its own, since libpcsclite reads where its service is once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use drivers::id_card::photo;
use drivers::virtual_card::{Interface, Pcscd, VirtualReader, pcscd};
use station::Event;
use station::view::{DeviceKind, DeviceView, Tap};
use tests::city::{COMMUNITY, City};
use tests::counter::{Counter, SOCKET};
use tests::desk::REGISTRATION;

/// Set for the counter's process: the station's folder, the tray's, the reader driver.
const FOLDER: &str = "YIZHAN_TEST_COUNTER_FOLDER";
const TRAY: &str = "YIZHAN_TEST_COUNTER_TRAY";
const DRIVER: &str = "YIZHAN_TEST_COUNTER_DRIVER";

#[test]
fn cards_laid_on_a_reader_become_taps_and_what_is_wrong_is_said() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let folder = desk.folder.clone();
    drop(desk);
    let tray = tempfile::tempdir().expect("a folder");
    let decoder = env!("CARGO_BIN_EXE_photo-decoder");
    let readers = format!("[photo]\nprogram = {decoder:?}\n");
    std::fs::write(folder.join("readers.toml"), readers).expect("the readers' file");
    let mut counter = Command::new(std::env::current_exe().expect("this binary"));
    counter.args([
        "cards_at_the_counter::the_counter",
        "--exact",
        "--nocapture",
    ]);
    counter.env(FOLDER, &folder).env(TRAY, tray.path());
    counter.env(DRIVER, tests::reader_driver());
    counter.env(SOCKET, pcscd::socket_in(tray.path()));
    let out = counter.output().expect("it starts");
    let said = String::from_utf8_lossy(&out.stdout);
    let told = String::from_utf8_lossy(&out.stderr);
    assert!(
        out.status.success() && said.contains("back"),
        "{said}\n{told}"
    );
    print!("{said}");
    assert_eq!(city.counts(), (1, 1, 1), "her case arrived");
}

/// Not a test by itself: the process above.
#[test]
fn the_counter() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let tray = PathBuf::from(std::env::var_os(TRAY).expect("the tray's folder"));
    let counter = Counter::open(&folder, &tray, &driver());
    every_kind_is_read(&counter);
    the_photo_is_decoded_and_written_nowhere(&counter, &folder);
    the_same_card_is_nobody_new(&counter);
    faults_are_named(&counter);
    a_case_is_filed_from_a_card(&counter);
    let service = a_killed_service_is_survived(&counter, &tray);
    nobody_sees_a_card_while_it_is_locked(&counter);
    drop(counter);
    drop(service);
}

fn every_kind_is_read(counter: &Counter) {
    let untried = counter.station.test_source("photo");
    assert_eq!(
        untried.expect_err("no card yet").reason.code,
        "photo.no_card"
    );
    let mut worst_ms = 0.0_f64;
    for key in [
        "citizen",
        "rare_name",
        "moved",
        "hong_kong",
        "foreigner_2017",
        "foreigner_2023",
    ] {
        let content = drivers::virtual_card::samples::find(key)
            .expect("a sample")
            .card;
        counter.station.insert_card(key).expect("it lies there");
        let (page, took_ms) = counter.read();
        let expected = station::reading::identity(&content);
        assert_eq!(page.face.name, expected.name, "{key}");
        assert_eq!(page.face.latin_name, expected.latin_name, "{key}");
        assert!(page.reading.is_some(), "{key}");
        let extras = &page.face.extras;
        assert_eq!(extras.appended_address, content.appended_address, "{key}");
        let masked = extras.masked_pass_number.as_deref();
        assert_eq!(masked, (key == "hong_kong").then_some("H00****01"));
        assert_eq!(extras.card_version, content.card_version, "{key}");
        assert_eq!(extras.renewal_count, content.renewal_count, "{key}");
        worst_ms = worst_ms.max(took_ms);
        counter.lift();
    }
    println!("tap worst_ms={worst_ms:.1}");
    assert!(worst_ms < 100.0, "within a blink");
}

/// The photo of a card comes from a program of its own and stays in memory.
fn the_photo_is_decoded_and_written_nowhere(counter: &Counter, folder: &Path) {
    counter.station.insert_card("woman").expect("it lies there");
    let (page, _) = counter.read();
    assert!(page.photo, "the card has one");
    let reading = page.reading.expect("a card was read");
    let began = Instant::now();
    let (media_type, picture) = counter.station.photo(reading).expect("a picture");
    println!("photo decoded_ms={}", began.elapsed().as_millis());
    assert_eq!(media_type, "image/bmp");
    assert!(photo::is_the_picture(&picture));
    assert_ne!(picture, photo::placeholder(), "the program made it");
    let list = counter.station.list_devices().expect("the devices");
    let is_decoder = |device: &&DeviceView| device.kind == DeviceKind::PhotoDecoder;
    let device = list.devices.iter().find(is_decoder).expect("it is listed");
    assert_eq!(device.name.as_deref(), Some("photo-decoder"));
    assert_eq!(device.reason.code, "photo.ready");
    let last = device.last.as_ref().expect("it decoded one");
    assert_eq!(last.reason.code, "photo.made");
    // A second look costs no second program.
    let again = counter.station.photo(reading).expect("a picture");
    assert_eq!(again.1, picture);
    let list = counter.station.list_devices().expect("the devices");
    let device = list.devices.iter().find(is_decoder).expect("it is listed");
    assert_eq!(device.last.as_ref(), Some(last));
    // Support tries the program on the same photo.
    let tried = counter.station.test_source("photo").expect("it decodes");
    assert_eq!((tried.media.as_str(), tried.width), ("image/bmp", 102));
    counter.lift();
    // Neither as it was on the card nor as it is shown.
    let marks = [
        picture[54 + 308 * 60 + 135..][..30].to_vec(),
        b"WL\x66\x00\x7E\x00".to_vec(),
    ];
    for file in files_below(folder) {
        let bytes = std::fs::read(&file).unwrap_or_default();
        for mark in &marks {
            let found = bytes.windows(mark.len()).any(|window| window == mark);
            assert!(!found, "{}", file.display());
        }
    }
    let diagnosis = counter.station.get_diagnosis().expect("the lines");
    assert!(
        diagnosis.contains("photo decoder: photo-decoder, photo.ready"),
        "{diagnosis}"
    );
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("the station's folder");
    let paths = entries.flatten().map(|entry| entry.path());
    paths
        .flat_map(|path| match path.is_dir() {
            true => files_below(&path),
            false => vec![path],
        })
        .collect()
}

/// Laid down twice it is one reading; swapped for another card it is another one.
fn the_same_card_is_nobody_new(counter: &Counter) {
    let lay = |key: &str| {
        counter.station.insert_card(key).expect("it lies there");
        let told = counter.tap("a reading", |tap| match tap {
            Tap::Read { reading, again, .. } => Some((reading, again)),
            Tap::Failed { reason } => panic!("{reason:?}"),
            Tap::Own { .. } | Tap::Removed => None,
        });
        counter.lift();
        told
    };
    let (first, again) = lay("citizen");
    assert!(!again);
    assert_eq!(lay("citizen"), (first, true), "laid down once more");
    let (other, again) = lay("hong_kong");
    assert!(other != first && !again, "swapped");
    assert_eq!(lay("citizen"), (first, false), "back again, after another");
}

fn faults_are_named(counter: &Counter) {
    let faulty = [
        ("torn", "card.removed"),
        ("bad_checksum", "card.frame_checksum"),
        ("not_genuine", "card.not_genuine"),
        // On the reader with contacts, and on the plain one.
        ("social_card", "card.social_card"),
        ("social_psam", "card.needs_psam"),
        ("bank_card", "card.unknown_type"),
        ("plain_reader", "card.no_security_module"),
    ];
    for (key, code) in faulty {
        counter.station.insert_card(key).expect("it lies there");
        let reason = counter.tap(key, |tap| match tap {
            Tap::Failed { reason } => Some(reason),
            Tap::Read { .. } => panic!("{key} was read"),
            Tap::Own { .. } | Tap::Removed => None,
        });
        assert_eq!(reason.code, code, "{key}");
        counter.lift();
    }
    let refused = counter
        .station
        .insert_card("no such card")
        .expect_err("unknown");
    assert_eq!(refused.reason.code, "tray.unknown_card");
}

fn a_case_is_filed_from_a_card(counter: &Counter) {
    counter.station.insert_card("woman").expect("it lies there");
    let (page, _) = counter.read();
    counter.lift();
    // She has taken her card back: the reading is kept for her form.
    let form = counter
        .station
        .open_draft("unemployment_registration", page.reading, None);
    let form = form.expect("the form opens");
    let block = match &form.evidence {
        domain::identity::Evidence::CardRead {
            reader,
            block_sha256,
            ..
        } => {
            assert!(reader.starts_with("Yizhan"), "{reader}");
            block_sha256.clone()
        }
        other => panic!("{other:?}"),
    };
    assert_eq!(block.len(), 64);
    let saved = counter
        .station
        .save_answers(form.draft, tests::desk::answers(REGISTRATION));
    saved.expect("the answers are saved");
    counter.station.submit(form.draft).expect("it is filed");
    tests::eventually("it is sent", || {
        (counter.station.get_status().unsent_commands == 0).then_some(())
    });
}

fn a_killed_service_is_survived(counter: &Counter, tray: &Path) -> Pcscd {
    counter
        .station
        .insert_card("citizen")
        .expect("it lies there");
    counter.read();
    let pid = service_of(tray).expect("the tray's pcscd runs");
    let killed = Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.expect("kill runs").success());
    counter.until_reader("reader.service_stopped");
    counter.removed();
    let reader = VirtualReader::new("counter", Interface::SdtExtended);
    let readers = [reader];
    let mut service = Pcscd::start(tray, &driver(), &readers).expect("it starts again");
    let began = Instant::now();
    let (page, _) = counter.read();
    assert_eq!(page.face.name, "王样本", "the card still lies there");
    println!(
        "back after service_restart_ms={}",
        began.elapsed().as_millis()
    );
    counter.lift();
    counter.until_reader("reader.ready");
    service.stop();
    counter.until_reader("reader.service_stopped");
    service.start_again(&readers).expect("and again");
    counter.until_reader("reader.ready");
    service
}

fn nobody_sees_a_card_while_it_is_locked(counter: &Counter) {
    counter.station.lock().expect("it locks");
    while counter.next(Duration::from_millis(300)).is_some() {}
    counter
        .station
        .insert_card("citizen")
        .expect("it lies there");
    counter.until_reader("reader.card_present");
    while let Some(event) = counter.next(Duration::from_millis(300)) {
        assert!(!matches!(event, Event::Tap(_)), "{event:?}");
    }
    counter.station.lift_card().expect("it is lifted");
}

fn driver() -> PathBuf {
    PathBuf::from(std::env::var_os(DRIVER).expect("the reader driver"))
}

/// The pcscd of a tray: a child of this process with the tray's folder on its command line.
fn service_of(tray: &Path) -> Option<u32> {
    let folder = tray.display().to_string();
    let listed = std::fs::read_dir("/proc").expect("the processes");
    let pids = listed
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.into_iter().find(|pid: &u32| {
        let read = |what: &str| std::fs::read_to_string(format!("/proc/{pid}/{what}"));
        let ours = read("stat").is_ok_and(|stat| {
            let after = stat.rsplit(')').next().unwrap_or_default();
            after.split_whitespace().nth(1) == Some(&std::process::id().to_string())
        });
        ours && read("cmdline")
            .is_ok_and(|words| words.contains("pcscd") && words.contains(&folder))
    })
}
