//! The ferry at a station: an answer is taken once, in any order and beside the line; R13 for files that
//! are none, or were sealed by a centre that has gone wrong.

use domain::ferry::{
    self, Down, FORMAT, FerryTerms, Head, STICK_FILE, SignedStick, Stick, Up, Way,
};
use domain::ferry::{message, purpose, stick_message};
use domain::sync::{
    AuditHead, FeedAt, HelloReply, Lease, LeaseTerms, PROTOCOL, Pace, SignedLease, first_sum,
    lease_message, sha256_hex,
};
use ed25519_dalek::{Signer, SigningKey};

use super::city::City;
use super::count::{self, Row};
use super::hostile::{self, Chance, mutate};
use super::*;
use crate::sync::health::Surroundings;
use crate::view::FerryRead;

/// The centre, as far as a stick carries it.
struct Centre {
    log: SigningKey,
    ferry: crypto::BoxKey,
    stick: Id,
}

impl Centre {
    fn new() -> Centre {
        Centre {
            log: SigningKey::from_bytes(&[9; 32]),
            ferry: crypto::BoxKey::random(crypto::Suite::One),
            stick: Id(uuid::Uuid::from_u128(77)),
        }
    }

    /// A station of this centre, with a lease that speaks of the ferry, and a registered stick.
    fn station(&self) -> (TempDir, Desk, TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let centre_key = hex::encode(self.log.verifying_key().as_bytes());
        let mut installation = installation();
        installation.centre_key = centre_key;
        found_as(folder.path(), &installation);
        let desk = open(folder.path());
        let lease = self.lease(1);
        desk.store
            .take_lease(&lease, &desk.installation, now())
            .unwrap();
        let stick = Stick {
            id: self.stick,
            name: "x".into(),
            registered_at: now(),
            until: now() + chrono::TimeDelta::days(9),
        };
        let body = serde_json::to_string(&stick).unwrap();
        let file = SignedStick {
            signature: self.sign(&stick_message(&body)),
            body,
        };
        let place = tempfile::tempdir().unwrap();
        let text = serde_json::to_vec(&file).unwrap();
        std::fs::write(place.path().join(STICK_FILE), text).unwrap();
        (folder, desk, place)
    }

    fn sign(&self, message: &[u8]) -> String {
        hex::encode(self.log.sign(message).to_bytes())
    }

    fn lease(&self, serial: u64) -> SignedLease {
        let lease = Lease {
            installation: installation().id,
            serial,
            issued_at: now(),
            staff: Vec::new(),
            terms: LeaseTerms::default(),
            ferry: Some(FerryTerms {
                key: hex::encode(self.ferry.public().to_bytes()),
                withdrawn: Vec::new(),
            }),
        };
        let body = serde_json::to_string(&lease).unwrap();
        SignedLease {
            signature: self.sign(&lease_message(&body)),
            body,
        }
    }

    /// What lies on a stick, opened.
    fn opened(&self, stick: &Path) -> Vec<Up> {
        let listed = std::fs::read_dir(stick.join(ferry::FOLDER))
            .unwrap()
            .flatten();
        let mut paths: Vec<_> = listed.map(|entry| entry.path()).collect();
        paths.sort();
        let open = |path: &std::path::PathBuf| {
            let bytes = std::fs::read(path).unwrap();
            let file = ferry::read(&bytes).unwrap();
            let plain = self
                .ferry
                .open(&purpose(Way::Up, file.head.installation), file.sealed);
            let (up, raw): (Up, _) = ferry::unpack(&plain.unwrap()).unwrap();
            assert!(ferry::pages(&up.pages, &raw).is_some());
            up
        };
        paths.iter().map(open).collect()
    }

    /// The answer to what was written, with these facts.
    fn answer(&self, up: &Up, city: &City, acked: u64) -> Down {
        let from = up.hello.feed.seq as usize;
        Down {
            reply: HelloReply {
                server_time: now(),
                acked,
                link: String::new(),
                durable: 0,
                head: city.feed.len() as u64,
                sum: String::new(),
                pace: Pace::default(),
                lease: self.lease(2),
                audit: AuditHead::default(),
                minimum_protocol: PROTOCOL,
                copied: false,
                catalogue: String::new(),
                bundle: None,
                escrow: None,
                orders: Vec::new(),
                snapshot: None,
            },
            after: up.hello.feed.clone(),
            begins_again: false,
            facts: city.feed[from..].to_vec(),
            snapshot: None,
            stored: up.pages.iter().map(|page| page.sha256.clone()).collect(),
            catalogue: None,
        }
    }

    fn file(&self, up: &Up, packed: &[u8]) -> Vec<u8> {
        let to = crypto::BoxPublicKey::read(&hex::decode(&up.to).unwrap()).unwrap();
        let id = installation().id;
        let sealed = to.seal(&purpose(Way::Down, id), packed);
        let head = Head {
            format: FORMAT,
            way: Way::Down,
            installation: id,
            stick: self.stick,
            made_at: now(),
            sealed_sha256: sha256_hex(&sealed),
        };
        let text = serde_json::to_string(&head).unwrap();
        let signature = self.log.sign(&message(Way::Down, &text)).to_bytes();
        ferry::write(&text, &signature, &sealed)
    }
}

fn state(desk: &Desk) -> String {
    format!("{:?}", desk.store.whole().unwrap())
}

#[test]
fn an_answer_is_taken_once_in_any_order_and_beside_the_line() {
    let centre = Centre::new();
    let (_folder, desk, stick) = centre.station();
    let mut city = City::new();
    register(&desk, &identity("王示范", 1));
    let first = desk
        .write_ferry(stick.path(), Surroundings::default(), now())
        .unwrap();
    assert_eq!((first.files, first.entries), (1, 1));
    let asked = centre.opened(stick.path()).remove(0);
    assert_eq!(asked.push.as_ref().map(|push| push.from), Some(1));
    city.take(&desk.store, 1);
    let one = centre.answer(&asked, &city, 1);
    register(&desk, &identity("王示范", 2));
    desk.submit(hardship_draft(&desk, &identity("王示范", 1)).draft, now())
        .unwrap();
    let second = desk
        .write_ferry(stick.path(), Surroundings::default(), now())
        .unwrap();
    assert_eq!((second.entries, second.pages), (3, 1));
    let all = centre.opened(stick.path());
    assert_eq!(all.len(), 1, "the first trip's file is gone");
    city.take(&desk.store, 9);
    let two = centre.answer(&all[0], &city, 3);
    let files = [(&asked, &one), (&all[0], &two)].map(|(up, down)| {
        let packed = ferry::pack(down, &[]).unwrap();
        centre.file(up, &packed)
    });
    let mut read = FerryRead::default();
    // The later one first; then the earlier; then both again.
    desk.take_answer(&files[1], None, &mut read).unwrap();
    let done = state(&desk);
    assert_eq!(desk.store.acked().unwrap(), 3);
    assert_eq!(
        desk.store.unsent().unwrap(),
        domain::sync::Unsent::default()
    );
    assert_eq!(read.facts, city.feed.len() as u64);
    for file in [&files[0], &files[1], &files[0]] {
        desk.take_answer(file, None, &mut read).unwrap();
        assert_eq!(state(&desk), done);
    }
    assert_eq!(read.facts, city.feed.len() as u64);
    assert_eq!(desk.store.lease().unwrap().unwrap().serial, 2);
}

#[test]
fn a_feed_that_is_the_centres_no_more_is_begun_again_from_the_stick() {
    let centre = Centre::new();
    let (_folder, desk, stick) = centre.station();
    let mut city = City::new();
    register(&desk, &identity("王示范", 1));
    city.meet(&desk);
    register(&desk, &identity("王示范", 2));
    desk.write_ferry(stick.path(), Surroundings::default(), now())
        .unwrap();
    let up = centre.opened(stick.path()).remove(0);
    let whole = state(&desk);
    let mut down = centre.answer(&up, &city, 1);
    (down.begins_again, down.facts) = (true, city.feed.clone());
    down.after = FeedAt {
        seq: 0,
        sum: first_sum(),
    };
    let file = centre.file(&up, &ferry::pack(&down, &[]).unwrap());
    desk.take_answer(&file, None, &mut FerryRead::default())
        .unwrap();
    assert_eq!(state(&desk), whole, "the same people, from the stick");
    let mut folded = domain::snapshot::Folded::new(&Division(COMMUNITY.into()));
    city.feed.iter().for_each(|fact| folded.fold(fact).unwrap());
    let snapshot = folded.write(700).unwrap();
    desk.store.begin_feed_again().unwrap();
    desk.write_ferry(stick.path(), Surroundings::default(), now())
        .unwrap();
    let up = centre.opened(stick.path()).remove(0);
    let mut down = centre.answer(&up, &city, 1);
    (down.facts, down.snapshot) = (Vec::new(), Some(snapshot.offer));
    let packed = ferry::pack(&down, &[&snapshot.bytes]).unwrap();
    desk.take_answer(&centre.file(&up, &packed), None, &mut FerryRead::default())
        .unwrap();
    assert_eq!(state(&desk), whole, "and from a snapshot on it");
}

#[test]
fn hostile_answers_are_refused_and_change_nothing() {
    let Some(row) = Row::begin("R13", "hostile ferry files") else {
        return;
    };
    let centre = Centre::new();
    let (_folder, desk, stick) = centre.station();
    let mut city = City::new();
    register(&desk, &identity("王示范", 1));
    desk.write_ferry(stick.path(), Surroundings::default(), now())
        .unwrap();
    let up = centre.opened(stick.path()).remove(0);
    city.take(&desk.store, 1);
    let mut down = centre.answer(&up, &city, 1);
    down.facts.clear();
    down.reply.acked = 0;
    let good = serde_json::to_vec(&down).unwrap();
    let sample = centre.file(&up, &ferry::pack(&down, &[]).unwrap());
    let before = state(&desk);
    let inputs = count::of(150, 10_000);
    // Half of them sealed and signed as they should be, around words that nobody said.
    let make = |chance: &mut Chance| {
        let words = mutate(chance, &good);
        let length = match chance.below(4) {
            0 => chance.bits() as u32,
            _ => words.len() as u32,
        };
        let mut plain = length.to_be_bytes().to_vec();
        plain.extend(words);
        let packed = match chance.once_in(5) {
            true => plain,
            false => zstd::bulk::compress(&plain, 1).unwrap(),
        };
        centre.file(&up, &packed)
    };
    hostile::times(inputs, &[sample], make, 64 << 20, |bytes| {
        if let Err(error) = desk.take_answer(bytes, None, &mut FerryRead::default()) {
            assert_ne!(error.code(), "internal.bug", "{error}");
        }
    });
    row.end(2 * inputs, 2 * inputs, &[]);
    let after = desk.store.whole().unwrap();
    assert_eq!(state(&desk), before, "{:?}", after.feed);
    assert!(desk.store.looks_whole().is_ok());
}
