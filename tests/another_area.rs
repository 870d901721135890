//! R18: every endpoint of the console, every role, another area's ids: not found.

use domain::Stage;
use domain::command::Decision;
use reqwest::{Method, StatusCode};
use serde_json::json;
use station::view::CaseStanding;
use tests::city::{COMMUNITY, City, FAR};
use tests::desk::{HARDSHIP, REGISTRATION};

#[test]
fn another_areas_case_is_not_found_at_any_endpoint_by_any_role() {
    let city = City::open();
    let far = city.desk(FAR);
    let near = city.desk(COMMUNITY);
    let registered = far.file(
        "unemployment_registration",
        &far.tap("moved"),
        REGISTRATION,
        &[],
    );
    far.until(registered.case, |s| {
        matches!(s, CaseStanding::Centre { .. })
    });
    let filed = far.file(
        "hardship_recognition",
        &far.tap("moved"),
        HARDSHIP,
        &["household_book"],
    );
    far.until(filed.case, |s| {
        matches!(
            s,
            CaseStanding::Centre {
                stage: Stage::InReview { .. },
                ..
            }
        )
    });

    let case = filed.case;
    let approve = json!({ "version": 1, "decision": Decision::Approve { opinion: "x".into() } });
    let settle = json!({ "settlement": { "settlement": "another_person" } });
    let endpoints = [
        (Method::GET, format!("/api/cases/{case}"), None),
        (Method::GET, format!("/api/cases/{case}/pages/0"), None),
        (
            Method::POST,
            format!("/api/cases/{case}/review"),
            Some(approve),
        ),
        (
            Method::POST,
            format!("/api/cases/{case}/number"),
            Some(json!({ "reason": "看一下" })),
        ),
        (
            Method::POST,
            format!("/api/held/{case}/settle"),
            Some(settle),
        ),
    ];
    for role in ["street", "county"] {
        let reviewer = city.reviewer(role);
        for (method, path, body) in &endpoints {
            let (status, body) = reviewer.ask(method.clone(), path, body.clone());
            assert_eq!(status, StatusCode::NOT_FOUND, "{role} {method} {path}");
            let said = String::from_utf8_lossy(&body);
            assert!(!said.contains("周样例"), "{role} {path} tells a name");
        }
        let inbox = reviewer.get("/api/inbox").to_string();
        assert!(
            !inbox.contains(&case.to_string()),
            "{role} sees it in the inbox"
        );
        assert!(!reviewer.get("/api/stations").to_string().contains(FAR));
    }

    // The neighbouring station knows nothing of her either: a feed carries its own residents.
    assert!(
        near.station
            .search_people("周样例")
            .expect("a search")
            .rows
            .is_empty()
    );
    assert!(near.station.get_case(case).is_err());

    // Her own street sees the case; the city sees all areas' stations.
    let own = city.reviewer("far_street");
    own.inbox_row(case);
}
