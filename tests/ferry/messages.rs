//! Files of the ferry written message by message: ahead of the log's end, twice, forged, damaged.

use crypto::{BoxKey, BoxPublicKey, Suite};
use domain::ferry::{self, FORMAT, Head, Up, Way, message, purpose};
use domain::order::{Receipt, Report, ReportState, SignedReceipt, receipt_message};
use domain::sync::{AuditHead, Entry, Hello, PROTOCOL, Push, Unsent, sha256_hex};
use ed25519_dalek::{Signer, SigningKey};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tests::city::{COMMUNITY, City};
use tests::console::Reviewer;
use tests::speaker::{Speaker, first, new_id, resident};

use super::city_with_a_ferry;

#[test]
fn entries_ahead_are_parked_until_the_gap_is_filled_by_ferry_or_by_the_line() {
    let city = city_with_a_ferry(None);
    let street = city.reviewer("street");
    let carried = Carried::new(&city, &street);
    let mut speaker = city.speaker(COMMUNITY);
    let entries = written(&mut speaker, 1..10);
    let up = |from: usize, to: usize| carried.file(&speaker, Some(&entries[from..to]));
    let parts = |(status, taken): (StatusCode, Value)| {
        assert_eq!(status, StatusCode::OK, "{taken}");
        ["entries", "parked", "acked"].map(|what| taken[what].as_u64().expect("a number"))
    };
    let send = |bytes: Vec<u8>| parts(street.send_bytes("/api/ferry", &bytes));
    assert_eq!(send(up(6, 8)), [0, 2, 0]);
    assert_eq!(send(up(3, 6)), [0, 5, 0]);
    assert_eq!(send(up(3, 6)), [0, 5, 0], "twice");
    assert_eq!(send(up(0, 2)), [2, 5, 2]);
    assert_eq!(
        send(up(2, 4)),
        [6, 0, 8],
        "the gap is filled, in an overlap"
    );
    assert_eq!(send(up(0, 3)), [0, 0, 8], "an old file");
    assert_eq!(
        send(carried.file(&speaker, None)),
        [0, 0, 8],
        "nothing but a question"
    );

    let more = written(&mut speaker, 20..24);
    assert_eq!(send(carried.file(&speaker, Some(&more[2..]))), [0, 2, 8]);
    // The rest comes by the line; what is parked follows by itself.
    speaker.push(&entries[8..]).expect("it is taken");
    speaker.push(&more[..2]).expect("it is taken");
    city.with_centre(|centre, runtime| {
        runtime.block_on(centre.drain_ferry()).expect("it goes on");
    });
    assert_eq!(city.counts().2, 13);
    assert_eq!(city.query("SELECT count(*) FROM ferry_entry").trim(), "0");

    // Another log under the same numbers stays a fork, parked or not.
    let at = domain::sync::LogAt {
        last: 13,
        link: "11".repeat(32),
    };
    let strange = speaker.registration(new_id(), resident(40));
    let body = serde_json::to_string(&strange).expect("JSON");
    let forged = speaker.entry_after(&at, strange.id, body);
    let (status, refused) =
        street.send_bytes("/api/ferry", &carried.file(&speaker, Some(&[forged])));
    assert!(status.is_client_error(), "{refused}");
    assert_eq!(city.counts().2, 13);
}

#[test]
fn a_machine_that_has_moved_has_come_with_its_first_file() {
    let city = city_with_a_ferry(None);
    let street = city.reviewer("street");
    let carried = Carried::new(&city, &street);
    let before = city.speaker(COMMUNITY);
    let mut speaker = city.speaker(COMMUNITY);
    let (old, new) = (before.installation.id, speaker.installation.id);
    city.run_sql(&format!(
        "UPDATE installation SET moving_from = '{old}' WHERE id = '{new}'"
    ));
    let entries = written(&mut speaker, 1..4);
    let file = carried.file(&speaker, Some(&entries));
    let (status, taken) = street.send_bytes("/api/ferry", &file);
    assert_eq!(
        (status, &taken["acked"]),
        (StatusCode::OK, &json!(3)),
        "{taken}"
    );
    let ended = format!(
        "SELECT count(*) FROM installation WHERE id = '{old}' AND revoked_at > now() - interval '1 hour'"
    );
    assert_eq!(city.query(&ended).trim(), "1", "the one that it was");
    speaker
        .push(&entries)
        .expect("it may speak by the line too");
}

#[test]
fn the_receipt_of_a_wipe_is_not_taken_before_what_was_written_ahead_of_it() {
    let city = city_with_a_ferry(None);
    let (street, county) = (city.reviewer("street"), city.reviewer("county"));
    let carried = Carried::new(&city, &street);
    let mut speaker = city.speaker(COMMUNITY);
    let id = speaker.installation.id;
    let page = format!("/api/stations/{id}");
    let name = street.get(&page)["line"]["community_name"].clone();
    let word = json!({ "kind": "wipe", "name": name, "even_if_unsent": true });
    let (status, _) = street.ask(Method::POST, &format!("{page}/orders"), Some(word));
    assert_eq!(status, StatusCode::OK);
    let order = street.get(&page)["orders"][0]["order"].clone();
    let order = order.as_str().expect("an id").to_owned();
    let agree = format!("{page}/orders/{order}/agree");
    assert_eq!(county.ask(Method::POST, &agree, None).0, StatusCode::OK);

    let entries = written(&mut speaker, 1..5);
    let receipt = Receipt {
        order: domain::Id(order.parse().expect("an id")),
        installation: id,
        at: chrono::Utc::now(),
        log: speaker.log.clone(),
        unsent: Unsent::default(),
        drafts: 0,
    };
    let body = serde_json::to_string(&receipt).expect("JSON");
    let key = SigningKey::from_bytes(&speaker.installation.log_key);
    let signature = hex::encode(key.sign(&receipt_message(&body)).to_bytes());
    let mut last = carried.words(&speaker, Some(&entries[2..]));
    last.hello.reports = vec![Report {
        order: receipt.order,
        state: ReportState::Done,
        code: None,
        text: None,
        receipt: Some(SignedReceipt { body, signature }),
    }];
    let last = ferry::pack(&last, &[]).expect("it is packed");
    let last = carried.sealed(&speaker, &last);
    let send = |bytes: &[u8]| {
        let (status, taken) = street.send_bytes("/api/ferry", bytes);
        assert_eq!(status, StatusCode::OK, "{taken}");
        (taken["acked"].clone(), taken["revoked"].clone())
    };
    // The files of one trip, the last first.
    assert_eq!(send(&last), (json!(0), json!(false)));
    let first = carried.file(&speaker, Some(&entries[..2]));
    assert_eq!(send(&first), (json!(4), json!(false)));
    assert_eq!(send(&last), (json!(4), json!(true)));
    assert_eq!(street.get(&page)["orders"][0]["state"], json!("done"));
}

/// Registrations of these residents in the speaker's log.
fn written(speaker: &mut Speaker, who: std::ops::Range<u32>) -> Vec<Entry> {
    let commands: Vec<_> = who
        .map(|order| speaker.registration(new_id(), resident(order)))
        .collect();
    commands
        .iter()
        .map(|command| speaker.write(command))
        .collect()
}

/// A stick and the centre's key: what a test writes files with, message by message.
struct Carried {
    stick: domain::Id,
    to: BoxPublicKey,
    own: BoxKey,
}

impl Carried {
    fn new(city: &City, street: &Reviewer) -> Carried {
        let word = json!({ "name": "云龙2号" });
        let (_, file) = street.ask(Method::POST, "/api/ferry/sticks", Some(word));
        let file: Value = serde_json::from_slice(&file).expect("JSON");
        let body = file["body"].as_str().expect("a stick");
        let stick: ferry::Stick = serde_json::from_str(body).expect("a stick");
        let speaker = city.speaker(COMMUNITY);
        let lease = speaker.hello(first(), 0).expect("a hello").lease;
        let lease: domain::lease::Lease = serde_json::from_str(&lease.body).expect("a lease");
        let key = hex::decode(lease.ferry.expect("a ferry").key).expect("hex");
        Carried {
            stick: stick.id,
            to: BoxPublicKey::read(&key).expect("a key"),
            own: BoxKey::random(Suite::One),
        }
    }

    /// A file with these entries.
    fn file(&self, speaker: &Speaker, entries: Option<&[Entry]>) -> Vec<u8> {
        let words = self.words(speaker, entries);
        let packed = ferry::pack(&words, &[]).expect("it is packed");
        self.sealed(speaker, &packed)
    }

    fn words(&self, speaker: &Speaker, entries: Option<&[Entry]>) -> Up {
        Up {
            hello: Hello {
                protocol: PROTOCOL,
                version: "test".into(),
                boots: 1,
                run: None,
                restored: false,
                feed: first(),
                log: speaker.log.clone(),
                unsent: Unsent::default(),
                audit: AuditHead::default(),
                lease: 0,
                bundle: None,
                heartbeat: None,
                reports: Vec::new(),
                wait_ms: 0,
            },
            acked: 0,
            to: hex::encode(self.own.public().to_bytes()),
            push: entries.map(|entries| Push {
                from: entries[0].n,
                commands: entries.to_vec(),
            }),
            pages: Vec::new(),
        }
    }

    fn sealed(&self, speaker: &Speaker, packed: &[u8]) -> Vec<u8> {
        let id = speaker.installation.id;
        let sealed = self.to.seal(&purpose(Way::Up, id), packed);
        let head = Head {
            format: FORMAT,
            way: Way::Up,
            installation: id,
            stick: self.stick,
            made_at: chrono::Utc::now(),
            sealed_sha256: sha256_hex(&sealed),
        };
        let text = serde_json::to_string(&head).expect("JSON");
        let key = SigningKey::from_bytes(&speaker.installation.log_key);
        let signature = key.sign(&message(Way::Up, &text)).to_bytes();
        ferry::write(&text, &signature, &sealed)
    }
}

#[test]
fn a_file_that_is_not_what_it_should_be_is_refused_and_changes_nothing() {
    let city = city_with_a_ferry(None);
    let street = city.reviewer("street");
    let carried = Carried::new(&city, &street);
    let mut speaker = city.speaker(COMMUNITY);
    let entries = written(&mut speaker, 1..4);
    let good = carried.file(&speaker, Some(&entries));
    let code = |bytes: &[u8]| {
        let (status, refused) = street.send_bytes("/api/ferry", bytes);
        assert!(status.is_client_error(), "{status}: {refused}");
        refused["code"].as_str().expect("a code").to_owned()
    };
    let mut rng = StdRng::seed_from_u64(7);
    for _ in 0..60 {
        let mut bad = good.clone();
        let at = rng.gen_range(0..bad.len());
        match rng.gen_range(0..3) {
            0 => bad[at] ^= 1 << rng.gen_range(0..8),
            1 => bad.truncate(at),
            _ => bad.insert(at, rng.r#gen()),
        }
        let said = code(&bad);
        let known = [
            "ferry.unreadable",
            "ferry.unknown_stick",
            "station.unknown",
            "request.not_found",
        ];
        assert!(known.contains(&said.as_str()), "{said}");
    }
    // Rightly sealed and signed, and still no words, too many bytes, or pages that are others.
    for packed in [
        b"no zstd".to_vec(),
        zstd::bulk::compress(b"", 1).expect("zstd"),
        zstd::bulk::compress(&[0xff; 64], 1).expect("zstd"),
        zstd::bulk::compress(&vec![0; 400 << 20], 1).expect("zstd"),
        ferry::pack(&json!({ "hello": 1 }), &[]).expect("it is packed"),
    ] {
        assert_eq!(code(&carried.sealed(&speaker, &packed)), "ferry.unreadable");
    }
    let mut words = carried.words(&speaker, Some(&entries));
    words.to = "00".into();
    let packed = ferry::pack(&words, &[]).expect("it is packed");
    assert_eq!(
        code(&carried.sealed(&speaker, &packed)),
        "ferry.unreadable",
        "nobody could read its answer"
    );
    let far = city.reviewer("far_street");
    let (status, _) = far.send_bytes("/api/ferry", &good);
    assert_eq!(status, StatusCode::NOT_FOUND, "another county's station");
    let path = format!("/api/ferry/sticks/{}", carried.stick);
    assert_eq!(far.ask(Method::GET, &path, None).0, StatusCode::NOT_FOUND);
    let lost = format!("{path}/withdraw");
    assert_eq!(far.ask(Method::POST, &lost, None).0, StatusCode::NOT_FOUND);
    assert_eq!(city.counts(), (0, 0, 0), "nothing was changed");
    assert_eq!(street.ask(Method::POST, &lost, None).0, StatusCode::OK);
    assert_eq!(code(&good), "ferry.unknown_stick");
    assert_eq!(city.counts(), (0, 0, 0), "nothing was changed");
    let view = street.get("/api/ferry");
    assert!(view["sticks"][0]["withdrawn_at"].is_string(), "{view}");
}
