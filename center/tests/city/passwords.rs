//! A password that is set at the centre: recorded, and whoever was in by the former one is out.

use center::admin;
use center::store::staff::Role;
use domain::sync::{LoggedIn, NewPassword};
use reqwest::{Method, StatusCode};

use crate::desk::Desk;
use crate::support::{City, PASSWORD, STATION_A, STREET};

const NEW: &str = "another one, for tests too";

/// Who did it, and how, as the chain tells it; oldest first.
async fn told(city: &City) -> Vec<(Option<String>, String)> {
    let rows = city
        .behind()
        .await
        .query(
            "SELECT s.login, a.details::json->>'how' FROM audit a LEFT JOIN staff s ON s.id = a.who
             WHERE a.kind = 'member.password' ORDER BY a.n",
            &[],
        )
        .await
        .unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

#[tokio::test]
async fn a_session_does_not_outlive_the_password_it_was_opened_with() {
    let city = City::start("password_sessions").await;
    let street = city.reviewer("street", STREET).await;
    let other = city.reviewer("other", STREET).await;
    let set = admin::set_password(city.center(), "street", NEW).await;
    assert!(set.unwrap());
    for (browser, answer) in [(street, StatusCode::UNAUTHORIZED), (other, StatusCode::OK)] {
        let inbox = browser.ask(Method::GET, "/inbox", None).await;
        assert_eq!(inbox.status(), answer);
    }
    assert_eq!(told(&city).await, [(None, "administrator".to_owned())]);
    let nobody = admin::set_password(city.center(), "nobody", NEW).await;
    assert!(!nobody.unwrap());
    assert_eq!(told(&city).await.len(), 1);
}

#[tokio::test]
async fn a_change_at_the_counter_is_recorded_once_under_the_members_name() {
    let city = City::start("password_counter").await;
    let desk = Desk::open(&city, STATION_A).await;
    let wish = NewPassword {
        login: STATION_A.to_owned(),
        old: PASSWORD.to_owned(),
        new: NEW.to_owned(),
    };
    for _ in 0..2 {
        // The second time the answer was lost: it is in force already, and only confirmed.
        let _: LoggedIn = desk.post("/password", &wish).await.unwrap();
    }
    let by = Some(STATION_A.to_owned());
    assert_eq!(told(&city).await, [(by, "counter".to_owned())]);
    city.staff("elsewhere", "320303001", Role::Station).await;
    let wish = NewPassword {
        login: "elsewhere".to_owned(),
        ..wish
    };
    let refused: Result<LoggedIn, _> = desk.post("/password", &wish).await;
    assert!(refused.is_err(), "they do not work here");
    assert_eq!(told(&city).await.len(), 1);
}
