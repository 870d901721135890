//! A village's line, with other work on it: 48 kbit/s are left. What has waited drains, and what the city knows comes down.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use station::catalog::Shelf;
use station::journal::{Contents, Kept};
use station::keys::DataKey;
use station::line::Line;
use station::line::tls::Clock;
use station::store::Store;
use station::sync::{Setup, Worker};
use tests::city::{COMMUNITY, City};
use tests::desk::CATALOG;
use tests::speaker::{new_id, resident};

const COMMANDS: u32 = 1_000;
const BYTES_PER_S: u64 = 6 << 10;

#[test]
fn a_thousand_commands_drain_over_a_village_line_and_three_thousand_facts_come_down() {
    let city = City::open();
    let mut speaker = city.speaker(COMMUNITY);
    let folder = tempfile::tempdir().expect("a folder");
    let shelf = Shelf::load(Path::new(CATALOG)).expect("the catalogue");
    let keys = DataKey::random().derive();
    let path = folder.path().join("station.db");
    let store = Store::create(&path, &keys, shelf.catalog).expect("a store");
    store.set_here(&speaker.installation.community);
    let mut contents = Contents::default();
    for n in 0..COMMANDS {
        let who = resident(n);
        let subject = store.subject(&who.document.number);
        let command = speaker.registration(new_id(), who);
        let entry = speaker.write(&command);
        let kept = Kept {
            subject,
            serial: entry.n,
            draft: None,
            entry,
        };
        contents.entries.insert(kept.entry.n, kept);
    }
    store
        .bring_back(speaker.installation.id, &contents)
        .expect("it is filed");
    let (_, packed) = store.next_push(2_000).expect("a push");
    let packed_bytes = packed.bytes.len() as u64;
    assert!(
        packed_bytes > 20 * BYTES_PER_S,
        "{packed_bytes} bytes: more than a request without any may take"
    );

    city.line.slow_to(BYTES_PER_S);
    let began = Instant::now();
    let before = city.line.passed_bytes();
    let clock = Arc::new(Clock::system());
    let installation = speaker.installation.clone();
    let line = Line::of(&installation, Arc::default(), clock.clone()).expect("a line");
    let store = Arc::new(store);
    let blobs = station::blobs::Blobs::open(&folder.path().join("blobs"), &keys);
    let _worker = Worker::start(Setup {
        store: store.clone(),
        blobs: Arc::new(blobs.expect("a folder")),
        installation,
        custody: None,
        rules: None,
        line,
        clock,
        around: Arc::new(Default::default),
        version: "test".into(),
        seed: 1,
        tell: Arc::new(|_| {}),
    })
    .expect("a thread");
    let limit = Duration::from_secs(240);
    tests::within(limit, "everything is sent", &mut || {
        (store.unsent().ok()?.commands == 0).then_some(())
    });
    let sent = began.elapsed();
    let facts = u64::from(3 * COMMANDS);
    tests::within(limit, "the facts are here", &mut || {
        (store.feed_at().ok()?.seq >= facts).then_some(())
    });
    let after = city.line.passed_bytes();
    let [there, back] = [0, 1].map(|way| after[way] - before[way]);
    println!(
        "{packed_bytes} bytes packed; sent in {sent:?}, all in {:?}; {there} bytes there, {back} back",
        began.elapsed()
    );
    assert_eq!(city.counts().1, i64::from(COMMANDS), "each arrived once");
    assert!(there < 2 * packed_bytes, "{there} bytes for {packed_bytes}");
}
