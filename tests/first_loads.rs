//! The first load with the real centre: a snapshot in parts, cut in the middle, gone on with after both
//! sides were started anew, replaced while it is on its way; and what it leaves is what the facts leave.

use std::path::Path;

use center::snapshots::Limits;
use domain::snapshot::Offer;
use domain::{Division, Id, Stage};
use reqwest::Method;
use serde_json::json;
use station::view::{CaseStanding, LaneState, SyncView};
use tests::city::{COMMUNITY, City, NEIGHBOUR};
use tests::desk::{Desk, REGISTRATION};
use tests::speaker::{Speaker, at, first, new_id, resident};

/// So many that a snapshot has several parts.
const RESIDENTS: u32 = 700;

/// Nothing is built by itself, everything is offered, and asked for in small parts.
fn by_hand() -> Limits {
    Limits {
        tail_facts: 1_000_000,
        tail_percent: 0,
        behind_facts: 1,
        behind_percent: 0,
        kept_hours: 48,
        part_kib: 1,
    }
}

/// Builds a community's snapshot now; None where there is nothing new.
fn build(city: &City) -> Option<Offer> {
    let feed = Division(COMMUNITY.to_owned());
    city.with_centre(|centre, runtime| {
        let built = runtime.block_on(centre.build_snapshot(&feed));
        built.expect("the centre builds")
    })
}

/// Offers a snapshot no more.
fn withdraw(city: &City, offer: &Offer) {
    let feed = Division(COMMUNITY.to_owned());
    city.with_centre(|centre, runtime| {
        let withdrawn = runtime.block_on(centre.withdraw_snapshot(&feed, offer));
        withdrawn.expect("the centre withdraws it");
    });
}

fn city(limits: Limits) -> City {
    let mut city = City::open();
    city.stop_centre();
    city.set(|config| config.snapshots = Some(limits));
    city.start_centre();
    city
}

/// Files registrations of these residents.
fn file(speaker: &mut Speaker, who: std::ops::Range<u32>) {
    let commands: Vec<_> = who
        .map(|order| speaker.registration(new_id(), resident(order)))
        .collect();
    for commands in commands.chunks(350) {
        let entries: Vec<_> = commands.iter().map(|c| speaker.write(c)).collect();
        speaker.push(&entries).expect("they are taken");
    }
}

/// Whether the desk finds this resident, by number.
fn knows(desk: &Desk, order: u32) -> bool {
    let number = resident(order).document.number;
    let found = desk.station.search_people(&number).expect("it searches");
    !found.rows.is_empty()
}

fn sync(desk: &Desk) -> SyncView {
    desk.station.get_sync().expect("the page")
}

/// The bytes that have come down.
fn down(city: &City) -> u64 {
    city.line.passed_bytes()[1]
}

/// A desk that is enrolled, and whose line is cut while it loads this snapshot.
fn cut_in_the_middle(city: &City, offer: &Offer) -> (Desk, SyncView) {
    let both = || city.line.passed_bytes().iter().sum::<u64>();
    let before = both();
    // What enrolling and the first hello cost is measured with another one.
    let another = city.desk(NEIGHBOUR);
    tests::eventually("it is in touch", || {
        another.station.get_status().line.up.then_some(())
    });
    drop(another);
    let enrolling = both() - before;
    city.line.cut_after_bytes(enrolling + offer.size_bytes / 2);
    let desk = city.desk(COMMUNITY);
    let loading = tests::eventually("it is cut in the middle", || {
        let view = sync(&desk);
        (city.line.is_cut() && view.facts.left_bytes.is_some()).then_some(view)
    });
    (desk, loading)
}

#[test]
fn a_first_load_goes_on_where_it_was_cut_and_counts_only_once_it_is_whole() {
    let city = city(by_hand());
    let mut speaker = city.speaker(COMMUNITY);
    file(&mut speaker, 0..RESIDENTS);
    let offer = build(&city).expect("it is built");
    file(&mut speaker, RESIDENTS..RESIDENTS + 3);
    assert!(offer.size_bytes > 40_000, "{offer:?}");

    let (desk, loading) = cut_in_the_middle(&city, &offer);
    let left = loading.facts.left_bytes.expect("bytes are told");
    assert!(0 < left && left < offer.size_bytes, "{left} of {offer:?}");
    assert!(loading.facts.left >= offer.seq, "{:?}", loading.facts);
    for order in [0, RESIDENTS / 2] {
        assert!(!knows(&desk, order), "nothing of it counts yet");
    }
    // Both sides are started anew, and what has come is not asked for again.
    let desk = desk.restart();
    city.stop_centre();
    city.start_centre();
    assert!(!knows(&desk, 0), "nothing of it counts yet");
    let before = down(&city);
    city.line.restore();
    tests::eventually("it is whole", || knows(&desk, RESIDENTS + 2).then_some(()));
    let came = down(&city) - before;
    assert!(came < left + 60_000, "{came} bytes came for {left}");
    for order in 0..RESIDENTS + 3 {
        assert!(knows(&desk, order), "{order} is missing");
    }
    let view = sync(&desk);
    assert_eq!((view.facts.left, view.facts.left_bytes), (0, None));
    tests::eventually("the lane rests", || {
        (sync(&desk).facts.state == LaneState::Idle).then_some(())
    });
    drop(desk);
    holds_nothing_plain(&city);
}

/// Names and numbers that were loaded are nowhere in the stations' folders as they are written.
fn holds_nothing_plain(city: &City) {
    fn look(folder: &Path, canary: &[u8]) {
        for entry in std::fs::read_dir(folder).expect("the folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                look(&path, canary);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap_or_default();
            let found = bytes.windows(canary.len()).any(|window| window == canary);
            assert!(!found, "{}", path.display());
        }
    }
    let number = resident(5).document.number;
    look(city.folder(), number.as_bytes());
    look(city.folder(), "王示范".as_bytes());
}

#[test]
fn one_that_is_replaced_while_it_is_on_its_way_gives_way_to_the_next() {
    let city = city(by_hand());
    let mut speaker = city.speaker(COMMUNITY);
    file(&mut speaker, 0..RESIDENTS);
    let first = build(&city).expect("it is built");
    file(&mut speaker, RESIDENTS..RESIDENTS + 5);
    let (desk, _) = cut_in_the_middle(&city, &first);
    let next = build(&city).expect("the next is built");
    assert!(next.seq > first.seq && next.sha256 != first.sha256);
    withdraw(&city, &first);
    city.line.restore();
    tests::eventually("the next one is loaded", || {
        knows(&desk, RESIDENTS + 4).then_some(())
    });
    assert!(knows(&desk, 0));

    // Its bytes are gone, its row is not: whoever asks gets the facts.
    let objects = city.folder().join("centre/blobs/snapshots");
    std::fs::remove_dir_all(&objects).expect("the bytes are there");
    let late = city.desk(COMMUNITY);
    tests::eventually("it has pulled the facts", || knows(&late, 7).then_some(()));
    let rows = city.query("SELECT count(*) FROM snapshot");
    assert_eq!(rows.trim(), "0", "it is offered no more");
}

#[test]
fn a_station_that_begins_again_keeps_its_own_and_the_answers_to_it() {
    let city = city(by_hand());
    let desk = city.desk(COMMUNITY);
    let filed: Vec<Id> = ["citizen", "moved", "woman"]
        .iter()
        .map(|sample| register(&desk, sample))
        .collect();
    for case in &filed {
        desk.until(*case, settled);
    }
    let mut speaker = city.speaker(COMMUNITY);
    file(&mut speaker, 0..40);
    let offer = build(&city).expect("it is built");
    file(&mut speaker, 40..43);
    tests::eventually("the desk has them", || knows(&desk, 42).then_some(()));
    let worklist = desk.station.get_worklist().expect("a worklist");
    let standings = |desk: &Desk| -> Vec<CaseStanding> {
        filed
            .iter()
            .map(|case| desk.case(*case).row.standing)
            .collect()
    };
    let before = standings(&desk);

    let street = city.reviewer("street");
    let order = |installation: &str| {
        let path = format!("/api/stations/{installation}/orders");
        street
            .ask(Method::POST, &path, Some(json!({ "kind": "resync" })))
            .0
    };
    let ids = city.query(
        "SELECT i.id FROM installation i JOIN log l ON l.installation = i.id
         WHERE i.community IS NOT NULL GROUP BY i.id ORDER BY count(*) LIMIT 1",
    );
    // Whoever pulled the feed from its beginning would get nothing.
    city.run_sql(&format!("DELETE FROM fact WHERE seq < {}", offer.seq));
    assert!(order(ids.trim()).is_success());
    tests::eventually("it has begun again and ended", || {
        let done = city.query("SELECT state FROM station_order");
        let same = desk.station.get_worklist().is_ok_and(|now| now == worklist);
        (done.trim() == "done" && same && knows(&desk, 42)).then_some(())
    });
    assert_eq!(standings(&desk), before);
    register(&desk, "hui");
    tests::eventually("work goes on", || desk.has_sent_everything().then_some(()));
}

#[test]
fn a_stretch_that_is_not_the_files_and_another_communitys_snapshot_are_refused() {
    let city = city(by_hand());
    let mut speaker = city.speaker(COMMUNITY);
    file(&mut speaker, 0..20);
    assert!(hello(&speaker).is_none(), "none is built");
    let offer = build(&city).expect("it is built");
    assert_eq!(hello(&speaker).as_ref(), Some(&offer));
    let whole = speaker
        .snapshot(&offer, 0, offer.size_bytes)
        .expect("all of it");
    assert_eq!(domain::sync::sha256_hex(&whole), offer.sha256);
    let some = speaker.snapshot(&offer, 5, 10).expect("some of it");
    assert_eq!(some, whole[5..15]);
    let size = offer.size_bytes;
    for (from, len) in [(0, size + 1), (size, 1), (5, 0), (u64::MAX - 1, 1)] {
        let refused = speaker.snapshot(&offer, from, len).unwrap_err();
        assert_eq!(refused.reason.code, "snapshot.range", "{len} from {from}");
    }
    let neighbour = city.speaker(NEIGHBOUR);
    let refused = neighbour.snapshot(&offer, 0, 10).unwrap_err();
    assert_eq!(refused.reason.code, "snapshot.gone");
    for sha256 in ["00".repeat(32), "..".to_owned(), "x".repeat(64)] {
        let unknown = Offer {
            sha256,
            ..offer.clone()
        };
        assert!(speaker.snapshot(&unknown, 0, 10).is_err());
    }
    // Who is near the end is offered nothing, and the facts behind it may not be taken away.
    let feed = speaker.feed();
    let near = at(feed.last().expect("facts"));
    assert!(speaker.hello(near, 0).expect("a hello").snapshot.is_none());
    city.run_sql(&format!(
        "UPDATE feed SET floor = {} WHERE id = '{COMMUNITY}'",
        offer.seq
    ));
    let beyond = format!(
        "UPDATE feed SET floor = {} WHERE id = '{COMMUNITY}'",
        offer.seq + 1
    );
    assert!(std::panic::catch_unwind(|| city.run_sql(&beyond)).is_err());
}

#[test]
fn the_centre_builds_by_itself_one_at_a_time_and_goes_on_from_the_last() {
    let limits = Limits {
        tail_facts: 50,
        ..by_hand()
    };
    let city = city(limits);
    let mut speaker = city.speaker(COMMUNITY);
    // A second process of the same centre builds too.
    let port = tests::places::free_port();
    let _second = city.centre_process(port);
    let built = |count: usize| {
        tests::within(
            std::time::Duration::from_secs(60),
            "it is built",
            &mut || {
                let rows = city.query("SELECT seq FROM snapshot ORDER BY seq");
                (rows.lines().count() >= count).then_some(rows)
            },
        )
    };
    file(&mut speaker, 0..60);
    built(1);
    file(&mut speaker, 60..130);
    let rows = built(2);
    let last = hello(&speaker).expect("it is offered");
    assert_eq!(rows.lines().last(), Some(last.seq.to_string().as_str()));
    let bytes = speaker
        .snapshot(&last, 0, last.size_bytes)
        .expect("all of it");
    let mut folded = domain::snapshot::Folded::new(&speaker.installation.community);
    for fact in speaker.feed().iter().take(last.seq as usize) {
        folded.fold(fact).expect("it goes on");
    }
    let file = folded
        .write(domain::snapshot::write::CHUNK_BYTES)
        .expect("a file");
    assert_eq!(
        file.bytes, bytes,
        "the fold of all facts, whatever it went on from"
    );
}

fn hello(speaker: &Speaker) -> Option<Offer> {
    speaker.hello(first(), 0).expect("a hello").snapshot
}

fn register(desk: &Desk, sample: &str) -> Id {
    let page = desk.tap(sample);
    desk.file("unemployment_registration", &page, REGISTRATION, &[])
        .case
}

fn settled(standing: &CaseStanding) -> bool {
    matches!(
        standing,
        CaseStanding::Centre {
            stage: Stage::Granted | Stage::InReview { .. },
            ..
        }
    )
}
