//! How a station is, orders and their reports by ferry: each once, in any order, as on the line.

use std::path::{Path, PathBuf};

use domain::ferry::{FOLDER, Way};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use station::view::Door;
use tests::city::{COMMUNITY, City};
use tests::console::Reviewer;
use tests::desk::{Desk, REGISTRATION};

use super::{city_with_a_ferry, files, in_touch, stick, take};

/// One trip: what the station wrote is taken in at the console. What came of it, and its file.
fn carry(desk: &Desk, by: &Reviewer, stick: &Path) -> (Value, Vec<u8>) {
    let there = stick.display().to_string();
    desk.station.write_ferry(&there).expect("it is written");
    let up = files(stick, Way::Up).remove(0);
    let taken = take(by, stick, &up);
    (taken, std::fs::read(up).expect("the file"))
}

/// The same file once more.
fn again(by: &Reviewer, bytes: &[u8]) -> Value {
    let (status, taken) = by.send_bytes("/api/ferry", bytes);
    assert_eq!(status, StatusCode::OK, "{taken}");
    taken
}

fn page(officer: &Reviewer) -> Value {
    let rows = officer.get("/api/stations")["rows"].clone();
    let id = rows[0]["installation"].as_str().expect("a station");
    officer.get(&format!("/api/stations/{id}"))
}

fn order(officer: &Reviewer, word: Value) -> String {
    let id = page(officer)["line"]["installation"].clone();
    let path = format!("/api/stations/{}/orders", id.as_str().expect("an id"));
    let (status, _) = officer.ask(Method::POST, &path, Some(word));
    assert_eq!(status, StatusCode::OK);
    let given = page(officer)["orders"][0]["order"].clone();
    format!("{path}/{}", given.as_str().expect("an id"))
}

fn states(officer: &Reviewer) -> Vec<String> {
    let orders = page(officer)["orders"].clone();
    let orders = orders.as_array().expect("orders");
    let state = |order: &Value| order["state"].as_str().expect("a state").to_owned();
    orders.iter().map(state).collect()
}

fn obeyed(desk: &Desk) -> usize {
    let audit = desk.station.get_audit(tests::today()).expect("the audit");
    let kinds = audit.lines.iter().map(|line| line.kind.as_str());
    kinds.filter(|kind| *kind == "order.obeyed").count()
}

/// A station whose line is down, and the stick that goes between.
fn cut_off() -> (City, Desk, Reviewer, PathBuf) {
    let city = city_with_a_ferry(None);
    let desk = city.desk(COMMUNITY);
    in_touch(&desk);
    let page = desk.tap("moved");
    let filed = desk.file("unemployment_registration", &page, REGISTRATION, &[]);
    desk.until(filed.case, |standing| {
        format!("{standing:?}").contains("Granted")
    });
    let street = city.reviewer("street");
    let stick = stick(&street, city.folder(), "云龙1号");
    city.line.cut();
    (city, desk, street, stick)
}

#[test]
fn how_it_is_goes_up_orders_come_down_and_reports_go_up_again() {
    let (_city, desk, street, stick) = cut_off();
    let there = stick.display().to_string();
    assert_eq!(page(&street)["line"]["ferry_at"], json!(null));
    order(&street, json!({ "kind": "log_extract" }));
    order(&street, json!({ "kind": "resync" }));
    assert_eq!(states(&street), ["given", "given"]);
    let seen = page(&street)["line"]["seen_at"].clone();

    let (taken, first) = carry(&desk, &street, &stick);
    assert_eq!(
        (&taken["reports"], &taken["revoked"]),
        (&json!(0), &json!(false))
    );
    let line = page(&street)["line"].clone();
    assert!(line["ferry_at"].is_string(), "{line}");
    assert_eq!(line["seen_at"], seen, "no word by the line");
    assert!(
        line["said"]["disk_bytes"]
            .as_u64()
            .is_some_and(|bytes| bytes > 0)
    );
    assert_eq!(states(&street), ["fetched", "fetched"]);
    let down = files(&stick, Way::Down).remove(0);
    let kept = std::fs::read(&down).expect("the answer");

    let before = desk.station.get_worklist().expect("a worklist");
    let read = desk.station.read_ferry(&there).expect("it is read");
    assert!(read.refused.is_empty() && read.facts > 0, "{read:?}");
    assert_eq!(obeyed(&desk), 2);
    assert_eq!(
        desk.station.get_worklist().expect("a worklist"),
        before,
        "forgotten and there again, from one file"
    );
    std::fs::write(
        stick.join(FOLDER).join(down.file_name().expect("a name")),
        &kept,
    )
    .expect("it is written");
    desk.station.read_ferry(&there).expect("it is read again");
    assert_eq!(obeyed(&desk), 2, "each once");
    assert_eq!(desk.station.get_worklist().expect("a worklist"), before);

    let (taken, second) = carry(&desk, &street, &stick);
    assert_eq!(taken["reports"], json!(2));
    assert_eq!(states(&street), ["done", "done"]);
    let newer = page(&street)["line"]["ferry_at"].clone();
    // Both files once more, the older one last: nothing goes back.
    again(&street, &second);
    again(&street, &first);
    assert_eq!(states(&street), ["done", "done"]);
    assert_eq!(page(&street)["line"]["ferry_at"], newer);
    desk.station.read_ferry(&there).expect("it is read");
    let (taken, _) = carry(&desk, &street, &stick);
    assert_eq!(taken["reports"], json!(0), "they were heard");
}

#[test]
fn a_wipe_by_ferry_is_in_two_steps_and_its_receipt_is_heard_whenever_it_comes() {
    let (city, desk, street, stick) = cut_off();
    let county = city.reviewer("county");
    let there = stick.display().to_string();
    let name = page(&street)["line"]["community_name"].clone();
    let at = order(&street, json!({ "kind": "wipe", "name": name }));
    let (taken, _) = carry(&desk, &street, &stick);
    assert_eq!(taken["revoked"], json!(false));
    desk.station.read_ferry(&there).expect("it is read");
    assert_eq!(obeyed(&desk), 0, "one officer alone wipes nothing");
    let (status, _) = county.ask(Method::POST, &format!("{at}/agree"), None);
    assert_eq!(status, StatusCode::OK);

    carry(&desk, &street, &stick);
    desk.station.read_ferry(&there).expect("it is read");
    assert_eq!(obeyed(&desk), 1);
    assert_eq!(
        desk.station.get_status().door,
        Door::Open,
        "the receipt goes first"
    );
    let page_of = desk.tap("citizen");
    let opened = desk
        .station
        .open_draft("unemployment_registration", page_of.reading, None);
    assert_eq!(opened.unwrap_err().reason.code, "station.wiping");

    let (taken, last) = carry(&desk, &street, &stick);
    assert_eq!(
        (&taken["reports"], &taken["revoked"]),
        (&json!(1), &json!(true))
    );
    assert_eq!(states(&street), ["done"]);
    assert!(page(&street)["line"]["revoked_at"].is_string());
    // The answer was lost; the file is taken in once more by somebody else.
    let lost = files(&stick, Way::Down);
    lost.iter()
        .for_each(|path| std::fs::remove_file(path).expect("it is there"));
    let taken = again(&street, &last);
    assert_eq!(taken["revoked"], json!(true));
    let answer = hex::decode(taken["file"].as_str().expect("a file")).expect("hex");
    let name = taken["name"].as_str().expect("a name");
    std::fs::write(stick.join(FOLDER).join(name), answer).expect("it is saved");
    let read = desk.station.read_ferry(&there).expect("it is read");
    assert_eq!(read.refused[0].reason.code, "station.revoked");
    tests::eventually("the station is wiped", || {
        (desk.station.get_status().door == Door::Enrol).then_some(())
    });
    tests::eventually("no key is left", || {
        (!desk.folder.join("keys.json").exists()).then_some(())
    });
}
