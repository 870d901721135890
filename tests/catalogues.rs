//! The centre names another catalogue: stations fetch it, work by it from the next log-in on, also without a
//! line, and take none that is not the centre's.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::ferry::Way;
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City};
use tests::desk::{CATALOG, Desk, REGISTRATION, answers, copy_folder};

use crate::ferry::{city_with_a_ferry, files, stick, take};

const BUSINESS: &str = "unemployment_registration";
/// What the other catalogue asks for, beside all else.
const FIELD: &str = "heard_of_us";

/// A copy of this tree's catalogue whose registration has one question more.
fn with_one_more(city: &City) -> PathBuf {
    let folder = city.folder().join("another-catalogue");
    copy_folder(Path::new(CATALOG), &folder);
    let path = folder.join(format!("businesses/{BUSINESS}.toml"));
    let text = std::fs::read_to_string(&path).expect("the business");
    let field = format!(
        "[[section.field]]\nid = \"{FIELD}\"\ntitle = {{ zh = \"从何得知\", en = \"Heard of us\" }}\n\
         kind = \"line\"\nrequired = true\n\n"
    );
    let background = "[[section]]\nid = \"background\"";
    assert!(text.contains(background));
    let text = text.replace(background, &format!("{field}{background}"));
    std::fs::write(path, text).expect("it is written");
    folder
}

fn go_over(city: &mut City, catalog: &Path) {
    city.stop_centre();
    city.set(|config| config.catalog = catalog.to_owned());
    city.start_centre();
}

/// Whether the forms of the open desk have the new question.
fn asks(desk: &Desk) -> bool {
    let catalog = desk.station.get_catalog().expect("the catalogue");
    let business = catalog.businesses.iter().find(|one| one.name == BUSINESS);
    let sections = &business.expect("the business").sections;
    let mut fields = sections.iter().flat_map(|section| &section.fields);
    fields.any(|field| field.id == FIELD)
}

fn is_new_here(desk: &Desk) -> bool {
    desk.station.get_sync().expect("the page").new_catalogue
}

/// A hello may just have begun to wait for news when the centre went and came: then the next one says it.
fn heard(what: &str, there: impl Fn() -> bool) {
    let limit = Duration::from_secs(60);
    tests::within(limit, what, &mut || there().then_some(()));
}

fn log_in_again(desk: &Desk) {
    desk.station.lock().expect("it is locked");
    desk.log_in();
}

fn notices(desk: &Desk) -> Vec<String> {
    let notices = desk.station.get_status().notices;
    notices.into_iter().map(|reason| reason.code).collect()
}

#[test]
fn another_catalogue_holds_from_the_next_log_in_on_and_offline_after_a_restart() {
    let mut city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let told = |wanted: bool| {
        tests::eventually("the console knows by what the station works", || {
            let said = street.get("/api/stations")["rows"][0]["said"].clone();
            (said["has_catalogue"].as_bool() == Some(wanted)).then_some(())
        });
    };
    told(true);
    let draft = desk.draft(BUSINESS, &desk.tap("citizen"), REGISTRATION);
    let other = with_one_more(&city);
    go_over(&mut city, &other);
    heard("the new one is here", || is_new_here(&desk));
    told(false);
    // The form that is open keeps its questions.
    assert!(!asks(&desk));
    log_in_again(&desk);
    assert!(asks(&desk) && !is_new_here(&desk));
    told(true);
    // The form goes on by the new rules, and so does the centre.
    let lacking = desk.station.submit(draft).expect_err("a question is open");
    assert_eq!(lacking.reason.code, "draft.blocked");
    let mut all = answers(REGISTRATION);
    all.insert(FIELD.to_owned(), "告示".to_owned());
    let saved = desk.station.save_answers(draft, all.clone());
    saved.expect("the answers are saved");
    let filed = desk.station.submit(draft).expect("it is filed");
    desk.until(filed.case, |s| matches!(s, CaseStanding::Centre { .. }));
    // Without a line, after the program was started anew.
    city.line.cut();
    let desk = desk.restart();
    assert!(asks(&desk));
    let draft = desk.draft(BUSINESS, &desk.tap("moved"), &[]);
    desk.station.save_answers(draft, all).expect("saved");
    let offline = desk.station.submit(draft).expect("it is filed");
    city.line.restore();
    desk.until(offline.case, |s| matches!(s, CaseStanding::Centre { .. }));
    // Back to the one before: that is the centre's word too.
    go_over(&mut city, Path::new(CATALOG));
    heard("the old one is new", || is_new_here(&desk));
    log_in_again(&desk);
    assert!(!asks(&desk));
    assert_eq!(notices(&desk), Vec::<String>::new());
}

#[test]
fn a_catalogue_under_another_signature_is_told_and_not_taken() {
    let mut city = City::open();
    let desk = city.desk(COMMUNITY);
    tests::eventually("they are in touch", || {
        desk.station.get_status().line.up.then_some(())
    });
    let key = city.folder().join("centre/keys/log.key");
    let own = std::fs::read(&key).expect("the key");
    let other = with_one_more(&city);
    // Somebody else's key signs what the stations are told.
    std::fs::write(&key, "07".repeat(32)).expect("another key");
    go_over(&mut city, &other);
    heard("it is told", || {
        notices(&desk).contains(&"catalog.forged".to_owned())
    });
    assert!(!is_new_here(&desk));
    log_in_again(&desk);
    assert!(!asks(&desk), "nothing of it is in force");
    let folder = desk.folder.join("catalogue");
    let kept = std::fs::read_dir(folder).expect("the folder").count();
    assert_eq!(kept, 2, "the one from before and the pointer to it");
    // With the key that the station pinned, the same catalogue is taken.
    std::fs::write(&key, own).expect("its own key");
    go_over(&mut city, &other);
    heard("it is here", || is_new_here(&desk));
    tests::eventually("nothing is told any more", || {
        notices(&desk).is_empty().then_some(())
    });
    log_in_again(&desk);
    assert!(asks(&desk));
}

#[test]
fn a_stick_brings_another_catalogue_where_the_line_is_down() {
    let mut city = city_with_a_ferry(None);
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let stick = stick(&street, city.folder(), "云龙1号");
    let there = stick.display().to_string();
    tests::eventually("the lease speaks of the ferry", || {
        desk.station.get_ferry(&there).ok()?.allowed.then_some(())
    });
    city.line.cut();
    let other = with_one_more(&city);
    go_over(&mut city, &other);
    let street = city.reviewer("street");
    let carry = || {
        desk.station.write_ferry(&there).expect("it is written");
        for file in files(&stick, Way::Up) {
            take(&street, &stick, &file);
            std::fs::remove_file(file).expect("it is removed");
        }
        let answers = files(&stick, Way::Down).into_iter();
        let bytes: u64 = answers
            .map(|file| std::fs::metadata(file).expect("an answer").len())
            .sum();
        let read = desk.station.read_ferry(&there).expect("it is read");
        assert_eq!((read.files, read.refused.len()), (1, 0));
        bytes
    };
    let with = carry();
    assert!(is_new_here(&desk) && !asks(&desk));
    log_in_again(&desk);
    assert!(asks(&desk), "{:?} {}", notices(&desk), is_new_here(&desk));
    // Who has it is not brought it again.
    let without = carry();
    assert!(without * 2 < with, "{without} bytes, then {with}");
    assert!(asks(&desk) && !is_new_here(&desk));
}

#[test]
fn a_catalogue_that_is_not_there_is_said_and_what_is_there_comes_whole() {
    let city = City::open();
    let speaker = city.speaker(COMMUNITY);
    let old = speaker
        .hello(tests::speaker::first(), 0)
        .expect("an answer");
    assert_eq!(
        old.bundle, None,
        "a program that does not say cannot load one"
    );
    let mut newer = city.speaker(COMMUNITY);
    newer.bundle = Some("0".repeat(64));
    let reply = newer.hello(tests::speaker::first(), 0).expect("an answer");
    let offer = reply.bundle.expect("an offer");
    let file = newer.catalogue(&offer).expect("the file");
    assert_eq!(file.len() as u64, offer.size_bytes);
    let read = domain::bundle::Bundle::read(&file, &offer.sha256).expect("a catalogue");
    assert!(read.find("policy/notice.toml").is_some());
    for sha256 in ["1".repeat(64), "x".repeat(64), "..%2f..%2fkeys".to_owned()] {
        let asked = domain::bundle::Offer {
            sha256,
            ..offer.clone()
        };
        let error = newer.catalogue(&asked).expect_err("nothing of this name");
        assert_eq!(
            (error.reason.code.as_str(), error.status),
            ("catalog.gone", Some(404))
        );
    }
}
