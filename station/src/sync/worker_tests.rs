//! What the worker says of the line, with a real store and a real listener. The whole exchange is
//! tried with the real centre, in the crate `tests`.

use std::net::TcpListener;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};

use super::*;
use crate::catalog::Shelf;
use crate::keys::DataKey;
use crate::line::listener::{City, NOW};
use crate::line::{LineError, LineSwitch, tls};
use crate::store::meta;

/// An empty station whose centre is at `base`.
struct Bench {
    worker: Option<Worker>,
    switch: Arc<LineSwitch>,
    store: Arc<Store>,
    told: Arc<AtomicUsize>,
    _folder: tempfile::TempDir,
}

fn setup(city: &City, base: &str) -> (Setup, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let catalog = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
    let catalog = Shelf::load(&catalog).unwrap().catalog;
    let keys = DataKey::random().derive();
    let store = Store::create(&folder.path().join("store"), &keys, catalog).unwrap();
    let clock = Arc::new(Clock::system());
    let own = city.issue(NOW, 2);
    let tls = tls::mutual(&city.pem, &own.certificate, &own.key, Arc::clone(&clock)).unwrap();
    let setup = Setup {
        store: Arc::new(store),
        blobs: Arc::new(Blobs::open(&folder.path().join("blobs"), &keys).unwrap()),
        line: Line::new(base, tls, Arc::default()).unwrap(),
        installation: crate::proof::installation(),
        custody: None,
        rules: None,
        clock,
        around: Arc::new(Default::default),
        version: "0".to_owned(),
        seed: 1,
        tell: Arc::new(|_| {}),
    };
    (setup, folder)
}

fn bench(city: &City, base: &str) -> Bench {
    let (mut setup, folder) = setup(city, base);
    let told = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&told);
    setup.tell = Arc::new(move |_| {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    Bench {
        switch: Arc::clone(setup.line.switch()),
        store: Arc::clone(&setup.store),
        worker: Some(Worker::start(setup).unwrap()),
        told,
        _folder: folder,
    }
}

impl Bench {
    /// Waits until the status gives this reason.
    fn says(&self, code: &str) -> LineStatus {
        let until = Instant::now() + Duration::from_secs(10);
        loop {
            let status = self.worker.as_ref().unwrap().line();
            if status.reason.code == code {
                return status;
            }
            assert!(
                Instant::now() < until,
                "{code} was waited for, {status:?} is said"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// How long the worker takes to end.
    fn ends(&mut self) -> Duration {
        let started = Instant::now();
        drop(self.worker.take());
        started.elapsed()
    }
}

/// An answer with a problem as its body.
fn refusal(status: &str, header: &str, body: &str) -> &'static [u8] {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\n{header}content-length: {length}\r\n\r\n{body}");
    text.into_bytes().leak()
}

#[test]
fn a_centre_that_is_not_there_is_said_with_the_next_try() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let mut bench = bench(&City::new(), &format!("https://{free}"));
    let status = bench.says("line.unreachable");
    assert!(!status.up && status.last_contact.is_none());
    assert!(
        status
            .next_try
            .is_some_and(|next| next > Utc::now() - TimeDelta::seconds(1))
    );
    assert!(bench.told.load(Ordering::SeqCst) > 0);
    assert_eq!(
        bench
            .store
            .meta(crate::sync::hello::META_BOOTS)
            .unwrap()
            .as_deref(),
        Some("1")
    );
    assert!(bench.ends() < Duration::from_secs(1));
}

#[test]
fn a_revoked_station_is_said_to_be_revoked_and_not_a_network_fault() {
    let city = City::new();
    let answer = refusal("403 Forbidden", "", r#"{"code":"station.revoked"}"#);
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), answer);
    let status = bench(&city, &format!("https://{address}")).says("station.revoked");
    assert!(!status.up && status.last_contact.is_some());
}

#[test]
fn a_forged_lease_is_said_for_as_long_as_it_comes() {
    let city = City::new();
    let reply = serde_json::json!({
        "server_time": Utc::now(), "acked": 0, "durable": 0, "head": 0, "minimum_protocol": 0,
        "pace": { "after_ms": 0, "batch": 1 }, "catalogue": "",
        "lease": { "body": "{}", "signature": "00" },
    });
    let answer = refusal(
        "200 OK",
        "content-type: application/json\r\n",
        &reply.to_string(),
    );
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), answer);
    let bench = bench(&city, &format!("https://{address}"));
    assert!(bench.says("lease.forged").up, "the line is not to blame");
    // Through the hellos that follow, which go well but for that.
    for _ in 0..50 {
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(
            bench.worker.as_ref().unwrap().line().reason.code,
            "lease.forged"
        );
    }
}

#[test]
fn a_busy_centre_is_asked_again_when_it_said() {
    let city = City::new();
    let answer = refusal("503 Service Unavailable", "retry-after: 120\r\n", "");
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), answer);
    let bench = bench(&city, &format!("https://{address}"));
    let next = bench.says("line.busy").next_try.unwrap();
    let pause = (next - Utc::now()).num_seconds();
    assert!((118..=180).contains(&pause), "{pause} s");
    // Somebody waits; the centre's word counts more.
    bench.worker.as_ref().unwrap().wake();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(bench.says("line.busy").next_try, Some(next));
}

#[test]
fn the_switch_cuts_the_line_and_restoring_it_is_noticed_at_once() {
    let city = City::new();
    let answer = refusal("403 Forbidden", "", r#"{"code":"station.revoked"}"#);
    let address = city.serve(&city.issue(NOW, 1), Vec::new(), answer);
    let bench = bench(&city, &format!("https://{address}"));
    bench.says("station.revoked");
    bench.switch.set_cut(true);
    bench.worker.as_ref().unwrap().wake();
    bench.says("line.cut");
    // Several failures make the pause long; the switch ends it all the same.
    for _ in 0..6 {
        bench.worker.as_ref().unwrap().wake();
        std::thread::sleep(Duration::from_millis(20));
    }
    let restored = Instant::now();
    bench.switch.set_cut(false);
    bench.says("station.revoked");
    assert!(
        restored.elapsed() < Duration::from_secs(1),
        "{:?}",
        restored.elapsed()
    );
}

#[test]
fn a_worker_in_the_middle_of_a_request_ends_at_once() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("https://{}", silent.local_addr().unwrap());
    let mut bench = bench(&City::new(), &base);
    std::thread::sleep(Duration::from_millis(200));
    assert!(bench.ends() < Duration::from_secs(1));
}

#[test]
fn a_pause_that_the_centre_asks_for_counts_for_what_is_asked_beside_the_lanes_too() {
    let exchange = || {
        let (setup, folder) = setup(&City::new(), "https://127.0.0.1:1");
        (Exchange::new(setup, Arc::new(Shared::new())), folder)
    };
    let failed = |exchange: &Exchange, retry_after| {
        let error = LineError {
            status: Some(503),
            retry_after,
            ..LineError::new("centre.busy")
        };
        exchange.custody_failed(&error.into(), "it is tried");
    };
    let (asked, _folder) = exchange();
    failed(&asked, Some(Duration::from_secs(120)));
    assert!(asked.custody_rests());
    let rest_s = asked.custody_rests.get() / 1_000;
    assert!((118..=181).contains(&rest_s), "{rest_s} s");
    let (unasked, _folder) = exchange();
    failed(&unasked, None);
    assert!(!unasked.custody_rests());
}

#[test]
fn a_start_that_cannot_be_counted_is_not_named_and_is_counted_before_a_later_hello() {
    let (setup, _folder) = setup(&City::new(), "https://127.0.0.1:1");
    let store = Arc::clone(&setup.store);
    let fill = |is_full| {
        let boots = crate::sync::hello::META_BOOTS;
        store.write(|tx| meta::refuse(tx, boots, is_full)).unwrap();
    };
    fill(true);
    let exchange = Exchange::new(setup, Arc::new(Shared::new()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let said = || {
        runtime.block_on(exchange.hello(0));
        exchange
            .setup
            .store
            .hello(&exchange.speaker(), 0)
            .unwrap()
            .0
    };
    let hello = said();
    assert_eq!((hello.boots, hello.run), (0, None), "as no other machine");
    fill(false);
    let hello = said();
    assert_eq!((hello.boots, hello.run), (1, Some(exchange.run)));
    let hello = said();
    assert_eq!((hello.boots, hello.run), (1, Some(exchange.run)), "once");
}
