//! A certificate is renewed by who holds the log's key, before and for a while after its end.

use center::admin;
use domain::Division;
use domain::recovery::{Challenge, Renew, RenewWish, Renewed, renewal};
use domain::sync::Problem;
use ed25519_dalek::{Signer, SigningKey};
use rcgen::{CertificateParams, KeyPair};
use reqwest::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::desk::{Desk, client};
use crate::support::{City, STATION_A, STATION_B};

async fn post<T: DeserializeOwned>(
    city: &City,
    path: &str,
    body: &impl Serialize,
) -> Result<T, Problem> {
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

/// A renewal signed by `key`, and the new certificate's key.
async fn signed(city: &City, desk: &Desk, key: &SigningKey) -> (Renew, KeyPair) {
    let installation = desk.enrolled.installation;
    let wish = RenewWish { installation };
    let challenge: Challenge = post(city, "renew/challenge", &wish).await.unwrap();
    let fresh = KeyPair::generate().unwrap();
    let request = CertificateParams::default()
        .serialize_request(&fresh)
        .unwrap();
    let request_pem = request.pem().unwrap();
    let said = renewal(installation, &challenge.nonce, &request_pem);
    let renew = Renew {
        installation,
        nonce: challenge.nonce,
        request_pem,
        signature: hex::encode(key.sign(&said).to_bytes()),
    };
    (renew, fresh)
}

#[tokio::test]
async fn the_new_certificate_speaks_for_the_same_installation_over_real_tls() {
    let city = City::start("renewal").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let (renew, fresh) = signed(&city, &desk, &desk.key).await;
    let renewed: Renewed = post(&city, "renew", &renew).await.unwrap();
    assert_eq!(renewed.number, 1);
    let pem = format!("{}{}", renewed.certificate_pem, fresh.serialize_pem());
    desk.client = client(&city, Some(&pem));
    desk.hello(0).await.unwrap();
}

#[tokio::test]
async fn who_does_not_hold_the_logs_key_or_was_revoked_or_comes_too_late_gets_none() {
    let city = City::start("renewal_refused").await;
    let desk = Desk::open(&city, STATION_A).await;
    let thief = SigningKey::generate(&mut rand::rngs::OsRng);
    let (forged, _) = signed(&city, &desk, &thief).await;
    let code = |answer: Result<Renewed, Problem>| answer.unwrap_err().code;
    assert_eq!(
        code(post(&city, "renew", &forged).await),
        "renew.bad_signature"
    );
    let (mut swapped, _) = signed(&city, &desk, &desk.key).await;
    swapped.request_pem = forged.request_pem.clone();
    assert_eq!(
        code(post(&city, "renew", &swapped).await),
        "renew.bad_signature"
    );
    let (mut other, _) = signed(&city, &desk, &desk.key).await;
    other.nonce = format!("{}0", other.nonce);
    assert_eq!(
        code(post(&city, "renew", &other).await),
        "renew.bad_challenge"
    );

    let ended = |days: i32| {
        format!("UPDATE installation SET certificate_until = now() - make_interval(days => {days})")
    };
    city.behind().await.batch_execute(&ended(29)).await.unwrap();
    let (in_time, _) = signed(&city, &desk, &desk.key).await;
    let renewed: Result<Renewed, _> = post(&city, "renew", &in_time).await;
    assert!(renewed.is_ok(), "29 days after its end");
    city.behind().await.batch_execute(&ended(31)).await.unwrap();
    assert_eq!(code(post(&city, "renew", &in_time).await), "renew.too_late");
    admin::revoke(city.center(), desk.enrolled.installation)
        .await
        .unwrap();
    assert_eq!(
        code(post(&city, "renew", &in_time).await),
        "station.revoked"
    );
}

#[tokio::test]
async fn machines_of_one_community_are_numbered_and_so_are_those_of_another() {
    let city = City::start("numbers").await;
    let first = Desk::open(&city, STATION_A).await;
    let second = Desk::open_as(&city, STATION_A, first.staff.clone()).await;
    let elsewhere = Desk::open(&city, STATION_B).await;
    let numbers = [&first, &second, &elsewhere].map(|desk| desk.enrolled.number);
    assert_eq!(numbers, [1, 2, 1]);
    let community = Division(STATION_A.into());
    let codes = [
        admin::code(city.center(), &community).await.unwrap(),
        admin::code(city.center(), &community).await.unwrap(),
    ];
    let keys = codes
        .clone()
        .map(|_| SigningKey::generate(&mut rand::rngs::OsRng));
    let (one, two) = tokio::join!(
        crate::desk::enrol(&city, &codes[0], &keys[0]),
        crate::desk::enrol(&city, &codes[1], &keys[1]),
    );
    let mut at_once = Vec::new();
    for answer in [one.0, two.0] {
        at_once.push(
            answer
                .json::<domain::sync::Enrolled>()
                .await
                .unwrap()
                .number,
        );
    }
    at_once.sort_unstable();
    assert_eq!(at_once, [3, 4], "two at once");
}
