//! A decision wakes the long poll, of another process too.

use std::time::{Duration, Instant};

use center::Center;
use domain::command::RecordEmployment;

use crate::acts::{day, identity, registration};
use crate::desk::Desk;
use crate::support::{City, STATION_A, config};

#[tokio::test]
async fn a_poll_is_woken_by_another_process_of_the_same_centre() {
    let city = City::start("news").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let who = identity("王示范", "1980-05-05", 1);
    desk.file(&registration(&desk.staff.clone(), who.clone()))
        .await;
    let other = Center::start(config(city.dir.path(), &city.url))
        .await
        .unwrap();
    let filing = RecordEmployment {
        identity: who,
        home: desk.staff.area.clone(),
        employer: "示范公司".into(),
        since: day("2026-11-01"),
        until: None,
        source: "用工备案 2026-11-20".into(),
    };
    let elsewhere = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let done = center::admin::import_employment(other.center(), vec![filing]).await;
        assert_eq!(done.unwrap(), [domain::Outcome::Accepted]);
        Instant::now()
    };
    let waited = async { (desk.hello(20_000).await.unwrap(), Instant::now()) };
    let ((reply, woken), decided) = tokio::join!(waited, elsewhere);
    assert!(reply.head > desk.feed.seq);
    assert!(woken.saturating_duration_since(decided) < Duration::from_secs(2));
    desk.pull().await;
    assert_eq!(desk.state.people.items[0].employments.len(), 1);
    other.stop().await;
}

#[tokio::test]
async fn a_poll_ends_by_itself_and_at_once_when_there_is_news_already() {
    let city = City::start("news_ends").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let started = Instant::now();
    desk.hello(300).await.unwrap();
    assert!(started.elapsed() >= Duration::from_millis(300));
    let entry = desk.write(&registration(
        &desk.staff.clone(),
        identity("王", "1980-05-05", 1),
    ));
    desk.push(&[entry]).await.unwrap();
    let started = Instant::now();
    let reply = desk.hello(20_000).await.unwrap();
    assert_eq!(reply.acked, 1);
    assert!(started.elapsed() < Duration::from_secs(5));
}
