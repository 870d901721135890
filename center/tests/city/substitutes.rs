//! A substitute's code: deposited by a station, given out by an officer of the area, and by nobody else;
//! and what somebody who was let in has filed.

use center::store::staff::Role;
use domain::substitute::{Heard, NewCode, SpokenCode, Used, Word, tag};
use domain::{Id, Outcome, Staff};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::acts::{identity, registration};
use crate::desk::{Desk, codes};
use crate::support::{Browser, City, STATION_A, STATION_B, STREET};

const NEAR: &str = "320302001006";
const SECRET: &str = "0918273645546372";

fn new_code(n: u128) -> NewCode {
    NewCode {
        id: Id(uuid::Uuid::from_u128(n)),
        secret: SECRET.into(),
        bind: "07".repeat(32),
    }
}

async fn say(desk: &Desk, word: &Word) -> Heard {
    desk.post("/substitute", word).await.unwrap()
}

async fn deposit(desk: &Desk, n: u128) -> Heard {
    let word = Word {
        code: Some(new_code(n)),
        ..Word::default()
    };
    say(desk, &word).await
}

async fn used(desk: &Desk, n: u128, staff: Id) -> Heard {
    let used = Used {
        code: new_code(n).id,
        staff,
        at: chrono::Utc::now(),
    };
    let word = Word {
        used: Some(used),
        ..Word::default()
    };
    say(desk, &word).await
}

fn path(desk: &Desk) -> String {
    format!("/stations/{}/substitute", desk.enrolled.installation)
}

async fn give(officer: &Browser, desk: &Desk, staff: Id, reason: &str) -> (StatusCode, Value) {
    let word = json!({ "staff": staff, "reason": reason });
    officer.post(&path(desk), word).await
}

/// A station with a code, somebody next door, and an officer of the street.
async fn opened(name: &str) -> (City, Desk, Staff, Browser) {
    let city = City::start(name).await;
    let desk = Desk::open(&city, STATION_A).await;
    let near = city.staff("near", NEAR, Role::Station).await;
    let street = city.reviewer("street", STREET).await;
    (city, desk, near, street)
}

#[tokio::test]
async fn a_code_is_given_out_for_one_person_and_every_step_is_recorded() {
    let (city, desk, near, street) = opened("substitute_given").await;
    city.staff("far", STATION_B, Role::Station).await;
    let (status, body) = give(&street, &desk, near.id, "no line").await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::CONFLICT, &json!("substitute.no_code"))
    );
    let heard = deposit(&desk, 1).await;
    assert_eq!(heard.code, Some(new_code(1).id));
    let logins: Vec<_> = heard.people.iter().map(|one| one.login.as_str()).collect();
    assert_eq!(logins, ["near"], "of the county, and not their own");
    // What is told twice is kept once.
    assert_eq!(deposit(&desk, 1).await, heard);
    let (status, _) = give(&street, &desk, near.id, "  ").await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    let (_, body) = give(&street, &desk, desk.staff.id, "no line").await;
    assert_eq!(body["code"], json!("substitute.unknown"));
    let (status, body) = give(&street, &desk, near.id, "光缆断了").await;
    assert_eq!(status, StatusCode::OK, "{body}");
    let spoken = SpokenCode::read(body["code"].as_str().unwrap()).unwrap();
    assert_eq!(spoken.secret, SECRET);
    assert_eq!(spoken.tag, tag(&[7; 32], near.id));
    // Behind the scenes the digits lie nowhere.
    let query = "SELECT count(*) FROM substitute_code \
        WHERE position('0918273645546372'::bytea IN sealed) > 0";
    assert_eq!(city.count(query).await, 0);

    assert_eq!(used(&desk, 1, near.id).await.confirmed, Some(true));
    assert_eq!(
        used(&desk, 1, near.id).await.confirmed,
        Some(true),
        "told twice"
    );
    let page = street.get(&path(&desk)).await;
    assert_eq!(page["code_since"], Value::Null, "a new one is needed");
    assert_eq!(page["given"][0]["reason"], json!("光缆断了"));
    assert!(!page["given"][0]["told_at"].is_null());
    let kinds = "SELECT count(*) FROM audit WHERE kind = ";
    for (kind, times) in [("substitute.given", 1), ("substitute.used", 1)] {
        assert_eq!(
            city.count(&format!("{kinds}'{kind}'")).await,
            times,
            "{kind}"
        );
    }
}

#[tokio::test]
async fn only_an_officer_of_the_area_gives_a_code_out() {
    let (city, desk, near, street) = opened("substitute_roles").await;
    deposit(&desk, 1).await;
    let elsewhere = city.reviewer("far_street", "320303001").await;
    let (status, body) = give(&elsewhere, &desk, near.id, "no line").await;
    assert_eq!(
        (status, &body["code"]),
        (StatusCode::NOT_FOUND, &json!("request.not_found"))
    );
    let seen = elsewhere
        .ask(reqwest::Method::GET, &path(&desk), None)
        .await;
    assert_eq!(seen.status(), StatusCode::NOT_FOUND);
    city.staff("looks", STREET, Role::Query).await;
    let looks = Browser::sign_in(&city, "looks").await;
    let (status, _) = give(&looks, &desk, near.id, "no line").await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    assert_eq!(looks.get(&path(&desk)).await["may_give"], json!(false));
    city.staff("keeper", STREET, Role::Escrow).await;
    let keeper = Browser::sign_in(&city, "keeper").await;
    let seen = keeper.ask(reqwest::Method::GET, &path(&desk), None).await;
    assert_eq!(seen.status(), StatusCode::FORBIDDEN);
    // With every query's own filter removed, the database shows another area nothing, and nobody the digits.
    let mut client = city.behind().await;
    let tx = client.transaction().await.unwrap();
    let act = "SET LOCAL ROLE yizhan_console; SET LOCAL yizhan.area = '320303001'";
    tx.batch_execute(act).await.unwrap();
    for table in ["substitute_code", "substitute_given"] {
        let count = format!("SELECT count(installation) FROM {table}");
        let row = tx.query_one(&count, &[]).await.unwrap();
        assert_eq!(row.get::<_, i64>(0), 0, "{table}");
    }
    let digits = tx.query("SELECT sealed FROM substitute_code", &[]).await;
    assert!(digits.is_err(), "the console's role may not read them");
    drop(tx);
    // Somebody who may work no more is offered no more.
    center::admin::remove_staff(city.center(), "near")
        .await
        .unwrap();
    let (status, _) = give(&street, &desk, near.id, "no line").await;
    assert_eq!(status, StatusCode::CONFLICT);
}

#[tokio::test]
async fn what_a_substitute_filed_is_decided_and_what_a_stranger_filed_is_held() {
    let (city, mut desk, near, street) = opened("substitute_files").await;
    deposit(&desk, 1).await;
    let here = |staff: &Staff| Staff {
        area: desk.staff.area.clone(),
        ..staff.clone()
    };
    let by = here(&near);
    let stranger = here(&city.staff("stranger", NEAR, Role::Station).await);
    let person = |order| identity("王示范", "1980-05-05", order);

    let before = desk.file(&registration(&by, person(1))).await;
    assert_eq!(
        codes(&before),
        ["staff.not_allowed"],
        "nobody was let in yet"
    );
    give(&street, &desk, near.id, "no line").await;
    let given_only = desk.file(&registration(&by, person(3))).await;
    assert_eq!(
        codes(&given_only),
        ["staff.not_allowed"],
        "she did not sit down yet"
    );
    assert_eq!(used(&desk, 1, near.id).await.confirmed, Some(true));
    let after = desk.file(&registration(&by, person(5))).await;
    assert_eq!(after, Outcome::Accepted);
    let others = desk.file(&registration(&stranger, person(7))).await;
    assert_eq!(codes(&others), ["staff.not_allowed"]);
    // At the next community she is a stranger too.
    let mut next = Desk::open(&city, "320302001007").await;
    let elsewhere = Staff {
        area: next.staff.area.clone(),
        ..near.clone()
    };
    let there = next.file(&registration(&elsewhere, person(9))).await;
    assert_eq!(codes(&there), ["staff.not_allowed"]);

    // A code that was given long ago lets nothing through any more.
    let ago = "ALTER TABLE substitute_given DISABLE TRIGGER only_appended;
        UPDATE substitute_given SET given_at = now() - interval '15 days'";
    city.behind().await.batch_execute(ago).await.unwrap();
    let late = desk.file(&registration(&by, person(11))).await;
    assert_eq!(codes(&late), ["staff.not_allowed"]);
}

#[tokio::test]
async fn a_use_that_was_not_given_is_told_as_that() {
    let (city, desk, near, street) = opened("substitute_stranger").await;
    deposit(&desk, 1).await;
    assert_eq!(used(&desk, 1, near.id).await.confirmed, Some(false));
    assert_eq!(
        used(&desk, 9, near.id).await.confirmed,
        Some(false),
        "no such code"
    );
    let page = street.get(&path(&desk)).await;
    assert_eq!(page["strangers"], json!([near.name]));
    let told = "SELECT count(*) FROM audit WHERE kind = 'substitute.used' \
        AND details::text LIKE '%false%'";
    assert_eq!(city.count(told).await, 2);
    // Another station's code is none of this one's.
    let other = Desk::open(&city, STATION_B).await;
    deposit(&desk, 2).await;
    assert_eq!(used(&other, 2, near.id).await.confirmed, Some(false));
}
