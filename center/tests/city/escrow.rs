//! Two of three officers open what a station sealed, and nobody else does.

use crate::desk::{Desk, client};
use crate::support::{Browser, City, PASSWORD, STATION_A, STATION_B};
use center::store::staff::Role;
use crypto::{BoxKey, BoxPublicKey, Key, Suite};
use domain::recovery::{
    Answer, Ask, Asked, Cause, Deposit, Look, RELEASE_PURPOSE, Release, Stands, answer_purpose,
    hash, spoken_code,
};
use domain::sync::{Problem, recovery_purpose};
use domain::{Division, Id};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

const OFFICERS: [&str; 3] = ["officer-1", "officer-2", "officer-3"];

fn passphrase(officer: &str) -> String {
    format!("passphrase of {officer}")
}

fn ceremony(suite: u8) -> Value {
    let hand = |login: &&str| json!({ "login": login, "password": PASSWORD, "passphrase": passphrase(login) });
    json!({ "suite": suite, "officers": OFFICERS.iter().map(hand).collect::<Vec<_>>() })
}

/// A city with an escrow key and its officers signed in.
async fn with_key(name: &str, suite: u8) -> (City, Vec<Browser>) {
    let city = City::start(name).await;
    let mut officers = Vec::new();
    for login in OFFICERS {
        city.staff(login, "3203", Role::Escrow).await;
        officers.push(Browser::sign_in(&city, login).await);
    }
    let made = officers[0].post("/escrow/keys", ceremony(suite)).await;
    assert_eq!(made.0, StatusCode::OK, "{}", made.1);
    (city, officers)
}

/// A locked station: what its key file holds for the officers, and the key of its request.
struct Locked {
    data_key: [u8; 32],
    own: BoxKey,
    ask: Ask,
}

impl Locked {
    async fn at(desk: &Desk, suite: u8) -> Locked {
        let escrow = desk
            .hello(0)
            .await
            .unwrap()
            .escrow
            .expect("a key is in force");
        let data_key = *crypto::random_secret();
        let to = BoxPublicKey::read(&hex::decode(&escrow.public).unwrap()).unwrap();
        let purpose = recovery_purpose(desk.enrolled.installation);
        let own = BoxKey::random(Suite::of(suite).unwrap());
        let ask = Ask {
            id: Id(uuid::Uuid::now_v7()),
            installation: desk.enrolled.installation,
            escrow_key: Some(escrow.id),
            sealed: vec![hex::encode(to.seal(&purpose, &data_key))],
            to: hex::encode(own.public().to_bytes()),
            cause: Cause::ForgottenPassword,
            by: "张协理".into(),
            login: STATION_A.into(),
            note: String::new(),
            made_at: chrono::Utc::now(),
        };
        Locked { data_key, own, ask }
    }

    fn text(&self) -> String {
        serde_json::to_string(&self.ask).unwrap()
    }

    /// What the answer opens to, for a release code.
    fn open(&self, answer: &str, code: &str) -> Option<Vec<u8>> {
        let answer: Answer = serde_json::from_str(answer).unwrap();
        let purpose = answer_purpose(&hash(&self.text()));
        let plain = self
            .own
            .open(&purpose, &hex::decode(&answer.sealed).unwrap())?;
        let release: Release = serde_json::from_slice(&plain).unwrap();
        let salt = hex::decode(&release.salt).unwrap();
        let mut under = zeroize::Zeroizing::new([0; 32]);
        let params = argon2::Params::new(64 * 1024, 3, 1, Some(32)).unwrap();
        argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
            .hash_password_into(code.as_bytes(), &salt, under.as_mut())
            .unwrap();
        let key = hex::decode(&release.keys[0]).unwrap();
        Key::new(&under, Suite::One).open(RELEASE_PURPOSE, &key)
    }
}

async fn ask(city: &City, text: &str) -> Result<Stands, Problem> {
    at_enrolment(city, "recovery", &Asked { ask: text.into() }).await
}

async fn look(city: &City, locked: &Locked) -> Result<Stands, Problem> {
    let look = Look {
        request: locked.ask.id,
        hash: hash(&locked.text()),
    };
    at_enrolment(city, "recovery/look", &look).await
}

async fn at_enrolment(
    city: &City,
    path: &str,
    body: &impl serde::Serialize,
) -> Result<Stands, Problem> {
    let url = format!("https://{}/{path}", city.running.enrol_addr);
    let response = client(city, None)
        .post(url)
        .json(body)
        .send()
        .await
        .unwrap();
    match response.status() {
        StatusCode::OK => Ok(response.json().await.unwrap()),
        _ => Err(response.json().await.unwrap()),
    }
}

async fn approve(officer: &Browser, locked: &Locked, passphrase: &str) -> (StatusCode, Value) {
    let word = json!({ "hash": hash(&locked.text()), "passphrase": passphrase });
    let path = format!("/escrow/requests/{}/approve", locked.ask.id);
    officer.post(&path, word).await
}

#[tokio::test]
async fn two_officers_open_a_request_and_one_alone_opens_nothing() {
    for suite in [1, 2] {
        let (city, officers) = with_key(&format!("escrow_two_{suite}"), suite).await;
        let desk = Desk::open(&city, STATION_A).await;
        let locked = Locked::at(&desk, suite).await;
        let stands = ask(&city, &locked.text()).await.unwrap();
        assert_eq!(stands, Stands::Waiting { approvals: 0 });
        let view = officers[1].get("/escrow").await;
        let line = &view["requests"][0];
        assert_eq!(line["code"], spoken_code(&hash(&locked.text())));
        assert_eq!(
            (&line["number"], &line["staff_name"]),
            (&json!(1), &json!(STATION_A))
        );

        let wrong = approve(&officers[0], &locked, &passphrase(OFFICERS[1])).await;
        assert_eq!(wrong.1["code"], "escrow.wrong_passphrase");
        let first = approve(&officers[0], &locked, &passphrase(OFFICERS[0])).await;
        assert_eq!(
            (first.0, &first.1["approvals"]),
            (StatusCode::OK, &json!(1))
        );
        assert_eq!(
            first.1["release_code"],
            Value::Null,
            "one alone opens nothing"
        );
        let again = approve(&officers[0], &locked, &passphrase(OFFICERS[0])).await;
        assert_eq!(again.1["code"], "escrow.same_officer");
        let stands = look(&city, &locked).await.unwrap();
        assert_eq!(stands, Stands::Waiting { approvals: 1 });

        let second = approve(&officers[2], &locked, &passphrase(OFFICERS[2])).await;
        assert_eq!(second.0, StatusCode::OK, "{}", second.1);
        let code = second.1["release_code"].as_str().unwrap();
        let Stands::Answered { answer } = look(&city, &locked).await.unwrap() else {
            panic!("it is answered");
        };
        assert_eq!(locked.open(&answer, code).unwrap(), locked.data_key);
        assert!(
            locked.open(&answer, "00000000").is_none(),
            "the code is needed"
        );
        assert_eq!(city.count("SELECT count(*) FROM recovery_share").await, 0);
        let late = approve(&officers[1], &locked, &passphrase(OFFICERS[1])).await;
        assert_eq!(late.1["code"], "recovery.closed");
        let steps: Vec<_> = officers[1].get("/escrow").await["history"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["what"].as_str().unwrap().to_owned())
            .collect();
        let told = [
            "fetched",
            "opened",
            "approved",
            "wrong_passphrase",
            "asked",
            "key_made",
            "key_made",
            "key_made",
        ];
        assert_eq!(steps, told);
    }
}

#[tokio::test]
async fn what_was_changed_or_is_too_old_or_of_another_machine_is_not_opened() {
    let (city, officers) = with_key("escrow_bad", 1).await;
    let (desk, other) = (
        Desk::open(&city, STATION_A).await,
        Desk::open(&city, STATION_B).await,
    );
    // Another machine's sealed key under this machine's name.
    let mut swapped = Locked::at(&desk, 1).await;
    swapped.ask.sealed = Locked::at(&other, 1).await.ask.sealed;
    ask(&city, &swapped.text()).await.unwrap();
    approve(&officers[0], &swapped, &passphrase(OFFICERS[0])).await;
    let second = approve(&officers[1], &swapped, &passphrase(OFFICERS[1])).await;
    assert_eq!(second.1["code"], "recovery.unreadable");
    assert_eq!(
        look(&city, &swapped).await.unwrap(),
        Stands::Waiting { approvals: 1 }
    );

    // The request that the officer saw is not the one that is there.
    let locked = Locked::at(&desk, 1).await;
    ask(&city, &locked.text()).await.unwrap();
    let alter = format!(
        "UPDATE recovery_request SET ask = replace(ask, '张协理', '张协埋') WHERE id = '{}'",
        locked.ask.id
    );
    city.behind().await.batch_execute(&alter).await.unwrap();
    let changed = approve(&officers[0], &locked, &passphrase(OFFICERS[0])).await;
    assert_eq!(changed.1["code"], "recovery.changed");

    // The same id with another text is another request, and is not known.
    let mut replaced = Locked::at(&desk, 1).await;
    replaced.ask.id = locked.ask.id;
    assert_eq!(
        ask(&city, &replaced.text()).await.unwrap_err().code,
        "recovery.unknown"
    );

    let late = Locked::at(&desk, 1).await;
    ask(&city, &late.text()).await.unwrap();
    approve(&officers[0], &late, &passphrase(OFFICERS[0])).await;
    let past = "UPDATE recovery_request SET expires_at = now() - interval '1 second'";
    city.behind().await.batch_execute(past).await.unwrap();
    assert_eq!(look(&city, &late).await.unwrap(), Stands::Expired);
    let expired = approve(&officers[1], &late, &passphrase(OFFICERS[1])).await;
    assert_eq!(expired.1["code"], "recovery.expired");
}

#[tokio::test]
async fn a_lost_key_file_is_answered_from_the_deposit_and_a_refusal_is_told() {
    let (city, officers) = with_key("escrow_deposit", 1).await;
    let desk = Desk::open(&city, STATION_A).await;
    let mut locked = Locked::at(&desk, 1).await;
    let sealed = std::mem::take(&mut locked.ask.sealed);
    let escrow_key = locked.ask.escrow_key.take().unwrap();
    let none = ask(&city, &locked.text()).await.unwrap_err();
    assert_eq!(none.code, "recovery.no_deposit");
    let deposit = Deposit {
        escrow_key,
        sealed,
        file: "{\"the key file\":1}".into(),
    };
    desk.post::<()>("/deposit", &deposit).await.unwrap();
    let foreign = Deposit {
        escrow_key: "0000000000000000".into(),
        ..deposit.clone()
    };
    let refused = desk.post::<()>("/deposit", &foreign).await.unwrap_err();
    assert_eq!(refused.code, "recovery.unknown_key");
    assert_eq!(officers[0].get("/escrow").await["sealed"], 1);
    ask(&city, &locked.text()).await.unwrap();
    approve(&officers[1], &locked, &passphrase(OFFICERS[1])).await;
    let second = approve(&officers[0], &locked, &passphrase(OFFICERS[0])).await;
    let code = second.1["release_code"].as_str().unwrap();
    let Stands::Answered { answer } = look(&city, &locked).await.unwrap() else {
        panic!("it is answered");
    };
    assert_eq!(locked.open(&answer, code).unwrap(), locked.data_key);
    let answer: Answer = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer.file, Some(deposit.file));

    // Carried by hand, and refused.
    let carried = Locked::at(&desk, 1).await;
    let (status, _) = officers[0]
        .post("/escrow/requests", json!({ "ask": carried.text() }))
        .await;
    assert_eq!(status, StatusCode::OK);
    let path = format!("/escrow/requests/{}/refuse", carried.ask.id);
    let empty = officers[2].post(&path, json!({ "reason": " " })).await;
    assert_eq!(empty.1["code"], "recovery.no_reason");
    officers[2]
        .post(&path, json!({ "reason": "电话无人接听" }))
        .await;
    let told = look(&city, &carried).await.unwrap();
    assert_eq!(
        told,
        Stands::Refused {
            reason: "电话无人接听".into()
        }
    );
}

#[tokio::test]
async fn a_key_is_made_by_three_different_officers_and_a_new_one_leaves_the_old_shares() {
    let (city, officers) = with_key("escrow_ceremony", 1).await;
    city.staff("street", "320302001", Role::Reviewer).await;
    let with = |change: fn(&mut Value)| {
        let mut word = ceremony(1);
        change(&mut word["officers"]);
        officers[0].post("/escrow/keys", word)
    };
    let two = with(|hands| drop(hands.as_array_mut().unwrap().pop())).await;
    let twice = with(|hands| hands[2] = hands[0].clone()).await;
    let same = with(|hands| hands[2]["passphrase"] = hands[0]["passphrase"].clone()).await;
    let reviewer = with(|hands| hands[2]["login"] = json!("street")).await;
    for (status, body) in [two, twice, same, reviewer] {
        assert_eq!(
            (status, &body["code"]),
            (StatusCode::BAD_REQUEST, &json!("escrow.not_three"))
        );
    }
    let short = with(|hands| hands[1]["passphrase"] = json!("short")).await;
    assert_eq!(short.1["code"], "escrow.weak_passphrase");
    let stranger = with(|hands| hands[1]["password"] = json!("not theirs")).await;
    assert_eq!(stranger.1["code"], "auth.wrong");
    assert_eq!(city.count("SELECT count(*) FROM escrow_key").await, 1);

    // A request under the old key outlives the new one; a passphrase changes without the others.
    let desk = Desk::open(&city, STATION_A).await;
    let locked = Locked::at(&desk, 1).await;
    ask(&city, &locked.text()).await.unwrap();
    let old = desk.hello(0).await.unwrap().escrow.unwrap();
    officers[0].post("/escrow/keys", ceremony(2)).await;
    assert_ne!(desk.hello(0).await.unwrap().escrow.unwrap().id, old.id);
    let word = json!({ "old": passphrase(OFFICERS[0]), "new": "another passphrase" });
    assert_eq!(
        officers[0].post("/escrow/passphrase", word).await.0,
        StatusCode::OK
    );
    let before = approve(&officers[0], &locked, &passphrase(OFFICERS[0])).await;
    assert_eq!(before.1["code"], "escrow.wrong_passphrase");
    assert_eq!(
        approve(&officers[0], &locked, "another passphrase").await.0,
        StatusCode::OK
    );
    let second = approve(&officers[1], &locked, &passphrase(OFFICERS[1])).await;
    assert!(second.1["release_code"].is_string(), "{}", second.1);
}

#[tokio::test]
async fn officers_see_no_case_and_nobody_else_sees_the_escrow() {
    let (city, officers) = with_key("escrow_roles", 1).await;
    let desk = Desk::open(&city, STATION_A).await;
    let locked = Locked::at(&desk, 1).await;
    ask(&city, &locked.text()).await.unwrap();
    for path in ["/inbox", "/held", "/stations", "/cases/x"] {
        let answer = officers[0].ask(Method::GET, path, None).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{path}");
    }
    let reviewer = city.reviewer("city", "3203").await;
    let view = reviewer.ask(Method::GET, "/escrow", None).await;
    assert_eq!(view.status(), StatusCode::FORBIDDEN);
    let word = approve(&reviewer, &locked, PASSWORD).await;
    assert_eq!(word.0, StatusCode::FORBIDDEN);
    // An officer of another county finds no request of this one, with or without the id.
    city.staff("far", "320303", Role::Escrow).await;
    let far = Browser::sign_in(&city, "far").await;
    assert_eq!(far.get("/escrow").await["requests"], json!([]));
    let word = approve(&far, &locked, PASSWORD).await;
    assert_eq!(
        (word.0, &word.1["code"]),
        (StatusCode::NOT_FOUND, &json!("request.not_found"))
    );
}

#[tokio::test]
async fn a_machine_that_asks_too_often_waits_and_a_revoked_one_gets_nothing() {
    let (city, _) = with_key("escrow_limits", 1).await;
    let desk = Desk::open(&city, STATION_A).await;
    for _ in 0..6 {
        ask(&city, &Locked::at(&desk, 1).await.text())
            .await
            .unwrap();
    }
    let seventh = Locked::at(&desk, 1).await;
    let refused = ask(&city, &seventh.text()).await.unwrap_err();
    assert_eq!(refused.code, "recovery.too_many");
    center::admin::revoke(city.center(), desk.enrolled.installation)
        .await
        .unwrap();
    let refused = ask(&city, &seventh.text()).await.unwrap_err();
    assert_eq!(refused.code, "station.revoked");
    for text in ["", "{}", "no json", &"x".repeat(20_000)] {
        assert_eq!(
            ask(&city, text).await.unwrap_err().code,
            "request.malformed"
        );
    }
    let community = Division(STATION_A.into());
    assert_eq!(desk.enrolled.community, community);
}
