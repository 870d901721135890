//! R18: another area's ids are not found, by any role at any endpoint; and with the query's own
//! filter removed, the database still returns nothing.

use center::store::staff::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::acts::{hardship, identity, page, registration};
use crate::desk::Desk;
use crate::support::{Browser, City, STATION_A};

/// A case in review with a page, and a held command, both at station A.
async fn filled(city: &City) -> (String, String) {
    let mut desk = Desk::open(city, STATION_A).await;
    let who = identity("王示范", "1970-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who.clone()))
        .await;
    let filed = hardship(&desk.staff, who, page(b"picture"));
    desk.file(&filed).await;
    desk.part(&page(b"picture").sha256, 0, b"picture")
        .await
        .unwrap();
    let held = registration(&desk.staff, identity("李样本", "1970-05-05", 1));
    desk.file(&held).await;
    desk.hello(0).await.unwrap();
    (filed.id.derive("case").to_string(), held.id.to_string())
}

fn endpoints(case: &str, held: &str) -> Vec<(Method, String, Option<Value>)> {
    let decision = json!({ "decision": "approve", "opinion": "" });
    let word = json!({ "version": 2, "decision": decision });
    let settle = json!({ "settlement": { "settlement": "another_person" } });
    let get = |path: String| (Method::GET, path, None);
    let post = |path: String, body: Value| (Method::POST, path, Some(body));
    vec![
        get(format!("/cases/{case}")),
        get(format!("/cases/{case}/pages/0")),
        post(format!("/cases/{case}/review"), word),
        post(
            format!("/cases/{case}/number"),
            json!({ "reason": "核对证件" }),
        ),
        post(format!("/held/{held}/settle"), settle),
    ]
}

#[tokio::test]
async fn another_areas_ids_are_not_found_by_any_role_at_any_endpoint() {
    let city = City::start("areas").await;
    let (case, held) = filled(&city).await;
    let outside = [
        ("street-b", "320302002", Role::Reviewer),
        ("street-c", "320303001", Role::Reviewer),
        ("county-b", "320303", Role::Reviewer),
        ("query-b", "320303", Role::Query),
        ("community", "320302001006", Role::Reviewer),
    ];
    let before = city.count("SELECT count(*) FROM command").await;
    for (login, area, role) in outside {
        city.staff(login, area, role).await;
        let browser = Browser::sign_in(&city, login).await;
        for (method, path, body) in endpoints(&case, &held) {
            let response = browser.ask(method, &path, body).await;
            assert_eq!(response.status(), StatusCode::NOT_FOUND, "{login} {path}");
            let problem: Value = response.json().await.unwrap();
            assert_eq!(problem["code"], "request.not_found", "{login} {path}");
        }
        for path in ["/inbox", "/held"] {
            assert_eq!(browser.get(path).await, json!([]), "{login} {path}");
        }
        let fleet = browser.get("/stations").await;
        assert_eq!(
            (&fleet["rows"], &fleet["counts"]["all"]),
            (&json!([]), &json!(0)),
            "{login}"
        );
    }
    assert_eq!(city.count("SELECT count(*) FROM command").await, before);
    assert_eq!(
        city.count("SELECT count(*) FROM audit WHERE kind = 'number.read'")
            .await,
        0
    );
}

#[tokio::test]
async fn inside_the_area_the_same_ids_are_found_and_who_only_looks_decides_nothing() {
    let city = City::start("areas_inside").await;
    let (case, held) = filled(&city).await;
    city.staff("query", "320302", Role::Query).await;
    let query = Browser::sign_in(&city, "query").await;
    for (method, path, body) in endpoints(&case, &held) {
        let looks = method == Method::GET;
        let status = query.ask(method, &path, body).await.status();
        let wanted = if looks {
            StatusCode::OK
        } else {
            StatusCode::FORBIDDEN
        };
        assert_eq!(status, wanted, "{path}");
    }
    assert_eq!(
        query.get("/stations").await["rows"][0]["said"]["unsent_pages"],
        1
    );
    let street = city.reviewer("street", "320302001").await;
    let (status, number) = street
        .post(
            &format!("/cases/{case}/number"),
            json!({ "reason": "核对证件" }),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(
        number["number"],
        identity("", "1970-05-05", 1).document.number
    );
    let audited = "SELECT count(*) FROM audit WHERE details LIKE '%核对证件%'";
    assert_eq!(city.count(audited).await, 1);
    let (status, refused) = street
        .post(&format!("/cases/{case}/number"), json!({ "reason": " " }))
        .await;
    assert_eq!(
        (status, &refused["code"]),
        (StatusCode::BAD_REQUEST, &json!("number.no_reason"))
    );
}

#[tokio::test]
async fn without_the_querys_own_filter_the_database_still_returns_nothing_of_another_area() {
    let city = City::start("areas_rls").await;
    filled(&city).await;
    let mut client = city.behind().await;
    let tables = [
        "cases",
        "person",
        "identity",
        "person_feed",
        "page",
        "blob",
        "command",
        "held",
        "installation",
        "contact",
    ];
    for (area, sees) in [
        ("320302001", true),
        ("320303", false),
        ("3203020010", true),
        ("", false),
    ] {
        for table in tables {
            let tx = client.transaction().await.unwrap();
            tx.batch_execute("SET LOCAL ROLE yizhan_console")
                .await
                .unwrap();
            tx.execute("SELECT set_config('yizhan.area', $1, true)", &[&area])
                .await
                .unwrap();
            let row = tx
                .query_one(&format!("SELECT count(*) FROM {table}"), &[])
                .await
                .unwrap();
            assert_eq!(row.get::<_, i64>(0) > 0, sees, "{table} from {area:?}");
        }
    }
    for table in [
        "staff_password",
        "session",
        "fact",
        "feed",
        "log",
        "enrolment_code",
        "entity",
    ] {
        let tx = client.transaction().await.unwrap();
        tx.batch_execute("SET LOCAL ROLE yizhan_console")
            .await
            .unwrap();
        let refused = tx.query(&format!("SELECT * FROM {table}"), &[]).await;
        assert!(
            refused.is_err(),
            "{table} is none of the console's business"
        );
    }
}
