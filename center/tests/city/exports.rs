//! A list that leaves the console: a right, a purpose, a number and a mark, and a record of it first.

use center::exports::{ExportWord, WhatFor};
use center::store::staff::Role;
use center::trail;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::acts::identity;
use crate::desk::Desk;
use crate::support::{Browser, City, STATION_A, STATION_B, STREET};

const PATH: &str = "/stations/export";

async fn ask(browser: &Browser, path: &str, purpose: &str, words: &str) -> (StatusCode, String) {
    let word = json!({ "purpose": purpose, "words": words });
    let response = browser.ask(Method::POST, path, Some(word)).await;
    (response.status(), response.text().await.unwrap())
}

fn code(body: &str) -> Value {
    serde_json::from_str::<Value>(body).unwrap()["code"].clone()
}

#[tokio::test]
async fn a_list_of_stations_leaves_with_a_purpose_a_number_and_a_record() {
    let city = City::start("exports").await;
    let desk = Desk::open(&city, STATION_A).await;
    Desk::open(&city, STATION_B).await;
    desk.hello(0).await.unwrap();
    let street = city.reviewer("street", STREET).await;
    assert!(
        street.get("/stations").await["purposes"]
            .as_array()
            .unwrap()
            .len()
            > 2
    );
    let (status, body) = ask(&street, PATH, "no such purpose", "").await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::BAD_REQUEST, json!("export.purpose_missing"))
    );
    let (status, body) = ask(&street, PATH, "other", " ").await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::BAD_REQUEST, json!("export.reason_missing"))
    );
    let (status, body) = ask(&street, PATH, "check", "").await;
    assert_eq!(status, StatusCode::OK);
    let lines: Vec<_> = body.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(
        lines.len(),
        4,
        "mark, heads, one station of the street, mark: {body}"
    );
    assert_eq!(lines[0], lines[3]);
    assert!(
        lines[2].contains(STATION_A) && !body.contains(STATION_B),
        "{body}"
    );
    let kept = "SELECT n FROM audit WHERE kind = 'export.made' AND details LIKE '%stations%'";
    let row = city.behind().await.query_one(kept, &[]).await.unwrap();
    let n = row.get::<_, i64>(0);
    assert!(
        lines[0].contains(&format!("第 {n} 号导出 · street · ")),
        "{}",
        lines[0]
    );
    // Another area's list is none of theirs, and who only looks takes nothing along.
    let elsewhere = format!("{PATH}?area=320303001");
    let (status, _) = ask(&street, &elsewhere, "check", "").await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    city.staff("looks", STREET, Role::Query).await;
    let looks = Browser::sign_in(&city, "looks").await;
    assert_eq!(looks.get("/stations").await["purposes"], json!([]));
    let (status, body) = ask(&looks, PATH, "check", "").await;
    assert_eq!(
        (status, code(&body)),
        (StatusCode::FORBIDDEN, json!("export.not_allowed"))
    );
    let made = "SELECT count(*) FROM audit WHERE kind = 'export.made'";
    assert_eq!(city.count(made).await, 1, "what was refused is not counted");
}

#[tokio::test]
async fn the_audit_leaves_with_a_purpose_that_is_in_the_file() {
    const AUDIT: &str = "/audit/export";
    let city = City::start("exports_audit").await;
    let top = city.reviewer("top", "3203").await;
    let day = format!("/audit?day={}", chrono::Utc::now().date_naive());
    assert!(top.get(&day).await["purposes"].as_array().unwrap().len() > 2);
    for (purpose, why) in [
        ("", "export.purpose_missing"),
        ("other", "export.reason_missing"),
    ] {
        let (status, body) = ask(&top, AUDIT, purpose, " ").await;
        assert_eq!((status, code(&body)), (StatusCode::BAD_REQUEST, json!(why)));
    }
    // What is said stays in clear for ever: no document's number stands in it.
    let number = identity("王示范", "1980-05-05", 1).document.number;
    for path in [AUDIT, PATH] {
        let (status, body) = ask(&top, path, "other", &format!("查 {number}")).await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::BAD_REQUEST, json!("audit.number_in_words"))
        );
    }
    let (status, file) = ask(&top, AUDIT, "other", "审计局来函").await;
    assert_eq!(status, StatusCode::OK);
    assert!(file.contains("other 审计局来函"), "{file}");
    // Whoever looks only, and whoever is of a part of the city, takes nothing along.
    city.staff("looks", "3203", Role::Query).await;
    let looks = Browser::sign_in(&city, "looks").await;
    let street = city.reviewer("street", STREET).await;
    for reader in [&looks, &street] {
        assert_eq!(reader.get(&day).await["purposes"], json!([]));
        let (status, body) = ask(reader, AUDIT, "audit", "").await;
        assert_eq!(
            (status, code(&body)),
            (StatusCode::FORBIDDEN, json!("export.not_allowed"))
        );
    }
    // At the centre's own machine too.
    let word = ExportWord {
        purpose: "audit".to_owned(),
        words: "年检".to_owned(),
    };
    let what_for = WhatFor::of(city.center().exports.all(), &word).unwrap();
    let file = trail::take_out(city.center(), None, &what_for).await;
    assert!(file.unwrap().contains("audit 年检"));
    let made = "SELECT count(*) FROM audit WHERE kind = 'export.made'";
    assert_eq!(city.count(made).await, 2);
}
