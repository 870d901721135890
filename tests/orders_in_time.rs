//! Orders that wait and orders that are taken back, with the real centre: a wipe sends what is here first,
//! one order of a kind at a time, and what is withdrawn is not carried out any more.

use domain::order::{Order, Report, ReportState, SignedOrder, What};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use station::enrol;
use station::line::tls::Clock;
use station::view::Door;
use tests::city::{COMMUNITY, City, NEIGHBOUR};
use tests::console::Reviewer;
use tests::desk::REGISTRATION;
use tests::speaker::{Speaker, first};

fn order(officer: &Reviewer, station: &str, word: Value) -> (StatusCode, Value) {
    let path = format!("/api/stations/{station}/orders");
    let (status, body) = officer.ask(Method::POST, &path, Some(word));
    (status, serde_json::from_slice(&body).unwrap_or_default())
}

fn page(officer: &Reviewer, station: &str) -> Value {
    officer.get(&format!("/api/stations/{station}"))
}

fn only_station(officer: &Reviewer) -> String {
    let rows = officer.get("/api/stations")["rows"].clone();
    let id = rows[0]["installation"].as_str().expect("a station");
    id.to_owned()
}

/// The last order, as an address.
fn last(officer: &Reviewer, station: &str) -> String {
    let given = page(officer, station)["orders"][0]["order"].clone();
    let id = given.as_str().expect("an id");
    format!("/api/stations/{station}/orders/{id}")
}

#[test]
fn a_wipe_sends_first_what_is_here_also_where_it_may_be_lost() {
    for even_if_unsent in [false, true] {
        let city = City::open();
        let desk = city.desk(COMMUNITY);
        let (street, county) = (city.reviewer("street"), city.reviewer("county"));
        let station = only_station(&street);
        city.line.cut();
        for sample in ["moved", "citizen", "woman"] {
            let answers = [REGISTRATION, &[("reason", "5")]].concat();
            let proof = &["other_proof"];
            desk.file(
                "unemployment_registration",
                &desk.tap(sample),
                &answers,
                proof,
            );
        }
        let name = page(&street, &station)["line"]["community_name"].clone();
        let word = json!({ "kind": "wipe", "name": name, "even_if_unsent": even_if_unsent });
        assert_eq!(order(&street, &station, word).0, StatusCode::OK);
        let agree = format!("{}/agree", last(&street, &station));
        assert_eq!(county.ask(Method::POST, &agree, None).0, StatusCode::OK);
        city.line.restore();
        tests::eventually("the station is wiped", || {
            (desk.station.get_status().door == Door::Enrol).then_some(())
        });
        let wiped = page(&street, &station)["orders"][0].clone();
        let receipt = &wiped["receipt"];
        let unsent = (&receipt["unsent_commands"], &receipt["unsent_pages"]);
        assert_eq!(
            (&wiped["state"], unsent),
            (&json!("done"), (&json!(0), &json!(0)))
        );
        assert_eq!(city.counts().2, 3, "all that was filed is here");
        let missing = "SELECT count(*) FROM cases WHERE stage = 'awaiting_pages'";
        assert_eq!(city.query(missing).trim(), "0", "with its pages");
    }
}

#[test]
fn one_order_of_a_kind_is_open_at_a_time_and_whose_it_is_is_said() {
    let city = City::open();
    let speaker = city.speaker(COMMUNITY);
    let station = speaker.installation.id.to_string();
    let (street, county) = (city.reviewer("street"), city.reviewer("county"));
    let name = page(&street, &station)["line"]["community_name"].clone();
    let wipe = || json!({ "kind": "wipe", "name": name });
    let remap = || json!({ "kind": "remap", "name": name, "to": NEIGHBOUR, "with_staff": false });
    let codes = || city.query("SELECT count(*) FROM enrolment_code");
    for word in [&wipe as &dyn Fn() -> Value, &remap] {
        assert_eq!(order(&street, &station, word()).0, StatusCode::OK);
        let (first, before) = (page(&street, &station)["orders"][0].clone(), codes());
        let (status, refused) = order(&county, &station, word());
        assert_eq!(
            (status, &refused["code"]),
            (StatusCode::CONFLICT, &json!("order.given_before")),
            "{refused}"
        );
        let with = &refused["reasons"][0]["with"];
        assert_eq!(with["name"], first["by"], "{refused}");
        let at = |value: &Value| {
            let text = value.as_str().expect("a time");
            chrono::DateTime::parse_from_rfc3339(text).expect("a time")
        };
        assert_eq!(at(&with["at"]), at(&first["at"]));
        assert_eq!(codes(), before, "no code is made for it");
    }
    let taken_back = format!("{}/withdraw", last(&street, &station));
    assert_eq!(
        street.ask(Method::POST, &taken_back, None).0,
        StatusCode::OK
    );
    assert_eq!(order(&county, &station, remap()).0, StatusCode::OK);
}

#[test]
fn a_move_that_is_taken_back_is_told_to_the_machine_and_its_code_is_good_no_more() {
    let city = City::open();
    let mut speaker = city.speaker(COMMUNITY);
    speaker.heartbeat = Some(serde_json::from_value(json!({})).expect("it says little"));
    let station = speaker.installation.id.to_string();
    let county = city.reviewer("county");
    let name = page(&county, &station)["line"]["community_name"].clone();
    let word = json!({ "kind": "remap", "name": name, "to": NEIGHBOUR, "with_staff": false });
    assert_eq!(order(&county, &station, word).0, StatusCode::OK);
    let [given] = &orders(&speaker)[..] else {
        panic!("one order");
    };
    let What::Remap { code, .. } = &given.what else {
        panic!("a move");
    };
    let taken_back = format!("{}/withdraw", last(&county, &station));
    assert_eq!(
        county.ask(Method::POST, &taken_back, None).0,
        StatusCode::OK
    );
    let clock = std::sync::Arc::new(Clock::system());
    let mut random = rand::rngs::OsRng;
    let here = &speaker.installation;
    let refused = enrol::request_new_log(here, &speaker.log, code, &clock, &mut random);
    let refused = refused.err().expect("it is good no more");
    assert_eq!(refused.reason.code, "enrol.bad_code");

    let told = orders(&speaker);
    let word: Vec<_> = told.iter().map(|order| order.what.clone()).collect();
    assert_eq!(word, [What::Withdraw { order: given.id }]);
    assert_eq!(orders(&speaker).len(), 1, "until it has said that it heard");
    let report = Report {
        order: given.id,
        state: ReportState::Failed,
        code: Some("order.withdrawn".to_owned()),
        text: None,
        receipt: None,
    };
    speaker.reports = vec![report];
    assert_eq!(orders(&speaker), []);
    speaker.reports.clear();
    assert_eq!(orders(&speaker), []);
    let line = page(&county, &station)["orders"][0].clone();
    assert_eq!(line["state"], json!("withdrawn"), "{line}");
    let audit = city.export_audit();
    assert_eq!(audit.matches("order.ended").count(), 1, "{audit}");
}

/// What a hello brings.
fn orders(speaker: &Speaker) -> Vec<Order> {
    let reply = speaker.hello(first(), 0).expect("a hello");
    let signed = reply.orders.into_iter().map(|order| {
        let signed: SignedOrder = serde_json::from_value(order).expect("an order");
        serde_json::from_str(&signed.body).expect("an order")
    });
    signed.collect()
}
