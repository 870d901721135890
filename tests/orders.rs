//! Orders from the console to a real station: a log's extract, the feed anew, a revocation, a wipe with
//! its receipt; and the certificate that nothing is unsent.

use std::time::Duration;

use center::certificate::{self, Fault};
use domain::sync::Entry;
use domain::{Act, Page};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use station::view::Door;
use tests::city::{COMMUNITY, City, FAR, NEIGHBOUR};
use tests::console::Reviewer;
use tests::desk::{Desk, HARDSHIP, REGISTRATION, answers};
use tests::speaker::{Speaker, first, new_id, resident};

/// The only station there is.
fn installation(officer: &Reviewer) -> String {
    let rows = officer.get("/api/stations")["rows"].clone();
    rows[0]["installation"]
        .as_str()
        .expect("a station")
        .to_owned()
}

fn name(officer: &Reviewer) -> String {
    let rows = officer.get("/api/stations")["rows"].clone();
    rows[0]["community_name"]
        .as_str()
        .expect("a name")
        .to_owned()
}

fn order(officer: &Reviewer, word: Value) -> (StatusCode, Value) {
    let path = format!("/api/stations/{}/orders", installation(officer));
    post(officer, &path, Some(word))
}

fn post(officer: &Reviewer, path: &str, word: Option<Value>) -> (StatusCode, Value) {
    let (status, body) = officer.ask(Method::POST, path, word);
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn orders(officer: &Reviewer) -> Vec<Value> {
    let page = officer.get(&format!("/api/stations/{}", installation(officer)));
    page["orders"].as_array().expect("orders").clone()
}

fn ended(officer: &Reviewer) -> Value {
    tests::eventually("the order ends", || {
        let last = orders(officer).first().cloned()?;
        ["done", "failed"]
            .contains(&last["state"].as_str()?)
            .then_some(last)
    })
}

fn filed(desk: &Desk, sample: &str) -> domain::Id {
    let page = desk.tap(sample);
    let case = desk
        .file("unemployment_registration", &page, REGISTRATION, &[])
        .case;
    tests::eventually("it is sent", || desk.has_sent_everything().then_some(()));
    case
}

#[test]
fn a_log_comes_without_a_name_and_the_feed_comes_again_whole() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    let case = filed(&desk, "moved");
    desk.until(case, |standing| format!("{standing:?}").contains("Granted"));
    assert_eq!(
        order(&street, json!({ "kind": "log_extract" })).0,
        StatusCode::OK
    );
    let last = ended(&street);
    assert_eq!(
        (&last["state"], &last["has_text"]),
        (&json!("done"), &json!(true))
    );
    let id = last["order"].as_str().expect("an id");
    let path = format!("/api/stations/{}/orders/{id}", installation(&street));
    let text = street.get(&path)["text"].as_str().expect("text").to_owned();
    assert!(text.contains(" audit case.submitted"), "{text}");
    for named in ["张协理", "周样例", "3203"] {
        assert!(!text.contains(named), "{named}: {text}");
    }
    let far = city.reviewer("far_street");
    assert_eq!(far.ask(Method::GET, &path, None).0, StatusCode::NOT_FOUND);

    // What is filed and not sent while the feed is loaded anew goes on as if nothing had been.
    let before = desk.station.get_worklist().expect("a worklist");
    assert_eq!(
        order(&street, json!({ "kind": "resync" })).0,
        StatusCode::OK
    );
    assert_eq!(ended(&street)["state"], "done");
    tests::eventually("the feed is there again", || {
        let page = street.get(&format!("/api/stations/{}", installation(&street)));
        let same = page["line"]["said"]["feed_seq"] == page["feed_head"];
        let shown = desk.station.get_worklist().is_ok_and(|now| now == before);
        (same && shown).then_some(())
    });
    filed(&desk, "taiwan");
    let audit = desk.station.get_audit(tests::today()).expect("the audit");
    let obeyed = audit
        .lines
        .iter()
        .filter(|line| line.kind == "order.obeyed")
        .count();
    assert_eq!(obeyed, 2);
    assert!(city.export_audit().contains("order.ended"));
}

#[test]
fn a_wipe_needs_the_name_and_a_second_officer_and_leaves_a_receipt_and_no_key() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let (street, county) = (city.reviewer("street"), city.reviewer("county"));
    filed(&desk, "moved");
    let place = name(&street);
    let word = |name: &str| json!({ "kind": "wipe", "name": name });
    let (status, refused) = order(&street, word("别的社区"));
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::BAD_REQUEST, &json!("order.wrong_name"))
    );
    assert_eq!(order(&street, word(&place)).0, StatusCode::OK);
    let asked = orders(&street).remove(0);
    assert_eq!(asked["state"], "asked");
    let at = format!(
        "/api/stations/{}/orders/{}",
        installation(&street),
        asked["order"].as_str().expect("an id")
    );
    let (status, refused) = post(&street, &format!("{at}/agree"), None);
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::CONFLICT, &json!("order.same_officer"))
    );
    let far = city.reviewer("far_street");
    assert_eq!(
        post(&far, &format!("{at}/agree"), None).0,
        StatusCode::NOT_FOUND
    );
    assert!(desk.folder.join("keys.json").exists());

    assert_eq!(
        post(&county, &format!("{at}/agree"), None).0,
        StatusCode::OK
    );
    tests::eventually("the station is wiped", || {
        (desk.station.get_status().door == Door::Enrol).then_some(())
    });
    // Its mark lies there until nothing else does.
    tests::eventually("nothing is left", || {
        let mut left = std::fs::read_dir(&desk.folder)
            .expect("the folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !["station.lock", "private"].contains(&name.as_str()));
        left.next().is_none().then_some(())
    });
    let wiped = ended(&street);
    assert_eq!(
        (&wiped["state"], &wiped["receipt"]["log_last"]),
        (&json!("done"), &json!(1))
    );
    assert_eq!(wiped["receipt"]["unsent_commands"], 0);
    let page = street.get(&format!("/api/stations/{}", installation(&street)));
    assert!(page["line"]["revoked_at"].is_string());
    // The machine is as new: it joins again with another code.
    let joined = desk.station.enrol(
        &city.enrol_url(),
        &city.code(COMMUNITY),
        Some(city.ca_file()),
        "zhang",
        tests::desk::PASSWORD,
    );
    assert_eq!(joined.expect("it joins").door, Door::Open);
    assert!(city.export_audit().contains("order.agreed"));
}

#[test]
fn a_revoked_station_hears_of_it_and_an_order_can_be_taken_back() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    city.line.cut();
    assert_eq!(
        order(&street, json!({ "kind": "resync" })).0,
        StatusCode::OK
    );
    let given = orders(&street).remove(0);
    let at = format!(
        "/api/stations/{}/orders/{}",
        installation(&street),
        given["order"].as_str().expect("an id")
    );
    assert_eq!(
        post(&street, &format!("{at}/withdraw"), None).0,
        StatusCode::OK
    );
    let (status, refused) = post(&street, &format!("{at}/withdraw"), None);
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::CONFLICT, &json!("order.ended"))
    );
    city.line.restore();
    filed(&desk, "moved");
    assert_eq!(orders(&street).remove(0)["state"], "withdrawn");

    let word = json!({ "kind": "revoke", "name": name(&street) });
    assert_eq!(order(&street, word).0, StatusCode::OK);
    tests::eventually("the station hears of it", || {
        (desk.station.get_status().line.reason.code == "station.revoked").then_some(())
    });
    assert!(
        desk.folder.join("keys.json").exists(),
        "a revocation destroys nothing"
    );
    let (status, _) = order(&street, json!({ "kind": "resync" }));
    assert_eq!(status, StatusCode::FORBIDDEN);
}

#[test]
fn that_nothing_is_unsent_is_certified_and_verified_without_the_centre() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let street = city.reviewer("street");
    filed(&desk, "moved");
    let path = format!("/api/stations/{}/certificate", installation(&street));
    let file = tests::eventually("the station has said so", || {
        let (status, body) = street.ask(Method::POST, &path, None);
        (status == StatusCode::OK).then(|| String::from_utf8(body).expect("text"))
    });
    let key = city.public_key();
    let certified = certificate::verify(&file, &key).expect("it is good");
    assert_eq!(
        (certified.log.last, certified.community.0.as_str()),
        (1, COMMUNITY)
    );
    assert_eq!(
        certificate::verify(&file.replace("\\\"last\\\":1", "\\\"last\\\":2"), &key),
        Err(Fault::Signature)
    );
    city.stop_centre();
    assert!(certificate::verify(&file, &key).is_ok());
    city.start_centre();

    // What has not been sent is not certified away.
    let speaker = city.speaker(NEIGHBOUR);
    let path = format!("/api/stations/{}/certificate", speaker.installation.id);
    let street = city.reviewer("street");
    let (status, refused) = post(&street, &path, None);
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::CONFLICT, &json!("certificate.unsent"))
    );
}

#[test]
fn a_page_that_is_not_here_is_unsent_whatever_its_station_says() {
    let city = City::open();
    let mut speaker = city.speaker(NEIGHBOUR);
    let mut who = resident(1);
    let digits = "32039019670505001";
    let check = domain::id_number::check_character(digits).expect("digits");
    who.document.number = format!("{digits}{check}");
    who.birth = "1967-05-05".parse().expect("a day");
    let registered = speaker.registration(new_id(), who.clone());
    let mut filed = speaker.registration(new_id(), who);
    let Act::Submit(submit) = &mut filed.act else {
        unreachable!("a registration is filed");
    };
    submit.business = "hardship_recognition".into();
    submit.answers = answers(HARDSHIP);
    submit.pages = vec![Page {
        material: "household_book".into(),
        sha256: "5a".repeat(32),
        size_bytes: 400_000,
        media_type: "image/jpeg".into(),
    }];
    let path = format!("/api/stations/{}/certificate", speaker.installation.id);
    let street = city.reviewer("street");
    let certified = |speaker: &Speaker, entry: Entry| {
        speaker.push(&[entry]).expect("it is taken");
        speaker
            .hello(first(), 0)
            .expect("nothing is unsent, it says");
        post(&street, &path, None)
    };
    let entry = speaker.write(&registered);
    let (status, _) = certified(&speaker, entry);
    assert_eq!(status, StatusCode::OK, "nothing waits for a page");
    let entry = speaker.write(&filed);
    let (status, refused) = certified(&speaker, entry);
    let stages = city.query("SELECT string_agg(stage, ',' ORDER BY stage) FROM cases");
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::CONFLICT, &json!("certificate.unsent")),
        "{stages}"
    );
}

#[test]
fn a_station_sends_everything_and_then_serves_another_community() {
    let city = City::open();
    let desk = city.desk(COMMUNITY);
    let county = city.reviewer("county");
    filed(&desk, "moved");
    let old = installation(&county);
    city.line.cut();
    let late = desk.tap("citizen");
    let late = desk.file("unemployment_registration", &late, REGISTRATION, &[]);
    let draft = desk.draft(
        "unemployment_registration",
        &desk.tap("taiwan"),
        REGISTRATION,
    );
    let word =
        json!({ "kind": "remap", "name": name(&county), "to": NEIGHBOUR, "with_staff": true });
    let (status, refused) = order(
        &city.reviewer("street"),
        json!({ "kind": "remap",
        "name": name(&county), "to": FAR, "with_staff": true }),
    );
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::BAD_REQUEST, &json!("order.no_community"))
    );
    assert_eq!(order(&county, word).0, StatusCode::OK);
    assert_eq!(desk.station.get_status().unsent_commands, 1);
    city.line.restore();
    // What was unsent arrives under the old community; then it is another station.
    tests::within(
        Duration::from_secs(90),
        "it serves the neighbours",
        &mut || {
            let status = desk.station.get_status();
            let community = status.station.map(|station| station.community.0);
            (community.as_deref() == Some(NEIGHBOUR) && status.door == Door::Open).then_some(())
        },
    );
    let filed_at = city.query("SELECT string_agg(DISTINCT filed_at, ',') FROM cases");
    assert_eq!(
        filed_at.trim(),
        COMMUNITY,
        "{:?} was sent before",
        late.case
    );
    assert_eq!(city.counts().0, 2);
    let known = desk
        .station
        .search_people("320390")
        .map(|found| found.rows.len());
    assert_eq!(
        known.unwrap_or(0),
        0,
        "the old community's residents are gone"
    );
    // The new station shows what made it; the old one speaks no more.
    tests::eventually("the order has ended", || {
        let last = orders(&county).first().cloned()?;
        (last["kind"] == "remap" && last["state"] == "done").then_some(())
    });
    assert_ne!(installation(&county), old);
    let speaks = city.query(&format!(
        "SELECT count(*) FROM installation WHERE id = '{old}' AND revoked_at IS NULL"
    ));
    assert_eq!(speaks.trim(), "0");
    // The form that was begun is filed for the new community, by the same person.
    let filed = tests::eventually("it may file", || desk.station.submit(draft).ok());
    assert!(filed.serial.starts_with(NEIGHBOUR), "{}", filed.serial);
    desk.until(filed.case, |standing| {
        format!("{standing:?}").contains("Granted")
    });
    let desk = desk.restart();
    assert_eq!(desk.tap("taiwan").cases.len(), 1);
    let ledger = desk.station.get_sync().expect("the sync page");
    assert_eq!(ledger.waiting.total, 0, "nothing of before waits for ever");
}
