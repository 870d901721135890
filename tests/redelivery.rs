//! What a bad road does to pushes and pulls – answers lost, requests cut, doubled, overlapping, out
//! of order – changes nothing. Spoken with the station's own line to the real centre.

use domain::sync::{Entry, FeedAt, FeedFact, LogAt};
use domain::{Command, Fact, Id};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tests::city::{COMMUNITY, City};
use tests::speaker::{Speaker, at, first, new_id, resident};

/// Commands of one run: every fifth asks again for somebody who is registered already.
const COMMANDS: usize = 40;

#[test]
fn a_bad_road_comes_to_the_same_as_a_good_one() {
    let ids: Vec<Id> = (0..COMMANDS).map(|_| new_id()).collect();
    let good = City::open();
    let mut told = good.speaker(COMMUNITY);
    let entries = write_all(&mut told, &ids);
    assert_eq!(told.push(&entries).ok(), Some(COMMANDS as u64));
    let undisturbed = in_words(&told);

    let mut roads = Roads::default();
    for seed in [20_261_123, 7] {
        let bad = City::open();
        let mut speaker = bad.speaker(COMMUNITY);
        let entries = write_all(&mut speaker, &ids);
        push_over_a_bad_road(&bad, &speaker, &entries, seed, &mut roads);
        assert_eq!(in_words(&speaker), undisturbed, "seed {seed}");
        assert_eq!(bad.counts(), good.counts(), "seed {seed}");
    }
    println!("{roads:?}");
    assert!(roads.lost > 3 && roads.gaps > 3 && roads.repeated > 3);
}

/// How often the road was bad, and in which way.
#[derive(Debug, Default)]
struct Roads {
    lost: usize,
    gaps: usize,
    repeated: usize,
}

/// Sends pages as they come: too early, again, two at once, cut somewhere on the way there or back.
fn push_over_a_bad_road(
    city: &City,
    speaker: &Speaker,
    entries: &[Entry],
    seed: u64,
    roads: &mut Roads,
) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut acked = 0;
    while acked < entries.len() {
        // Mostly about where the centre is, sometimes anywhere.
        let near = acked.saturating_sub(3)..=(acked + 2).min(entries.len() - 1);
        let from = match rng.gen_bool(0.8) {
            true => rng.gen_range(near),
            false => rng.gen_range(0..entries.len()),
        };
        let to = (from + rng.gen_range(1..5)).min(entries.len());
        let page = &entries[from..to];
        roads.repeated += usize::from(from < acked);
        let answers = match rng.gen_range(0..4) {
            0 => {
                // A push is some kilobytes, handshake included: this falls anywhere in it.
                city.line.cut_after_bytes(rng.gen_range(1..6_000));
                let answer = speaker.push(page);
                city.line.restore();
                vec![answer]
            }
            1 => speaker
                .push_both(page, &entries[acked..to.max(acked + 1)])
                .into(),
            _ => vec![speaker.push(page)],
        };
        for answer in answers {
            match answer {
                Ok(said) => acked = acked.max(said as usize),
                Err(error) if error.reason.code == "log.gap" => {
                    roads.gaps += 1;
                    assert!(error.acked.is_some(), "it says where to go on");
                }
                Err(error) => {
                    assert_eq!(error.status, None, "refused: {error}");
                    roads.lost += 1;
                }
            }
        }
    }
}

#[test]
fn a_position_has_one_link_and_a_command_one_content() {
    let city = City::open();
    let mut speaker = city.speaker(COMMUNITY);
    let commands: Vec<Command> = (1..=3)
        .map(|n| speaker.registration(new_id(), resident(n)))
        .collect();
    let entries: Vec<Entry> = commands.iter().map(|c| speaker.write(c)).collect();
    assert_eq!(speaker.push(&entries).ok(), Some(3));
    let before = (speaker.feed(), city.counts());

    // Another command at a position that is taken, rightly signed (I7).
    let second = LogAt {
        last: 1,
        link: entries[0].link.clone(),
    };
    let other = speaker.registration(new_id(), resident(9));
    let fork = speaker.entry_after(&second, other.id, body(&other));
    let error = speaker.push(&[fork]).expect_err("a fork");
    assert_eq!(
        (error.reason.code.as_str(), error.acked),
        ("log.fork", Some(3))
    );

    // Somebody else's words under our number.
    let mut entry = speaker.entry_after(&speaker.log, other.id, body(&other));
    entry.signature = entries[0].signature.clone();
    let error = speaker.push(&[entry]).expect_err("a forgery");
    assert_eq!(error.reason.code, "log.signature");

    assert_eq!((speaker.feed(), city.counts()), before, "nothing was taken");
    assert_eq!(speaker.hello(first(), 0).expect("a hello").acked, 3);
    // The same command again, at a new position, is taken and acts no second time.
    let again = speaker.write(&commands[1]);
    assert_eq!(speaker.push(&[again]).ok(), Some(4));
    assert_eq!((speaker.feed(), city.counts().1), (before.0.clone(), 3));

    // A known command with another content is rejected, and the log moves on.
    let mut changed = commands[0].clone();
    changed.acted_on = changed.acted_on.succ_opt().expect("a day");
    let other = speaker.write(&changed);
    assert_eq!(speaker.push(&[other]).ok(), Some(5));
    let feed = speaker.feed();
    assert_eq!((feed.len(), city.counts().1), (before.0.len() + 1, 3));
    let told = feed.last().expect("an answer");
    assert!(told.body.contains("command.other_content"), "{told:?}");
}

#[test]
fn a_pull_says_the_same_however_often_and_from_where_it_is_asked() {
    let city = City::open();
    let mut speaker = city.speaker(COMMUNITY);
    let ids: Vec<Id> = (0..10).map(|_| new_id()).collect();
    let entries = write_all(&mut speaker, &ids);
    speaker.push(&entries).expect("a push");
    let feed = speaker.feed();
    let mut rng = StdRng::seed_from_u64(11);
    let mut cut = 0;
    for _ in 0..60 {
        let from = rng.gen_range(0..=feed.len());
        let after = from
            .checked_sub(1)
            .map_or_else(first, |last| at(&feed[last]));
        if rng.gen_bool(0.2) {
            city.line.cut_after_bytes(rng.gen_range(1..4_000));
        }
        let limit = rng.gen_range(1..9);
        let answer = speaker.pull(after, limit);
        city.line.restore();
        match answer {
            Ok(reply) => {
                let to = (from + limit).min(feed.len());
                assert_eq!(reply.facts, feed[from..to]);
                assert_eq!(reply.head, feed.len() as u64);
            }
            Err(_) => cut += 1,
        }
    }
    assert!(cut > 0, "some were cut");
    let elsewhere = FeedAt {
        sum: first().sum,
        ..at(&feed[3])
    };
    let error = speaker.pull(elsewhere, 5).expect_err("another past");
    assert_eq!(error.reason.code, "feed.differs");
}

fn write_all(speaker: &mut Speaker, ids: &[Id]) -> Vec<Entry> {
    let orders = (1..).map(|n: u32| if n.is_multiple_of(5) { n - 2 } else { n });
    let numbered = ids.iter().zip(orders);
    numbered
        .map(|(id, order)| {
            let mut command = speaker.registration(*id, resident(order));
            // The same words in every run, whoever's clock.
            command.made_at = chrono::DateTime::UNIX_EPOCH;
            speaker.write(&command)
        })
        .collect()
}

/// The feed without what differs between two cities: the ids of staff.
fn in_words(speaker: &Speaker) -> Vec<Fact> {
    let staff = speaker.staff.id.to_string();
    let plain = |fact: &FeedFact| {
        let body = fact
            .body
            .replace(&staff, &Id::from(uuid::Uuid::nil()).to_string());
        serde_json::from_str(&body).expect("a fact")
    };
    speaker.feed().iter().map(plain).collect()
}

fn body(command: &Command) -> String {
    serde_json::to_string(command).expect("a command is JSON")
}
