//! Codes, certificates, revocation, log-in.

use center::admin;
use center::store::staff::Role;
use domain::Division;
use domain::sync::{Lease, LoggedIn, Login};
use ed25519_dalek::SigningKey;
use reqwest::StatusCode;

use crate::desk::{Desk, client, enrol};
use crate::support::{City, PASSWORD, STATION_A, STATION_B};

#[tokio::test]
async fn a_code_enrols_once() {
    let city = City::start("enrol").await;
    let code = admin::code(city.center(), &Division(STATION_A.into()))
        .await
        .unwrap();
    let key = SigningKey::generate(&mut rand::rngs::OsRng);
    let typed = code.replace('-', " ");
    assert_eq!(enrol(&city, &typed, &key).await.0.status(), StatusCode::OK);
    for code in [code.as_str(), "aaaa-bbbb-cccc", ""] {
        let (response, _) = enrol(&city, code, &key).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let problem: domain::sync::Problem = response.json().await.unwrap();
        assert_eq!(problem.code, "enrol.bad_code");
    }
    assert!(
        admin::code(city.center(), &Division("320302".into()))
            .await
            .is_err()
    );
    let late = admin::code(city.center(), &Division(STATION_A.into()))
        .await
        .unwrap();
    let past = "UPDATE enrolment_code SET expires_at = now() - interval '1 second'";
    city.behind().await.batch_execute(past).await.unwrap();
    assert_eq!(
        enrol(&city, &late, &key).await.0.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn a_revoked_station_is_told_so_on_the_connection_it_has_open() {
    let city = City::start("revoked").await;
    let desk = Desk::open(&city, STATION_A).await;
    desk.hello(0).await.unwrap();
    let waiting = desk.hello(20_000);
    let revoke = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        admin::revoke(city.center(), desk.enrolled.installation)
            .await
            .unwrap()
    };
    let started = std::time::Instant::now();
    let (waited, found) = tokio::join!(waiting, revoke);
    assert!(found);
    assert_eq!(waited.unwrap_err().code, "station.revoked");
    assert!(started.elapsed().as_secs() < 5, "its poll was woken");
    assert_eq!(desk.hello(0).await.unwrap_err().code, "station.revoked");
    assert_eq!(desk.push(&[]).await.unwrap_err().code, "station.revoked");
}

#[tokio::test]
async fn who_has_no_certificate_of_ours_does_not_get_in() {
    let city = City::start("strangers").await;
    let url = format!("https://{}/hello", city.running.station_addr);
    assert!(client(&city, None).post(&url).send().await.is_err());
    let elsewhere = City::start("strangers_elsewhere").await;
    let stranger = Desk::open(&elsewhere, STATION_A).await;
    assert!(
        stranger.client.post(&url).send().await.is_err(),
        "another city's CA"
    );
}

#[tokio::test]
async fn an_assistant_logs_in_at_their_own_station_only() {
    let city = City::start("login").await;
    let a = Desk::open(&city, STATION_A).await;
    let b = Desk::open(&city, STATION_B).await;
    city.staff("reviewer", "320302001", Role::Reviewer).await;
    city.staff("springer", "320302", Role::Station).await;
    let with = |login: &str, password: &str| Login {
        login: login.into(),
        password: password.into(),
    };
    let here: LoggedIn = a.post("/login", &with(STATION_A, PASSWORD)).await.unwrap();
    assert_eq!(here.staff, a.staff);
    let springer: LoggedIn = a.post("/login", &with("springer", PASSWORD)).await.unwrap();
    assert_eq!(
        springer.staff.area.0, STATION_A,
        "acts for this community here"
    );
    let lease: Lease = serde_json::from_str(&a.hello(0).await.unwrap().lease.body).unwrap();
    assert_eq!(lease.staff.len(), 2);
    for (desk, login, password) in [
        (&b, STATION_A, PASSWORD),
        (&a, "reviewer", PASSWORD),
        (&a, STATION_A, "wrong"),
        (&a, "nobody", PASSWORD),
        (&a, "no\0body", PASSWORD),
    ] {
        let refused: Result<LoggedIn, _> = desk.post("/login", &with(login, password)).await;
        assert_eq!(refused.unwrap_err().code, "auth.wrong", "{login:?}");
    }
}

#[tokio::test]
async fn the_fifth_wrong_password_costs_half_a_minute_even_for_the_right_one() {
    let city = City::start("throttle").await;
    let desk = Desk::open(&city, STATION_A).await;
    let mut last = None;
    for password in ["a", "b", "c", "d", "e", PASSWORD] {
        let login = Login {
            login: STATION_A.into(),
            password: password.into(),
        };
        let refused: Result<LoggedIn, _> = desk.post("/login", &login).await;
        last = refused.err();
    }
    let last = last.unwrap();
    assert_eq!(last.code, "auth.wait");
    assert!((25..=30).contains(&last.retry_after_s.unwrap()));
}
