//! One station, or a stranger, that takes all it can get: the others are served.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use center::admin;
use domain::Outcome;
use domain::sync::{PAGE_PART_BYTES, sha256_hex};
use futures_util::{StreamExt, stream};
use reqwest::{Client, Response, StatusCode};

use crate::acts::{identity, registration};
use crate::desk::{Desk, client};
use crate::support::{City, STATION_A, STATION_B};

/// A body that begins and never ends.
fn half(first: &'static [u8]) -> reqwest::Body {
    let begin = stream::once(async move { Ok::<_, std::io::Error>(first.to_vec()) });
    reqwest::Body::wrap_stream(begin.chain(stream::pending()))
}

/// Asks so often at once with bodies that never end; how many were answered that the centre is busy.
fn pour(client: &Client, url: &str, times: usize) -> Arc<AtomicUsize> {
    let busy = Arc::new(AtomicUsize::new(0));
    for _ in 0..times {
        let request = client.post(url).body(half(b"{\"from\":1,")).send();
        let busy = busy.clone();
        tokio::spawn(async move {
            if let Ok(answer) = request.await {
                let was = usize::from(answer.status() == StatusCode::SERVICE_UNAVAILABLE);
                busy.fetch_add(was, Ordering::Relaxed);
            }
        });
    }
    busy
}

async fn until_busy(busy: &AtomicUsize) {
    let began = Instant::now();
    while busy.load(Ordering::Relaxed) == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "nobody was refused"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_with_many_bodies_that_never_end_keeps_nobody_from_pushing_or_saying_hello() {
    let city = City::start("greedy_bodies").await;
    let stuck = Desk::open(&city, STATION_A).await;
    let mut other = Desk::open(&city, STATION_B).await;
    let pushes = pour(&stuck.client, &stuck.url("/push"), 70);
    let hellos = pour(&stuck.client, &stuck.url("/hello"), 20);
    tokio::time::sleep(Duration::from_millis(500)).await;
    let began = Instant::now();
    let filed = registration(&other.staff.clone(), identity("王示范", "1980-05-05", 1));
    assert_eq!(other.file(&filed).await, Outcome::Accepted);
    other.hello(0).await.unwrap();
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    // The stuck one's own are in each other's way.
    until_busy(&pushes).await;
    until_busy(&hellos).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn strangers_with_bodies_that_never_end_hold_no_more_than_their_room() {
    let city = City::start("greedy_strangers").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let stranger = client(&city, None);
    // 8 MiB are 128 bodies, and as many more may stand in line until those are given up.
    let paths = [
        "enrol",
        "renew",
        "renew/challenge",
        "recovery",
        "recovery/look",
    ];
    let busy = paths.map(|path| {
        let url = format!("https://{}/{path}", city.running.enrol_addr);
        pour(&stranger, &url, 80)
    });
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("x-yizhan", reqwest::header::HeaderValue::from_static("1"));
    let browser = Client::builder().default_headers(headers).build().unwrap();
    let url = format!("http://{}/api/login", city.running.console_addr);
    until_busy(&pour(&browser, &url, 400)).await;
    let refused = || -> usize { busy.iter().map(|one| one.load(Ordering::Relaxed)).sum() };
    let began = Instant::now();
    while refused() == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(15),
            "no stranger was refused"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let filed = registration(&desk.staff.clone(), identity("王示范", "1980-05-05", 1));
    assert_eq!(desk.file(&filed).await, Outcome::Accepted);
}

#[tokio::test]
async fn a_revoked_station_is_refused_before_its_push_has_come() {
    let city = City::start("greedy_revoked").await;
    let desk = Desk::open(&city, STATION_A).await;
    let revoked = admin::revoke(city.center(), desk.enrolled.installation);
    assert!(revoked.await.unwrap());
    let request = desk
        .client
        .post(desk.url("/push"))
        .body(half(b"{\"from\":1,"));
    let answer = tokio::time::timeout(Duration::from_secs(5), request.send()).await;
    let answer = answer.expect("at once").unwrap();
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert!(answer.text().await.unwrap().contains("station.revoked"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_station_that_does_not_read_its_answers_takes_no_answer_from_others() {
    let city = City::start("greedy_reader").await;
    let greedy = Desk::open(&city, STATION_A).await;
    let mut other = Desk::open(&city, STATION_B).await;
    let bytes: Vec<u8> = (0..PAGE_PART_BYTES as u32)
        .map(|n| (n % 239) as u8)
        .collect();
    let sha = sha256_hex(&bytes);
    let mut at = greedy
        .first_part(&sha, &bytes[..1 << 18], bytes.len())
        .await
        .unwrap();
    while !at.stored {
        let from = at.have as usize;
        let to = (from + (1 << 18)).min(bytes.len());
        at = greedy.part(&sha, from, &bytes[from..to]).await.unwrap();
    }
    // As many as fill the room for answers, and none of them is read.
    let url = greedy.url(&format!("/page/{sha}/0"));
    let asked = (0..40).map(|_| greedy.client.get(&url).send());
    let asked: Vec<_> = asked.map(tokio::spawn).collect();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let began = Instant::now();
    let filed = registration(&other.staff.clone(), identity("王示范", "1980-05-05", 1));
    assert_eq!(other.file(&filed).await, Outcome::Accepted);
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "{:?}",
        began.elapsed()
    );
    let mut answers: Vec<Response> = Vec::new();
    for one in asked {
        answers.push(one.await.unwrap().unwrap());
    }
    let whole = answers
        .iter()
        .filter(|answer| answer.status() == StatusCode::OK);
    assert_eq!(whole.count(), 2, "the others wait for these to be read");
}
