//! The ferry with the real centre and its console: what is unsent goes on a stick and comes back as
//! results, twice and in any order; what lies ahead is parked; what is forged, lost or another's is
//! refused and changes nothing.

mod messages;
mod orders;

use std::path::{Path, PathBuf};

use domain::Stage;
use domain::ferry::{self, STICK_FILE, Way};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City};
use tests::console::Reviewer;
use tests::desk::{Desk, REGISTRATION};

pub fn city_with_a_ferry(ui: Option<PathBuf>) -> City {
    let mut city = City::open_with_pages(ui);
    city.stop_centre();
    city.set(|config| config.ferry = Some(true));
    city.start_centre();
    city
}

/// A stick that this reviewer registers, as a folder.
pub fn stick(by: &Reviewer, folder: &Path, name: &str) -> PathBuf {
    let stick = folder.join(name);
    std::fs::create_dir(&stick).expect("a folder");
    let word = json!({ "name": name });
    let (status, file) = by.ask(Method::POST, "/api/ferry/sticks", Some(word));
    assert_eq!(status, StatusCode::OK);
    std::fs::write(stick.join(STICK_FILE), file).expect("it is written");
    stick
}

/// The files of one way on a stick.
pub fn files(stick: &Path, way: Way) -> Vec<PathBuf> {
    let listed = std::fs::read_dir(stick.join(ferry::FOLDER));
    let listed = listed.map(|entries| entries.flatten().map(|entry| entry.path()));
    let begin = format!("{}-", way.name());
    let named = |path: &PathBuf| {
        let name = path.file_name().expect("a name").to_string_lossy();
        name.starts_with(&begin)
    };
    let mut files: Vec<_> = listed.into_iter().flatten().filter(named).collect();
    files.sort();
    files
}

/// Takes a file in at the console, and saves the answer on the stick.
pub fn take(by: &Reviewer, stick: &Path, file: &Path) -> Value {
    let (status, taken) = by.send_bytes("/api/ferry", &std::fs::read(file).expect("the file"));
    assert_eq!(status, StatusCode::OK, "{taken}");
    let name = taken["name"].as_str().expect("a name");
    let answer = hex::decode(taken["file"].as_str().expect("a file")).expect("hex");
    std::fs::write(stick.join(ferry::FOLDER).join(name), answer).expect("it is saved");
    taken
}

fn in_touch(desk: &Desk) {
    let folder = desk.folder.display().to_string();
    tests::eventually("the lease speaks of the ferry", || {
        desk.station.get_ferry(&folder).ok()?.allowed.then_some(())
    });
}

#[test]
fn what_is_filed_without_a_line_goes_and_comes_back_on_a_stick() {
    let city = city_with_a_ferry(None);
    let desk = city.desk(COMMUNITY);
    in_touch(&desk);
    let street = city.reviewer("street");
    let stick = stick(&street, city.folder(), "云龙1号");
    let there = stick.display().to_string();
    city.line.cut();
    let granted = ["citizen", "moved"].map(|sample| {
        let page = desk.tap(sample);
        desk.file("unemployment_registration", &page, REGISTRATION, &[])
            .case
    });
    let answers = [REGISTRATION, &[("reason", "5")]].concat();
    let page = desk.tap("woman");
    let papers = desk.file(
        "unemployment_registration",
        &page,
        &answers,
        &["other_proof"],
    );
    let written = desk.station.write_ferry(&there).expect("it is written");
    assert_eq!((written.entries, written.pages, written.files), (3, 1, 1));
    assert_eq!((written.entries_left, written.pages_left), (0, 0));
    let up = files(&stick, Way::Up).remove(0);
    let bytes = std::fs::read(&up).expect("the file");
    for canary in ["13900000000", "unemployment", page.face.name.as_str()] {
        let found = bytes.windows(canary.len()).any(|w| w == canary.as_bytes());
        assert!(!found, "{canary} is on the stick");
    }
    assert_eq!(city.counts(), (0, 0, 0), "nothing went by the line");

    let taken = take(&street, &stick, &up);
    let came = ["entries", "parked", "pages", "acked"].map(|what| taken[what].as_u64());
    assert_eq!(came, [Some(3), Some(0), Some(1), Some(3)]);
    assert_eq!(city.counts(), (3, 3, 3));
    let again = take(&street, &stick, &up);
    assert_eq!((&again["entries"], &again["acked"]), (&json!(0), &json!(3)));
    assert_eq!(city.counts(), (3, 3, 3), "twice does no harm");

    let kept = files(&stick, Way::Down);
    let copies: Vec<_> = kept
        .iter()
        .map(|path| std::fs::read(path).expect("it"))
        .collect();
    // One of the answers has been damaged on the way: the others count, and it is named.
    let mut damaged = copies[0].clone();
    *damaged.last_mut().expect("bytes") ^= 1;
    let named = kept[0]
        .display()
        .to_string()
        .replace(".ferry", "-damaged.ferry");
    std::fs::write(&named, damaged).expect("it is written");
    let read = desk.station.read_ferry(&there).expect("it is read");
    assert!(
        read.acked == 3 && read.facts > 5 && read.pages >= 1,
        "{read:?}"
    );
    assert_eq!(read.refused.len(), 1, "{read:?}");
    assert_eq!(read.refused[0].reason.code, "ferry.unreadable");
    std::fs::remove_file(&named).expect("it stays there");
    assert!(desk.has_sent_everything());
    for case in granted {
        assert!(matches!(standing(&desk, case), Stage::Granted));
    }
    assert!(matches!(
        standing(&desk, papers.case),
        Stage::InReview { .. } | Stage::Granted
    ));
    assert!(files(&stick, Way::Down).is_empty(), "answers are read once");
    let none = desk.station.read_ferry(&there).unwrap_err();
    assert_eq!(none.reason.code, "ferry.none");
    // They come once more all the same, from another copy of the stick.
    for (path, bytes) in kept.iter().zip(&copies) {
        std::fs::write(path, bytes).expect("it is written");
    }
    let before = desk.station.get_worklist().expect("a worklist");
    assert_eq!(
        desk.station.read_ferry(&there).expect("it is read").facts,
        0
    );
    assert_eq!(desk.station.get_worklist().expect("a worklist"), before);

    city.line.restore();
    let page = desk.tap("hui");
    desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    tests::eventually("the line goes on where the stick ended", || {
        desk.has_sent_everything().then_some(())
    });
    assert_eq!(city.counts(), (4, 4, 4));
    let audit = desk
        .station
        .get_audit(station::clock::business_day(chrono::Utc::now()));
    let kinds: Vec<_> = audit
        .expect("the audit")
        .lines
        .into_iter()
        .map(|line| line.kind)
        .collect();
    let carried = kinds.iter().filter(|kind| *kind == "ferry.carried");
    assert_eq!(carried.count(), 3, "written, read, read again: {kinds:?}");
    let exported = city.export_audit();
    for kind in ["ferry.stick", "ferry.carried"] {
        assert!(
            exported.contains(kind),
            "{kind} is not in the centre's audit"
        );
    }
}

fn standing(desk: &Desk, case: domain::Id) -> Stage {
    match desk.case(case).row.standing {
        CaseStanding::Centre { stage, .. } => stage,
        other => panic!("the centre has it: {other:?}"),
    }
}

#[test]
fn there_is_no_ferry_unless_the_city_says_so_and_no_stick_but_a_registered_one() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let refused = |stick: &Path| {
        let there = stick.display().to_string();
        desk.station.write_ferry(&there).unwrap_err().reason.code
    };
    let folder = city.folder().join("a-stick");
    std::fs::create_dir(&folder).expect("a folder");
    assert_eq!(refused(&folder), "ferry.off");
    assert!(!desk.station.get_ferry("").expect("a view").allowed);
    assert_eq!(street.get("/api/ferry")["allowed"], json!(false));
    let word = || Some(json!({ "name": "x" }));
    let (status, _) = street.ask(Method::POST, "/api/ferry/sticks", word());
    assert_eq!(status, StatusCode::FORBIDDEN);
    drop(desk);

    let city = city_with_a_ferry(None);
    let desk = city.desk(COMMUNITY);
    in_touch(&desk);
    let street = city.reviewer("street");
    let code = |folder: &Path| {
        let there = folder.display().to_string();
        desk.station.write_ferry(&there).unwrap_err().reason.code
    };
    assert_eq!(code(&folder), "ferry.no_stick");
    let known = stick(&street, city.folder(), "known");
    let file = std::fs::read_to_string(known.join(STICK_FILE)).expect("its file");
    let forged = file.replace("known", "forged");
    std::fs::write(folder.join(STICK_FILE), forged).expect("it is written");
    assert_eq!(code(&folder), "ferry.forged_stick");
    std::fs::write(folder.join(STICK_FILE), "no JSON").expect("it is written");
    assert_eq!(code(&folder), "ferry.forged_stick");
    assert_eq!(
        desk.station
            .write_ferry(&known.display().to_string())
            .expect("it")
            .files,
        1
    );

    // A lost stick: the next lease says so, and a query role registers none.
    let view = street.get("/api/ferry");
    let id = view["sticks"][0]["stick"]
        .as_str()
        .expect("an id")
        .to_owned();
    let (status, _) = street.ask(
        Method::POST,
        &format!("/api/ferry/sticks/{id}/withdraw"),
        None,
    );
    assert_eq!(status, StatusCode::OK);
    let desk = desk.restart();
    let there = known.display().to_string();
    tests::eventually("the station hears of it", || {
        let refused = desk.station.write_ferry(&there).err()?;
        (refused.reason.code == "ferry.stick_ended").then_some(())
    });
}
