//! Two people under one number: held, and settled by a person.

use domain::Outcome;
use reqwest::StatusCode;
use serde_json::json;

use crate::acts::{identity, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, STATION_A, STATION_B};

#[tokio::test]
async fn two_names_under_one_number_stay_two_when_somebody_says_so() {
    let city = City::start("held_two").await;
    let mut a = Desk::open(&city, STATION_A).await;
    let mut b = Desk::open(&city, STATION_B).await;
    a.file(&registration(
        &a.staff.clone(),
        identity("王示范", "1980-05-05", 1),
    ))
    .await;
    let second = registration(&b.staff, identity("李样本", "1980-05-05", 1));
    let held = b.file(&second).await;
    assert_eq!(codes(&held), ["person.name_differs"]);
    assert!(
        b.state.people.items.is_empty(),
        "nothing of the other person comes here"
    );

    let other = city.reviewer("other", "320302001").await;
    assert_eq!(
        other.get("/held").await,
        json!([]),
        "another area sees nothing"
    );
    let street = city.reviewer("street", "320303001").await;
    let list = street.get("/held").await;
    assert_eq!(list[0]["filing"]["name"], "李样本");
    assert_eq!(list[0]["known"][0]["name"], "王示范");
    assert!(list.to_string().contains("********"), "{list}");
    let path = format!("/held/{}/settle", second.id);
    let word = json!({ "settlement": { "settlement": "another_person" } });
    let (status, answer) = street.post(&path, word.clone()).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (status, _) = street.post(&path, word).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "settled once");
    b.pull().await;
    assert_eq!(b.outcome(second.id), Some(Outcome::Accepted));
    assert_eq!(city.count("SELECT count(*) FROM person").await, 2);
    assert_eq!(
        city.count("SELECT count(*) FROM identity WHERE shared")
            .await,
        2
    );

    let third = registration(&b.staff, identity("李样本", "1980-05-05", 1));
    assert_eq!(codes(&b.file(&third).await), ["person.already_registered"]);
}

#[tokio::test]
async fn a_name_that_was_mistyped_before_becomes_the_same_person() {
    let city = City::start("held_same").await;
    let mut a = Desk::open(&city, STATION_A).await;
    a.file(&registration(
        &a.staff.clone(),
        identity("王示犯", "1980-05-05", 1),
    ))
    .await;
    let person = a.state.people.items[0].id;
    let second = registration(&a.staff, identity("王示范", "1980-05-05", 1));
    assert_eq!(codes(&a.file(&second).await), ["person.name_differs"]);
    let street = city.reviewer("street", "320302001").await;
    let how = json!({ "settlement": "same_person", "person": person });
    let path = format!("/held/{}/settle", second.id);
    let (status, answer) = street.post(&path, json!({ "settlement": how })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    a.pull().await;
    assert_eq!(
        codes(&a.outcome(second.id).unwrap()),
        ["person.already_registered"]
    );
    assert_eq!(city.count("SELECT count(*) FROM person").await, 1);
    assert_eq!(city.count("SELECT count(*) FROM held").await, 0);
}

#[tokio::test]
async fn what_follows_a_held_command_waits_and_is_decided_with_it() {
    let city = City::start("held_after").await;
    let mut a = Desk::open(&city, STATION_A).await;
    a.file(&registration(
        &a.staff.clone(),
        identity("王示范", "1980-05-05", 1),
    ))
    .await;
    let second = registration(&a.staff, identity("李样本", "1980-05-05", 1));
    a.file(&second).await;
    let mut third = registration(&a.staff, identity("张样本", "1981-05-05", 1));
    third.after = Some(second.id);
    let mut fourth = registration(&a.staff, identity("赵样本", "1982-05-05", 1));
    fourth.after = Some(third.id);
    assert_eq!(codes(&a.file(&third).await), ["command.waits"]);
    assert_eq!(codes(&a.file(&fourth).await), ["command.waits"]);
    let street = city.reviewer("street", "320302001").await;
    let how = json!({ "settlement": "refuse", "reason": { "code": "review.words" } });
    let path = format!("/held/{}/settle", second.id);
    let (status, answer) = street.post(&path, json!({ "settlement": how })).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    a.pull().await;
    assert_eq!(codes(&a.outcome(second.id).unwrap()), ["review.words"]);
    assert_eq!(a.outcome(third.id), Some(Outcome::Accepted));
    assert_eq!(a.outcome(fourth.id), Some(Outcome::Accepted));
}
