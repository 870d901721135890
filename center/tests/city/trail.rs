//! The centre's audit: a chain with what it tells of, broken in each way; the stations' heads that
//! it witnesses; the leases it gives.

use std::time::{Duration, Instant};

use center::store::staff::Role;
use center::{admin, trail};
use domain::heartbeat::{Heartbeat, Rebuilt};
use domain::sync::{AuditHead, Lease, SignedLease, lease_message};
use ed25519_dalek::{Signature, VerifyingKey};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::acts::{identity, registration};
use crate::desk::Desk;
use crate::support::{Browser, City, STATION_A, STREET};

/// A case in the street's inbox, with a number read and a review.
async fn worked(name: &str) -> (City, Desk, String) {
    let city = City::start(name).await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = identity("王示范", "1980-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who)).await;
    desk.pull().await;
    let case = desk.state.cases.items[0].id.to_string();
    let street = city.reviewer("street", STREET).await;
    let named = json!({ "reason": "核对 320390198005050017" });
    let (status, body) = street.post(&format!("/cases/{case}/number"), named).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &json!("audit.number_in_words"))
    );
    let wish = json!({ "reason": "核对证件" });
    let (status, _) = street.post(&format!("/cases/{case}/number"), wish).await;
    assert_eq!(status, StatusCode::OK);
    (city, desk, case)
}

async fn fault(city: &City) -> Option<(String, String)> {
    let fault = trail::verify(city.center()).await.unwrap().fault?;
    assert_eq!(fault.code, "audit.tampered");
    Some((fault.with["n"].clone(), fault.with["what"].clone()))
}

#[tokio::test]
async fn what_people_do_is_one_chain_and_names_nobody_but_staff() {
    let (city, _desk, case) = worked("trail_chain").await;
    let street = crate::support::Browser::sign_in(&city, "street").await;
    street.approve(&case).await;
    let day = chrono::Utc::now() + chrono::TimeDelta::hours(8);
    let read = street
        .get(&format!("/audit?day={}", day.date_naive()))
        .await;
    let lines = read["lines"].as_array().unwrap();
    let kinds: Vec<&str> = lines
        .iter()
        .filter_map(|line| line["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "case.reviewed",
            "console.opened",
            "number.read",
            "console.opened"
        ]
    );
    assert_eq!(lines[2]["name"], "street");
    assert_eq!(lines[2]["with"]["reason"], "核对证件");
    let all = "SELECT count(*) FROM audit WHERE kind IN
        ('enrolment.code_made', 'installation.enrolled', 'member.added')";
    assert!(city.count(all).await >= 4);
    let number = identity("王示范", "1980-05-05", 1).document.number;
    let named = format!(
        "SELECT count(*) FROM audit WHERE audit::text LIKE '%{number}%'
             OR audit::text LIKE '%王示范%'"
    );
    assert_eq!(city.count(&named).await, 0);
    let verdict = trail::verify(city.center()).await.unwrap();
    assert_eq!(verdict.fault, None);
    assert_eq!(
        verdict.records as i64,
        city.count("SELECT max(n) FROM audit").await
    );
    let (status, answer) = street.post("/audit/verify", json!(null)).await;
    assert_eq!((status, &answer["fault"]), (StatusCode::OK, &json!(null)));
    // The whole is the city's to take away.
    let word = json!({ "purpose": "audit", "words": "" });
    let (status, answer) = street.post("/audit/export", word.clone()).await;
    assert_eq!(
        (status, &answer["code"]),
        (StatusCode::FORBIDDEN, &json!("export.not_allowed"))
    );
    let top = city.reviewer("city", "3203").await;
    let file = top
        .ask(Method::POST, "/audit/export", Some(word))
        .await
        .text()
        .await
        .unwrap();
    let chain = audit::file::read(&file).unwrap();
    let head = audit::verify::chain(&chain, &[]).unwrap();
    assert_eq!(head.n as i64, city.count("SELECT n FROM audit_head").await);
}

#[tokio::test]
async fn whoever_changes_the_table_behind_the_programs_back_is_found() {
    let cases = [
        (
            "UPDATE audit SET details = '{}' WHERE n = 3",
            ("3", "edited"),
        ),
        ("DELETE FROM audit WHERE n = 3", ("3", "deleted")),
        (
            "UPDATE audit SET n = n + 1000 WHERE n >= 3;
             UPDATE audit SET n = n - 999 WHERE n > 1000;
             INSERT INTO audit SELECT 3, at_ms, running_ms, boots, high_water_ms, who, area,
                 'member.removed', about, details, previous, hash FROM audit WHERE n = 4",
            ("3", "edited"),
        ),
        (
            "UPDATE audit SET n = 1003 WHERE n = 3; UPDATE audit SET n = 3 WHERE n = 4;
             UPDATE audit SET n = 4 WHERE n = 1003",
            ("3", "edited"),
        ),
        (
            "DELETE FROM audit WHERE n = (SELECT max(n) FROM audit)",
            ("6", "cut"),
        ),
    ];
    for (at, (sql, (n, what))) in cases.into_iter().enumerate() {
        let (city, ..) = worked(&format!("trail_tampered_{at}")).await;
        assert_eq!(fault(&city).await, None);
        let owner = city.behind().await;
        assert!(owner.batch_execute(sql).await.is_err(), "the table refuses");
        let forced = format!("ALTER TABLE audit DISABLE TRIGGER ALL; {sql}");
        owner.batch_execute(&forced).await.unwrap();
        let (n, what) = (n.to_owned(), what.to_owned());
        let last = city.count("SELECT n FROM audit_head").await.to_string();
        let n = if what == "cut" { last } else { n };
        assert_eq!(fault(&city).await, Some((n, what)), "{sql}");
    }
}

#[tokio::test]
async fn a_stations_audit_that_goes_back_or_differs_is_an_alarm_for_ever() {
    let city = City::start("trail_witness").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let head = |n: u64, byte: &str| AuditHead {
        n,
        hash: byte.repeat(32),
    };
    let street = city.reviewer("street", STREET).await;
    for (told, alarm) in [
        (head(5, "aa"), json!(null)),
        (head(9, "bb"), json!(null)),
        (head(9, "bb"), json!(null)),
        (head(9, "cc"), json!("differs")),
        (head(12, "dd"), json!("differs")),
        (head(11, "ee"), json!("back")),
    ] {
        desk.audit = told;
        let reply = desk.hello(0).await.unwrap();
        assert!(reply.audit.n > 0, "the centre's head is handed back");
        let stations = street.get("/stations").await;
        let row = &stations["rows"][0];
        let urgent = alarm.as_str().map(|_| "audit");
        assert_eq!(
            row["troubles"].get(0).and_then(|kind| kind.as_str()),
            urgent
        );
        let page = format!("/stations/{}", row["installation"].as_str().unwrap());
        assert_eq!(street.get(&page).await["alarms"][0]["what"], alarm);
    }
    let raised = "SELECT count(*) FROM audit WHERE kind = 'witness.alarm'";
    assert_eq!(city.count(raised).await, 2);
    let owner = city.behind().await;
    for table in ["witness", "witness_alarm"] {
        let forgotten = owner.batch_execute(&format!("DELETE FROM {table}")).await;
        assert!(forgotten.is_err(), "{table}");
    }
    // The station's own file against what the centre has seen of it.
    let file = trail::export(city.center()).await.unwrap();
    let seen = audit::file::read(&file).unwrap().witnesses;
    let origin = format!("station:{}", desk.enrolled.installation);
    assert!(seen.iter().all(|witness| witness.origin == origin));
    assert!(seen.len() >= 3, "{seen:?}");
}

#[tokio::test]
async fn an_alarm_is_looked_into_by_somebody_and_stays_with_their_words() {
    let city = City::start("trail_alarm_seen").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let street = city.reviewer("street", STREET).await;
    let head = |n: u64, byte: &str| AuditHead {
        n,
        hash: byte.repeat(32),
    };
    for told in [head(9, "aa"), head(7, "bb")] {
        desk.audit = told;
        desk.hello(0).await.unwrap();
    }
    let page = format!("/stations/{}", desk.enrolled.installation);
    let shown = street.get(&page).await;
    assert_eq!(shown["line"]["troubles"][0], json!("audit"));
    let until = shown["alarms"][0]["at"].clone();
    let seen = format!("{page}/alarms/seen");
    let word = |words: &str| json!({ "until": until, "words": words });
    // Only an officer of the area, and never without a word.
    let elsewhere = city.reviewer("elsewhere", "320303001").await;
    let (status, _) = elsewhere.post(&seen, word("a backup")).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    city.staff("looks", STREET, Role::Query).await;
    let looks = Browser::sign_in(&city, "looks").await;
    let (status, _) = looks.post(&seen, word("a backup")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, body) = street.post(&seen, word("  ")).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::BAD_REQUEST, &json!("alarm.no_words"))
    );
    // One that came after the page was read stays open.
    desk.audit = head(7, "cc");
    desk.hello(0).await.unwrap();
    let (status, body) = street.post(&seen, word("从旧备份恢复，已核对")).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let (status, body) = street.post(&seen, word("again")).await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("alarm.seen"))
    );
    let shown = street.get(&page).await;
    assert_eq!(shown["line"]["troubles"][0], json!("audit"));
    assert_eq!(
        shown["alarms"][0]["what"],
        json!("differs"),
        "the open one first"
    );
    assert_eq!(shown["alarms"][0]["looked"], json!(null));
    assert_eq!(shown["alarms"][1]["looked"]["by"], json!("street"));
    assert_eq!(
        shown["alarms"][1]["looked"]["words"],
        json!("从旧备份恢复，已核对")
    );
    let last = json!({ "until": shown["alarms"][0]["at"], "words": "同上" });
    let (status, _) = street.post(&seen, last).await;
    assert_eq!(status, StatusCode::OK);
    let shown = street.get(&page).await;
    assert_eq!(shown["line"]["troubles"], json!([]), "nothing is open");
    assert_eq!(
        shown["alarms"].as_array().unwrap().len(),
        2,
        "and both stay"
    );
    let told = "SELECT count(*) FROM audit WHERE kind = 'witness.seen'";
    assert_eq!(city.count(told).await, 2);
    let owner = city.behind().await;
    let forgotten = owner.batch_execute("DELETE FROM witness_alarm_seen").await;
    assert!(forgotten.is_err());
}

#[tokio::test]
async fn a_station_that_made_its_database_anew_is_told_from_one_whose_tail_was_cut() {
    let city = City::start("trail_rebuilt").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let street = city.reviewer("street", STREET).await;
    let head = |n: u64, byte: &str| AuditHead {
        n,
        hash: byte.repeat(32),
    };
    for told in [head(5, "aa"), head(90, "bb")] {
        desk.audit = told;
        desk.hello(0).await.unwrap();
    }
    // From record 40 on; and another time behind a record that is not the one that was kept.
    let behind = |n: u64, byte: &str| Heartbeat {
        rebuilt: Some(Rebuilt {
            n,
            hash: byte.repeat(32),
            at: chrono::Utc::now(),
        }),
        ..Heartbeat::default()
    };
    let page = format!("/stations/{}", desk.enrolled.installation);
    for (told, said, rebuilt) in [
        (head(95, "cc"), behind(40, "dd"), json!(40)),
        (head(80, "ee"), behind(5, "ff"), json!(null)),
    ] {
        (desk.audit, desk.heartbeat) = (told, Some(said));
        desk.hello(0).await.unwrap();
        let shown = street.get(&page).await;
        assert_eq!(
            shown["line"]["troubles"][0],
            json!("audit"),
            "somebody looks at either"
        );
        assert_eq!(shown["alarms"][0]["rebuilt"], rebuilt, "{shown}");
    }
    let told = "SELECT string_agg(details::json->>'what', ' ' ORDER BY n) FROM audit \
        WHERE kind = 'witness.alarm'";
    let row = city.behind().await.query_one(told, &[]).await.unwrap();
    assert_eq!(row.get::<_, String>(0), "rebuilt back");
}

fn read(signed: &SignedLease, desk: &Desk) -> Lease {
    let key: [u8; 32] = hex::decode(&desk.enrolled.centre_key)
        .unwrap()
        .try_into()
        .unwrap();
    let signature = hex::decode(&signed.signature).unwrap();
    VerifyingKey::from_bytes(&key)
        .unwrap()
        .verify_strict(
            &lease_message(&signed.body),
            &Signature::from_slice(&signature).unwrap(),
        )
        .expect("the centre signed it");
    serde_json::from_str(&signed.body).unwrap()
}

#[tokio::test]
async fn a_lease_is_signed_for_one_installation_and_who_is_ended_is_out_of_it_at_once() {
    let city = City::start("trail_lease").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let other = Desk::open_as(&city, STATION_A, desk.staff.clone()).await;
    city.staff("springer", STREET, Role::Station).await;
    let first = read(&desk.hello(0).await.unwrap().lease, &desk);
    assert_eq!(first.installation, desk.enrolled.installation);
    assert_ne!(
        read(&other.hello(0).await.unwrap().lease, &other).installation,
        first.installation
    );
    assert_eq!(first.staff.len(), 2);
    assert_eq!(
        (first.terms.full_hours, first.terms.capture_hours),
        (72, 336)
    );
    let again = read(&desk.hello(0).await.unwrap().lease, &desk);
    assert!(again.serial >= first.serial);

    // A long poll is under way; somebody is removed by another process.
    desk.lease = again.serial;
    let removal = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(
            admin::remove_staff(city.center(), "springer")
                .await
                .unwrap()
        );
        Instant::now()
    };
    let waited = async { (desk.hello(20_000).await.unwrap(), Instant::now()) };
    let ((reply, woken), removed) = tokio::join!(waited, removal);
    assert!(woken.saturating_duration_since(removed) < Duration::from_secs(5));
    let last = read(&reply.lease, &desk);
    assert_eq!(last.staff.len(), 1);
    assert!(last.serial > first.serial);
    // A centre restored from a backup goes on above what the station holds.
    desk.lease = 1_000;
    assert_eq!(
        read(&desk.hello(0).await.unwrap().lease, &desk).serial,
        1_001
    );
}
