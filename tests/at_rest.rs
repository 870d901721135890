//! R16: a day at a station, and then somebody carries the computer away: in the data folder, the journal's
//! and the backups' beside it, the folder for temporary files, the home folder and the logs nothing is
//! found of who was there. What left as a list was asked for, and lies on a stick.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use chrono::{Days, Utc};
use domain::{DocumentKind, Sex};
use station::storage::Places;
use station::view::{ExportFormat, ExportWish, LedgerWish, TypedIdentity};
use tests::canary::{self, Canary};
use tests::city::{COMMUNITY, City};
use tests::desk::{Desk, HARDSHIP, REGISTRATION, for_the_audit};

/// Set for the process that is carried away: the station's folder.
const FOLDER: &str = "YIZHAN_TEST_AT_REST_FOLDER";
/// Likewise: the stick that a list leaves on.
const STICK: &str = "YIZHAN_TEST_AT_REST_STICK";
/// More than a shop window of logging: everything our own crates say, and what others say of theirs.
pub(crate) const LOGGING: &str = "station=trace,domain=trace,drivers=trace,debug";
/// A day writes more than this, or it was no day.
const AT_LEAST_BYTES: u64 = 200_000;

#[test]
fn nothing_at_rest_says_who_was_here() {
    let began = Instant::now();
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let folder = desk.folder.clone();
    drop(desk);
    let around = tempfile::tempdir().expect("a folder");
    let names = ["tmp", "home", "logs", "stick"];
    let [temporary, home, logs, stick] = names.map(|name| around.path().join(name));
    for made in [&temporary, &home, &logs, &stick] {
        std::fs::create_dir(made).expect("a folder");
    }
    let file = |name| std::fs::File::create(logs.join(name)).expect("a log");
    let status = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "at_rest::a_day_until_carried_away",
            "--exact",
            "--nocapture",
        ])
        .env(FOLDER, &folder)
        .env(STICK, &stick)
        .env("TMPDIR", &temporary)
        .env("HOME", &home)
        .env("XDG_DATA_HOME", &home)
        .env("XDG_CACHE_HOME", &home)
        .env("XDG_RUNTIME_DIR", &home)
        .env("RUST_LOG", LOGGING)
        .stdout(Stdio::from(file("said.log")))
        .stderr(Stdio::from(file("errors.log")))
        .status()
        .expect("it starts");
    let said = std::fs::read_to_string(logs.join("said.log")).expect("what it said");
    let told = std::fs::read_to_string(logs.join("errors.log")).expect("its log");
    let panic = told.lines().skip_while(|line| !line.contains("panicked"));
    let panic: Vec<_> = panic.take(3).collect();
    assert!(said.contains("carried away"), "{status}: {panic:?}");
    assert!(told.contains("DEBUG"), "it logged: {told}");

    let canaries = canary::all();
    let secrets: Vec<&str> = canaries.iter().flat_map(Canary::secrets).collect();
    let [journal, backups] = kept_beside(&folder);
    let places = [folder, journal, backups, temporary, home, logs];
    let found = canary::search(&places, &secrets);
    assert!(found.bytes > AT_LEAST_BYTES, "{found:?}");
    planted_is_found(&places, &secrets);
    println!(
        "proof\tR16\ta day at a station leaves no name, number or word\t{}\t{}\t{}\t{:.1}\t{}",
        found.files,
        found.files,
        found.hits.len(),
        began.elapsed().as_secs_f64(),
        if found.hits.is_empty() {
            "holds"
        } else {
            "FAILS"
        },
    );
    assert!(found.hits.is_empty(), "{:#?}", found.hits);
}

/// The folders of journal and backups, after a day that wrote into both and took the record of acts along.
pub(crate) fn kept_beside(folder: &Path) -> [PathBuf; 2] {
    let places = Places::load(folder);
    let beside = [places.journal_of(folder), places.backups_of(folder)];
    for place in beside.iter().chain([&folder.join("exports")]) {
        let found = canary::search(std::slice::from_ref(place), &[]);
        assert!(found.bytes > 0, "something lies in {}", place.display());
    }
    beside
}

/// The search itself can fail: each secret, put there in each way of writing, is found.
pub(crate) fn planted_is_found(places: &[PathBuf], secrets: &[&str]) {
    for (at, secret) in secrets.iter().enumerate() {
        for (how, bytes) in canary::written(secret) {
            let place = places[at % places.len()].join("planted");
            let around = [&[7; 4096][..], &bytes, &[9; 77]].concat();
            std::fs::write(&place, around).expect("it is planted");
            let found = canary::search(places, &[secret]);
            std::fs::remove_file(&place).expect("it is taken away");
            let ours = |hit: &&String| hit.contains(how) && hit.contains("planted");
            assert!(found.hits.iter().any(|hit| ours(&hit)), "{secret} as {how}");
        }
    }
}

/// Not a test by itself: the process above. It ends as a computer that is unplugged.
#[test]
fn a_day_until_carried_away() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let logged = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .try_init();
    logged.expect("it logs");
    let desk = Desk::unpack(Path::new(&folder), "zhang");
    let wrong = desk.station.log_in("zhang", "画眉弄七十三号乙");
    assert!(wrong.is_err(), "a wrong password");
    desk.log_in();
    let [by_card, by_hand] = canary::all();
    with_a_card(&desk, &by_card);
    without_a_card(&desk, &by_hand);
    asked_for(&desk, [&by_card, &by_hand]);
    kept_and_taken_along(&desk);
    tests::eventually("all is sent", || desk.has_sent_everything().then_some(()));
    desk.station.lock().expect("it is locked");
    desk.log_in();
    let open = desk.tap_card(&by_card.card());
    desk.draft("unemployment_registration", &open, &spoken(&by_card));
    println!("carried away");
    std::process::abort();
}

/// One form that is filed with a page, one that is thrown away and brought back.
fn with_a_card(desk: &Desk, who: &Canary) {
    let page = desk.tap_card(&who.card());
    let draft = desk.draft("hardship_recognition", &page, &spoken(who));
    let taken = desk
        .drop_file(
            draft,
            "household_book",
            &format!("{}.jpg", who.name),
            &photo(who),
        )
        .expect("the page is taken");
    let side = &taken.pages[0].page;
    desk.station.picture(side, true).expect("a thumbnail");
    let turned = desk.station.turn_page(draft, side, 1).expect("it turns");
    let undo = desk.station.remove_page(draft, &turned.pages[0].page);
    let undo = undo.expect("it goes").undo.expect("it can come back");
    desk.station.restore_page(draft, &undo).expect("it is back");
    let refused = desk.drop_file(draft, "household_book", "words.txt", who.words.as_bytes());
    assert!(refused.is_err(), "no picture");
    let filed = desk.station.submit(draft);
    let filed = filed.unwrap_or_else(|failure| panic!("it is filed: {failure:?}"));
    desk.station.get_case(filed.case).expect("the case");
    let other = desk.draft("unemployment_registration", &page, &spoken(who));
    let undo = desk.station.discard_draft(other).expect("it goes");
    desk.station.restore_draft(&undo).expect("it is back");
}

fn without_a_card(desk: &Desk, who: &Canary) {
    let birth = &who.number[6..14];
    let typed = TypedIdentity {
        kind: DocumentKind::CitizenCard,
        number: who.number.clone(),
        name: who.name.into(),
        sex: Some(Sex::Male),
        birth: format!("{}-{}-{}", &birth[..4], &birth[4..6], &birth[6..]),
        address: who.address.into(),
        reason: "card_forgotten".into(),
    };
    desk.station.check_identity(&typed).expect("it is checked");
    let mut mistyped = typed.clone();
    mistyped.number.replace_range(17.., "x1");
    assert!(desk.station.enter_identity(&mistyped).is_err());
    let page = desk.station.enter_identity(&typed);
    let page = page.unwrap_or_else(|failure| panic!("it is taken: {failure:?}"));
    let answers = [REGISTRATION, &[("phone", who.phone), ("wish", who.words)]].concat();
    let draft = desk.draft("unemployment_registration", &page, &answers);
    let long = who.words.repeat(4_000);
    let answers = tests::desk::answers(&[&answers[..], &[("wish", long.as_str())]].concat());
    assert!(
        desk.station.save_answers(draft, answers).is_err(),
        "too long"
    );
    let filed = desk.station.submit(draft);
    filed.unwrap_or_else(|failure| panic!("it is filed: {failure:?}"));
}

fn asked_for(desk: &Desk, people: [&Canary; 2]) {
    for who in people {
        for text in [who.name, &who.number, &who.number[14..], who.phone] {
            desk.station.search_people(text).expect("an answer");
        }
    }
    desk.station.get_worklist().expect("the worklist");
    desk.station
        .get_diagnosis()
        .expect("the device page's report");
}

/// A backup; the record of acts for an auditor; the day's list, which names people, onto a stick.
fn kept_and_taken_along(desk: &Desk) {
    desk.station.back_up().expect("a backup is made");
    tests::eventually("the backup is there", || {
        let storage = desk.station.get_storage().expect("the storage page");
        storage.backups.last_good
    });
    let exported = desk.station.export_audit(&for_the_audit());
    exported.expect("the record of acts leaves");
    let today = Utc::now().date_naive();
    let wish = LedgerWish {
        from: today - Days::new(1),
        to: today + Days::new(1),
        business: None,
        state: None,
        text: String::new(),
    };
    let list = ExportWish {
        wish,
        format: ExportFormat::Csv,
        what_for: for_the_audit(),
        numbers: None,
        folder: std::env::var(STICK).expect("a stick"),
    };
    let list = desk.station.export_ledger(&list).expect("the list leaves");
    let list = std::fs::read_to_string(list.path).expect("the list");
    let named = |who: &Canary| list.contains(who.name);
    assert!(
        canary::all().iter().all(named),
        "it is what people may take"
    );
}

fn spoken(who: &Canary) -> Vec<(&str, &str)> {
    let own = [
        ("phone", who.phone),
        ("visit_opinion", who.words),
        ("residence", who.address),
    ];
    [REGISTRATION, HARDSHIP, &own].concat()
}

/// A photograph with their name and words in its comment, as some telephones write it.
fn photo(who: &Canary) -> Vec<u8> {
    let picture = image::load_from_memory(&tests::desk::picture(80)).expect("a picture");
    let mut jpeg = std::io::Cursor::new(Vec::new());
    picture
        .write_to(&mut jpeg, image::ImageFormat::Jpeg)
        .expect("it is written");
    let jpeg = jpeg.into_inner();
    let comment = format!("{} {} {}", who.name, who.number, who.words);
    let length = (comment.len() as u16 + 2).to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, &[0xFF, 0xFE], &length, comment.as_bytes(), rest].concat()
}
