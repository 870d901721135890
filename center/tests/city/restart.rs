//! PostgreSQL goes away and comes back; the centre stays and recovers by itself.

use domain::Outcome;
use reqwest::StatusCode;

use crate::acts::{day, identity, registration};
use crate::desk::Desk;
use crate::support::{City, STATION_A, cluster, soon};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restarted_database_costs_a_retry_and_nothing_else() {
    let mut cluster = cluster("restart");
    cluster.create_database("restart").unwrap();
    let city = City::start_on(cluster.url("restart")).await;
    let mut desk = Desk::open(&city, STATION_A).await;
    desk.file(&registration(
        &desk.staff.clone(),
        identity("王示范", "1980-05-05", 1),
    ))
    .await;
    let command = registration(&desk.staff, identity("李样本", "1981-05-05", 1));
    let entry = desk.write(&command);
    cluster.pause();
    let refused = desk.push(std::slice::from_ref(&entry)).await.unwrap_err();
    assert_eq!(refused.code, "centre.database_down");
    assert!(refused.retry_after_s.is_some());
    let url = format!("http://{}/api/me", city.running.console_addr);
    let request = reqwest::Client::new()
        .get(url)
        .header("cookie", "yizhan_session=x");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().contains_key("retry-after"));
    cluster.resume().unwrap();
    let again = || async { desk.push(std::slice::from_ref(&entry)).await.ok() };
    assert_eq!(soon(again).await, 2);
    desk.pull().await;
    assert_eq!(desk.outcome(command.id), Some(Outcome::Accepted));
    let mut second = Desk::open(&city, "320302001006").await;
    let more = registration(&second.staff, identity("张样本", "1982-05-05", 1));
    assert_eq!(second.file(&more).await, Outcome::Accepted);
    let waiting = desk.hello(20_000);
    let news = async {
        let filing = domain::command::RecordEmployment {
            identity: identity("王示范", "1980-05-05", 1),
            home: desk.staff.area.clone(),
            employer: "示范公司".into(),
            since: day("2026-11-01"),
            until: None,
            source: "用工备案 2026-11-20".into(),
        };
        center::admin::import_employment(city.center(), vec![filing]).await
    };
    let (reply, done) = tokio::join!(waiting, news);
    assert_eq!(done.unwrap(), [Outcome::Accepted]);
    assert!(reply.unwrap().head > desk.feed.seq);
    city.running.stop().await;
}
