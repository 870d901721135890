//! What must not stand in others' way: bodies that never end, a command that nobody can decide, a refusal
//! that crosses a receipt, and a copy of a station's disk.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use center::{admin, orders};
use domain::order::{
    Order, Receipt, Report, ReportState, SignedOrder, SignedReceipt, What, receipt_message,
};
use domain::sync::Unsent;
use domain::{Division, Id, Outcome};
use ed25519_dalek::Signer;
use futures_util::{StreamExt, stream};
use serde_json::json;

use crate::acts::{filing, identity, registration};
use crate::desk::{Desk, codes};
use crate::support::{City, STATION_A, STATION_B};

/// More parts of pages than one station has a share for.
const HALF_PARTS: usize = 40;

/// Parts of pages that stop half-way hold no more memory than their station's share, and none for ever.
#[tokio::test]
async fn parts_that_stop_half_way_hold_no_more_than_their_share() {
    let city = City::start("half_parts").await;
    let stuck = Desk::open(&city, STATION_A).await;
    let mut other = Desk::open(&city, STATION_B).await;
    let unknown = "ab".repeat(32);
    let refused = Arc::new(AtomicUsize::new(0));
    for _ in 0..HALF_PARTS {
        let half = stream::once(async { Ok::<_, std::io::Error>(vec![7; 1 << 10]) });
        let body = reqwest::Body::wrap_stream(half.chain(stream::pending()));
        let request = stuck.client.patch(stuck.url(&format!("/blob/{unknown}")));
        let request = request.header("upload-offset", 0).body(body).send();
        let refused = refused.clone();
        tokio::spawn(async move {
            let answer = request.await.unwrap().status();
            let busy = usize::from(answer == reqwest::StatusCode::SERVICE_UNAVAILABLE);
            refused.fetch_add(busy, Ordering::Relaxed);
        });
    }
    // Eight stand; the rest is refused meanwhile.
    let began = Instant::now();
    while refused.load(Ordering::Relaxed) == 0 {
        assert!(
            began.elapsed() < Duration::from_secs(40),
            "nobody was refused"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let filed = registration(&other.staff.clone(), identity("王示范", "1980-05-05", 1));
    // Neither pushes nor facts stand behind them.
    assert_eq!(other.file(&filed).await, Outcome::Accepted);
}

#[tokio::test]
async fn a_waiting_command_that_nobody_can_decide_stops_no_other() {
    let city = City::start("waiting_poison").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let staff = desk.staff.clone();
    desk.file(&registration(&staff, identity("王示范", "1980-05-05", 1)))
        .await;
    let held = registration(&staff, identity("李样本", "1980-05-05", 1));
    assert_eq!(codes(&desk.file(&held).await), ["person.name_differs"]);
    let mut poison = registration(&staff, identity("张样本", "1981-05-05", 1));
    // PostgreSQL keeps no NUL in a text: the decider accepts this one, the store cannot.
    filing(&mut poison).serial = "a\0b".into();
    poison.after = Some(held.id);
    assert_eq!(codes(&desk.file(&poison).await), ["command.waits"]);
    let mut good = registration(&staff, identity("赵样本", "1982-05-05", 1));
    good.after = Some(held.id);
    assert_eq!(codes(&desk.file(&good).await), ["command.waits"]);

    let street = city.reviewer("street", "320302001").await;
    let how = json!({ "settlement": "refuse", "reason": { "code": "review.words" } });
    let path = format!("/held/{}/settle", held.id);
    street.post(&path, json!({ "settlement": how })).await;
    desk.pull().await;
    assert_eq!(desk.outcome(good.id), Some(Outcome::Accepted));
    let told = desk.outcome(poison.id).unwrap();
    assert_eq!(codes(&told), ["command.poisonous"]);
    let waiting = "SELECT count(*) FROM held WHERE waits_for IS NOT NULL";
    assert_eq!(city.count(waiting).await, 0, "a person settles it");
}

#[tokio::test]
async fn the_receipt_of_a_wipe_counts_from_a_station_that_was_revoked_meanwhile() {
    let city = City::start("revoked_receipt").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let id = desk.enrolled.installation;
    let community = Division(STATION_A.into());
    let wipe = What::Wipe {
        even_if_unsent: true,
    };
    let (center, officer) = (city.center(), desk.staff.clone());
    orders::give(center, &officer, id, &community, wipe)
        .await
        .unwrap();
    let asked = city.text("SELECT id::text FROM station_order").await;
    let second = city.staff("second", "3203", center::store::staff::Role::Reviewer);
    let order = Id(asked.parse().unwrap());
    orders::agree(center, &second.await, id, &community, order)
        .await
        .unwrap();
    desk.heartbeat = Some(Default::default());
    let handed = desk.hello(0).await.unwrap().orders.remove(0);
    let signed: SignedOrder = serde_json::from_value(handed).unwrap();
    let handed: Order = serde_json::from_str(&signed.body).unwrap();
    assert_eq!(handed.id, order);

    assert!(admin::revoke(center, id).await.unwrap());
    let receipt = Receipt {
        order,
        installation: id,
        at: chrono::Utc::now(),
        unsent: Unsent::default(),
        drafts: 0,
        log: desk.last.clone(),
    };
    let body = serde_json::to_string(&receipt).unwrap();
    let signature = hex::encode(desk.key.sign(&receipt_message(&body)).to_bytes());
    desk.reports = vec![Report {
        order,
        state: ReportState::Done,
        code: None,
        text: None,
        receipt: Some(SignedReceipt { body, signature }),
    }];
    assert_eq!(desk.hello(0).await.unwrap_err().code, "station.revoked");
    let state = city.text("SELECT state FROM station_order").await;
    assert_eq!(state, "done");
}

#[tokio::test]
async fn a_copied_disk_is_found_though_it_has_filed_nothing() {
    let city = City::start("copied_disk").await;
    let mut desk = Desk::open(&city, STATION_A).await;
    let run = |n| Some(Id(uuid::Uuid::from_u128(n)));
    (desk.boots, desk.run) = (7, run(1));
    assert!(!desk.hello(0).await.unwrap().copied);
    assert!(!desk.hello(0).await.unwrap().copied, "it goes on");
    // The copy starts, and counts one more, as the station would.
    (desk.boots, desk.run) = (8, run(2));
    assert!(!desk.hello(0).await.unwrap().copied, "a restart");
    for own in [7, 8] {
        // The station itself: still running, and started once more.
        (desk.boots, desk.run) = (own, run(3));
        let began = Instant::now();
        let reply = desk.hello(20_000).await.unwrap();
        assert!(reply.copied && reply.orders.is_empty(), "{own} starts");
        assert!(began.elapsed() < Duration::from_secs(5), "it hears at once");
    }
    let heard = city.text("SELECT boots || ' ' || run FROM contact").await;
    assert_eq!(heard, format!("8 {}", uuid::Uuid::from_u128(2)));
    // Two starts of the station itself; how often each of them spoke does not matter.
    desk.hello(0).await.unwrap();
    let alarms =
        "SELECT string_agg(what || ' ' || n || ' ' || seen_n, ', ' ORDER BY at) FROM witness_alarm";
    assert_eq!(city.text(alarms).await, "copied 7 8, copied 8 8");
    let street = city.reviewer("street", "320302001").await;
    let list = street.get("/stations").await;
    assert_eq!(list["rows"][0]["troubles"], json!(["store"]));
    desk.run = None;
    assert!(!desk.hello(0).await.unwrap().copied, "an older program");
}
