//! Sessions, foreign pages, headers, and the way of an exception through the street.

use domain::command::RecordEmployment;
use domain::identity::Evidence;
use domain::{Outcome, Stage};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::acts::{day, identity, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, PASSWORD, STATION_A, STREET};

#[tokio::test]
async fn nothing_is_answered_without_a_session_or_from_a_foreign_page() {
    let city = City::start("sessions").await;
    let street = city.reviewer("street", STREET).await;
    let me = street.get("/me").await;
    assert_eq!(
        (&me["level"], &me["area_name"]),
        (&json!("street"), &json!("黄楼街道"))
    );
    let base = format!("http://{}/api", city.running.console_addr);
    let stranger = Client::new();
    for path in [
        "me",
        "inbox",
        "held",
        "catalog",
        "stations",
        "cases/x",
        "cases/x/pages/0",
    ] {
        let response = stranger.get(format!("{base}/{path}")).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let body = json!({ "login": "street", "password": PASSWORD });
    let foreign = stranger
        .post(format!("{base}/login"))
        .json(&body)
        .send()
        .await
        .unwrap();
    assert_eq!(foreign.status(), StatusCode::FORBIDDEN);
    assert_eq!(
        foreign.json::<Value>().await.unwrap()["code"],
        "auth.foreign_page"
    );
    let nowhere = street.ask(Method::GET, "/nowhere", None).await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    let headers = nowhere.headers();
    assert!(
        headers["content-security-policy"]
            .to_str()
            .unwrap()
            .contains("default-src 'self'")
    );
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(street.post("/logout", json!(null)).await.0, StatusCode::OK);
    let after = street.ask(Method::GET, "/me", None).await;
    assert_eq!(after.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_session_that_was_left_alone_is_over_and_so_is_one_whose_owner_left() {
    let city = City::start("sessions_end").await;
    let street = city.reviewer("street", STREET).await;
    let county = city.reviewer("county", "320302").await;
    let idle = "UPDATE session SET seen_at = now() - interval '31 minutes'
        WHERE staff = (SELECT id FROM staff WHERE login = 'street')";
    city.behind().await.batch_execute(idle).await.unwrap();
    let status = street.ask(Method::GET, "/me", None).await.status();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    assert!(
        center::admin::remove_staff(city.center(), "county")
            .await
            .unwrap()
    );
    let status = county.ask(Method::GET, "/me", None).await.status();
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_exception_is_returned_by_the_street_corrected_and_granted() {
    let city = City::start("exception").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = identity("王示范", "1980-05-05", 1);
    let filing = RecordEmployment {
        identity: who.clone(),
        home: desk.staff.area.clone(),
        employer: "示范公司".into(),
        since: day("2025-01-01"),
        until: None,
        source: "用工备案 2026-10-31".into(),
    };
    center::admin::import_employment(city.center(), vec![filing])
        .await
        .unwrap();
    let mut filed = registration(&desk.staff, who);
    crate::acts::filing(&mut filed).evidence = Evidence::Typed {
        reason: "card_damaged".into(),
    };
    assert_eq!(
        codes(&desk.file(&filed).await),
        ["person.employed_elsewhere"]
    );
    let case = filed.id.derive("case");
    let street = city.reviewer("street", STREET).await;
    let inbox = street.get("/inbox").await;
    assert_eq!(inbox[0]["pending"][0]["code"], "person.employed_elsewhere");
    assert!(inbox[0]["due"].as_str().unwrap() > "2026-01-01");
    let view = street.get(&format!("/cases/{case}")).await;
    assert_eq!(view["bars"], json!([]));
    assert_eq!(view["typed"], "card_damaged", "the reviewer sees it");
    assert!(
        view["person"]["identity"]["document"]["number"]
            .as_str()
            .unwrap()
            .contains("****")
    );

    let back = json!({ "decision": "return", "reason": "缺少说明", "field": "wish" });
    let path = format!("/cases/{case}/review");
    let (status, view) = street
        .post(&path, json!({ "version": 1, "decision": back }))
        .await;
    assert_eq!(
        (status, &view["case"]["stage"]["stage"]),
        (StatusCode::OK, &json!("returned"))
    );
    let (status, stale) = street
        .post(&path, json!({ "version": 1, "decision": back }))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{stale}");

    desk.pull().await;
    let returned = desk.state.find_case(case).unwrap().clone();
    assert!(matches!(&returned.stage, Stage::Returned { field: Some(f), .. } if f == "wish"));
    let mut answers = returned.answers.clone();
    answers.insert("wish".into(), "仓储".into());
    let amend = domain::command::Amend {
        case,
        version: returned.version,
        answers,
        changes: Vec::new(),
        pages: Vec::new(),
    };
    let amend = crate::acts::command(&desk.staff, domain::Act::Amend(amend));
    assert_eq!(desk.file(&amend).await, Outcome::Accepted);
    let (status, answer) = street.approve(&case.to_string()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    desk.pull().await;
    assert_eq!(desk.outcome(filed.id), Some(Outcome::Accepted));
    assert_eq!(desk.state.find_case(case).unwrap().stage, Stage::Granted);
}
