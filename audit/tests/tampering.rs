//! Whatever is done to one of 100,000 records is found, and the record is named: edited, deleted,
//! inserted, moved, and a tail that was cut off.

#![allow(clippy::unwrap_used)]

use std::time::Instant;

use audit::file::{self, Writer};
use audit::{Fault, Head, Record, Witness, Wrong, verify};

const RECORDS: u64 = 100_000;
const ORIGIN: &str = "station:01900000-0000-7000-8000-000000000001";

fn record(n: u64) -> Record<'static> {
    let at_ms = 1_764_000_000_000 + n as i64 * 1_000;
    Record {
        n,
        at_ms,
        running_ms: n * 1_000,
        boots: 1 + n / 1_000,
        high_water_ms: at_ms,
        who: Some(uuid::Uuid::from_u128(n.into())),
        kind: ["case.submitted", "person.card_read", "draft.saved"][n as usize % 3],
        about: n.is_multiple_of(2).then_some([n as u8; 16]),
        details: r#"{"business":"unemployment_registration","log":7}"#,
        previous: [0; 32],
        hash: [0; 32],
    }
}

/// The lines of a whole chain's file, without its end.
struct Made {
    lines: Vec<String>,
    heads: Vec<Head>,
}

impl Made {
    fn new() -> Made {
        let mut writer = Writer::begin(Vec::new(), ORIGIN).unwrap();
        let mut heads = vec![Head::EMPTY];
        for n in 1..=RECORDS {
            let next = record(n).chained(heads.last().unwrap());
            heads.push(next.head());
            writer.record(&next).unwrap();
        }
        let text = String::from_utf8(writer.end().unwrap()).unwrap();
        let lines = text.lines().map(str::to_owned).collect();
        Made { lines, heads }
    }

    /// Verifies a copy that `tamper` had its hands on. Line `n` of the copy is record `n`.
    fn after(&self, witnesses: &[Witness], tamper: impl FnOnce(&mut Vec<String>)) -> Option<Fault> {
        let mut lines = self.lines.clone();
        tamper(&mut lines);
        let text = lines.join("\n");
        verify::chain(&file::read(&text).unwrap(), witnesses).err()
    }

    fn witness(&self, n: u64) -> Witness {
        Witness {
            origin: ORIGIN.into(),
            head: self.heads[n as usize],
            at_ms: 0,
        }
    }
}

fn line_of(record: &Record) -> String {
    let mut writer = Writer::begin(Vec::new(), ORIGIN).unwrap();
    writer.record(record).unwrap();
    let text = String::from_utf8(writer.end().unwrap()).unwrap();
    text.lines().nth(1).unwrap().to_owned()
}

fn named(fault: Option<Fault>) -> (u64, Wrong) {
    let fault = fault.expect("the chain is bad");
    (fault.n, fault.wrong)
}

/// First, last, and places between that depend on nothing.
fn places() -> impl Iterator<Item = u64> {
    let between = (1..3).map(|k| (k * 7_919_317) % (RECORDS - 2) + 2);
    [1, RECORDS - 1].into_iter().chain(between)
}

#[test]
fn every_way_to_tamper_with_one_of_a_hundred_thousand_records_is_named() {
    let began = Instant::now();
    let made = Made::new();
    let mut named_so_far = 0;
    assert_eq!(made.after(&[made.witness(RECORDS)], |_| {}), None);
    for n in places() {
        let at = n as usize;
        let edited = made.after(&[], |lines| {
            lines[at] = lines[at].replace("unemployment", "employment");
        });
        assert_eq!(named(edited), (n, Wrong::Edited), "edited {n}");

        let rewritten = made.after(&[], |lines| {
            let mut changed = file::parse(&made.lines[at]).unwrap();
            changed.who = None;
            lines[at] = line_of(&changed.chained(&made.heads[at - 1]));
        });
        assert_eq!(named(rewritten), (n, Wrong::Rewritten), "rewritten {n}");

        let deleted = made.after(&[], |lines| drop(lines.remove(at)));
        assert_eq!(
            named(deleted),
            (n, Wrong::Deleted { last: n }),
            "deleted {n}"
        );

        let copied = made.after(&[], |lines| {
            lines.insert(at, lines[(at + 500) % 90_000 + 1].clone())
        });
        assert_eq!(named(copied).1, Wrong::Inserted, "a copy before {n}");

        let forged = made.after(&[], |lines| {
            let forged = record(n).chained(&made.heads[at - 1]);
            let forged = Record {
                kind: "person.opened",
                ..forged
            };
            lines.insert(at, line_of(&forged.chained(&made.heads[at - 1])));
        });
        assert_eq!(named(forged), (n, Wrong::Inserted), "a forgery before {n}");

        let moved = made.after(&[], |lines| lines.swap(at, at + 1));
        assert_eq!(named(moved), (n + 1, Wrong::Moved), "moved {n}");
        named_so_far += 6;
    }
    let seconds = began.elapsed().as_secs_f64();
    let about = "a record of 100,000 tampered with is named";
    println!("proof\tR12\t{about}\t{named_so_far}\t{named_so_far}\t0\t{seconds:.1}\tholds");
}

#[test]
fn a_tail_that_was_cut_off_is_missed_where_its_head_was_witnessed() {
    let made = Made::new();
    let witnesses = [made.witness(10), made.witness(RECORDS - 5)];
    let shortened = |to: u64| {
        move |lines: &mut Vec<String>| {
            lines.truncate(to as usize + 1);
            let last = file::parse(&lines[to as usize]).unwrap().head();
            lines.push(format!("end\t{}\t{}", last.n, hex::encode(last.hash)));
        }
    };
    for to in [RECORDS - 6, RECORDS / 2, 10] {
        let fault = made.after(&witnesses, shortened(to));
        let witnessed = RECORDS - 5;
        assert_eq!(
            named(fault),
            (to + 1, Wrong::Cut { witnessed }),
            "cut to {to}"
        );
    }
    // What nobody else has seen yet cannot be missed.
    assert_eq!(made.after(&witnesses, shortened(RECORDS - 5)), None);
    // A file that lost its end says so itself.
    let mut lines = made.lines.clone();
    lines.pop();
    assert_eq!(
        file::read(&lines.join("\n")).unwrap_err(),
        file::NoChain::End(RECORDS as usize + 1)
    );
}

#[test]
fn a_chain_that_was_written_anew_from_some_point_is_not_the_one_that_was_witnessed() {
    let made = Made::new();
    let witnesses = [made.witness(100), made.witness(400), made.witness(900)];
    let fault = made.after(&witnesses, |lines| {
        let mut head = made.heads[250];
        for n in 251..=RECORDS {
            let mut next = record(n);
            next.boots += 1;
            let next = next.chained(&head);
            lines[n as usize] = line_of(&next);
            head = next.head();
        }
        let end = lines.len() - 1;
        lines[end] = format!("end\t{}\t{}", head.n, hex::encode(head.hash));
    });
    assert_eq!(named(fault), (400, Wrong::NotAsWitnessed { since: 100 }));
}

#[test]
fn a_file_that_ends_anywhere_is_refused_and_never_taken_for_whole() {
    let mut writer = Writer::begin(Vec::new(), ORIGIN).unwrap();
    let first = record(1).chained(&Head::EMPTY);
    writer.record(&first).unwrap();
    let head = first.head();
    let other = Witness {
        origin: "centre:x".into(),
        head,
        at_ms: 5,
    };
    writer.witness(&other).unwrap();
    let bytes = writer.end().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let whole = file::read(&text).unwrap();
    assert_eq!(whole.witnesses, [other]);
    assert_eq!(verify::chain(&whole, &[]), Ok(head));
    for end in 0..text.trim_end().len() {
        assert!(file::read(&text[..end]).is_err(), "{end} bytes were taken");
    }
}

/// The chain goes on from record `behind` in a database made anew at `at_ms`, to `to`.
fn made_anew(made: &Made, behind: u64, at_ms: i64, to: u64) -> String {
    let mut lines: Vec<String> = made.lines[..=behind as usize].to_vec();
    let mut head = made.heads[behind as usize];
    for n in behind + 1..=to {
        let mut next = record(n);
        next.at_ms = at_ms;
        next.high_water_ms = at_ms;
        if n == behind + 1 {
            next.kind = "store.rebuilt";
            next.details = r#"{"entries":3}"#;
        }
        let next = next.chained(&head);
        lines.push(line_of(&next));
        head = next.head();
    }
    lines.push(format!("end\t{}\t{}", head.n, hex::encode(head.hash)));
    lines.join("\n")
}

#[test]
fn what_went_with_a_database_that_was_made_anew_is_told_from_tampering() {
    let made = Made::new();
    let seen = |n: u64, at_ms: i64| Witness {
        at_ms,
        ..made.witness(n)
    };
    let before = [seen(100, 50), seen(400, 60), seen(900, 70)];
    // Shorter than what was seen, and longer.
    for to in [600, 950] {
        let text = made_anew(&made, 250, 1_000, to);
        let chain = file::read(&text).unwrap();
        let fault = verify::chain(&chain, &before).unwrap_err();
        assert_eq!(
            (fault.n, fault.wrong),
            (251, Wrong::MadeAnew { witnessed: 900 })
        );
        // Nothing was lost where nothing had been seen behind it.
        assert!(verify::chain(&chain, &before[..1]).is_ok());
        // What was seen afterwards and is another one is no loss.
        let later = [seen(100, 50), seen(400, 2_000)];
        let fault = verify::chain(&chain, &later).unwrap_err();
        assert_eq!(
            (fault.n, fault.wrong),
            (400, Wrong::NotAsWitnessed { since: 100 })
        );
        // Nor is what was changed before it, or cut off behind it.
        let mut forged = seen(100, 50);
        forged.head.hash[0] ^= 1;
        let fault = verify::chain(&chain, &[forged]).unwrap_err();
        assert_eq!(fault.wrong, Wrong::NotAsWitnessed { since: 0 });
        let fault = verify::chain(&chain, &[seen(999, 2_000)]).unwrap_err();
        assert_eq!(fault.wrong, Wrong::Cut { witnessed: 999 });
    }
}
