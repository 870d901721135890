//! The slots of a monitor: what two readers at once, a slow card and a lost one come to.

use super::*;
use crate::social_card::{self, records};
use crate::virtual_card::samples;
use std::sync::mpsc::{Receiver, channel};
use std::time::Instant;

struct Bench {
    slots: Slots,
    events: Receiver<Event>,
}

fn bench(readers: &[&str]) -> Bench {
    let (sender, events) = channel();
    let slots = Slots::new(sender, Arc::default());
    slots.renew(&names(readers), true).unwrap();
    let bench = Bench { slots, events };
    bench.told();
    bench
}

fn names(readers: &[&str]) -> Vec<CString> {
    readers
        .iter()
        .map(|name| CString::new(*name).unwrap())
        .collect()
}

/// A card with this event count; 0 is none.
fn sight(reader: &str, count: u32) -> Sight {
    Sight {
        reader: CString::new(reader).unwrap(),
        condition: match count {
            0 => ReaderCondition::Empty,
            _ => ReaderCondition::Card,
        },
        card: (count > 0).then_some(count),
        atr: Vec::new(),
    }
}

fn read(job: &Job, sample: usize) -> Result<Reading, CardError> {
    let card = samples::social()[sample].card.clone();
    Ok(Reading::Social(social_card::Reading {
        reader: job.reader.to_string_lossy().into_owned(),
        raw: records::encode(&card).unwrap(),
        card,
        taken_at: Instant::now(),
        read_at: std::time::SystemTime::now(),
        exchange_ms: 1,
    }))
}

impl Bench {
    fn take(&self, sight: Sight) -> Option<Job> {
        self.slots.take(sight).unwrap()
    }

    /// What was told since, a word for each event; lists of readers as their conditions.
    fn told(&self) -> Vec<String> {
        let word = |event| match event {
            Event::Service(state) => format!("service {state:?}"),
            Event::Readers(list) => list
                .iter()
                .map(|reader| format!("{:?}", reader.state))
                .collect::<Vec<_>>()
                .join(","),
            Event::Card { reading, same_card } => {
                let same = if same_card { " again" } else { "" };
                format!("card {}{same}", reading.reader())
            }
            Event::Failed { reader, error } => format!("failed {reader} {}", error.code()),
            Event::Removed { reader } => format!("removed {reader}"),
        };
        self.events.try_iter().map(word).collect()
    }
}

#[test]
fn a_card_is_read_once_while_it_lies_still() {
    let bench = bench(&["a"]);
    let job = bench.take(sight("a", 1)).unwrap();
    assert_eq!(bench.told(), ["Reading"]);
    assert!(bench.take(sight("a", 1)).is_none(), "still being read");
    assert!(bench.slots.finish(&job, read(&job, 0)).is_none());
    assert_eq!(bench.told(), ["card a", "Card"]);
    assert!(bench.take(sight("a", 1)).is_none());
    assert!(bench.take(sight("a", 0)).is_none());
    assert_eq!(bench.told(), ["removed a", "Empty"]);
}

#[test]
fn the_same_card_again_is_told_from_another_one_on_any_reader() {
    let bench = bench(&["a", "b"]);
    for (reader, count, sample, word) in [
        ("a", 1, 0, "card a"),
        ("a", 3, 0, "card a again"),
        ("b", 1, 0, "card b again"),
        ("b", 3, 1, "card b"),
        ("b", 5, 0, "card b"),
    ] {
        let job = bench.take(sight(reader, count)).unwrap();
        bench.slots.finish(&job, read(&job, sample));
        assert!(bench.told().contains(&word.to_string()), "{reader} {count}");
    }
}

#[test]
fn a_swap_between_two_sights_is_told_by_the_count() {
    let bench = bench(&["a"]);
    let job = bench.take(sight("a", 1)).unwrap();
    bench.slots.finish(&job, read(&job, 0));
    bench.told();
    assert!(bench.take(sight("a", 3)).is_some());
    assert_eq!(bench.told(), ["removed a", "Reading"]);
}

#[test]
fn a_card_swapped_during_its_read_fails_and_the_next_waits_for_the_same_thread() {
    let bench = bench(&["a"]);
    let first = bench.take(sight("a", 1)).unwrap();
    bench.told();
    assert!(
        bench.take(sight("a", 3)).is_none(),
        "one thread for a reader"
    );
    assert!(first.ticket.is_given_up());
    assert_eq!(bench.told(), ["failed a card.removed", "removed a"]);
    let second = bench.slots.finish(&first, read(&first, 0)).unwrap();
    assert_eq!(bench.told(), [""; 0], "nobody awaits the first any more");
    assert!(bench.slots.finish(&second, read(&second, 1)).is_none());
    assert_eq!(bench.told(), ["card a", "Card"]);
}

#[test]
fn a_read_that_is_given_up_is_told_no_more_and_the_next_card_is_read() {
    let bench = bench(&["a", "b"]);
    let slow = bench.take(sight("a", 1)).unwrap();
    bench.told();
    assert_eq!(bench.slots.cancel(), 1);
    assert_eq!(bench.told(), ["Card,Empty"]);
    assert_eq!(bench.slots.cancel(), 0);
    assert!(
        bench.take(sight("a", 1)).is_none(),
        "not read a second time"
    );
    assert!(bench.take(sight("a", 0)).is_none());
    assert_eq!(bench.told(), ["removed a", "Empty,Empty"]);
    assert!(
        bench.take(sight("a", 3)).is_none(),
        "the thread is still at it"
    );
    let next = bench.slots.finish(&slow, read(&slow, 0)).unwrap();
    bench.told();
    bench.slots.finish(&next, read(&next, 1));
    assert_eq!(bench.told(), ["card a", "Card,Empty"]);
}

#[test]
fn readers_that_go_take_their_cards_along_and_come_back_as_new_ones() {
    let bench = bench(&["a", "b"]);
    let old = bench.take(sight("a", 1)).unwrap();
    let job = bench.take(sight("b", 1)).unwrap();
    bench.slots.finish(&job, read(&job, 0));
    bench.told();
    bench.slots.renew(&names(&["b"]), false).unwrap();
    assert_eq!(bench.told(), ["failed a reader.gone", "removed a", "Card"]);
    bench.slots.renew(&names(&["b", "a"]), false).unwrap();
    let new = bench.take(sight("a", 1)).unwrap();
    assert!(bench.slots.finish(&old, read(&old, 0)).is_none());
    bench.told();
    bench.slots.finish(&new, read(&new, 1));
    assert_eq!(bench.told(), ["card a", "Card,Card"]);
    bench.slots.lose(&CardError::ServiceDown).unwrap();
    assert_eq!(bench.told(), ["removed b", "removed a"]);
}

#[test]
fn a_service_lost_during_a_read_is_why_it_failed() {
    let bench = bench(&["a"]);
    let job = bench.take(sight("a", 1)).unwrap();
    bench.told();
    bench.slots.lose(&CardError::ServiceDown).unwrap();
    assert_eq!(bench.told(), ["failed a reader.service_down", "removed a"]);
    assert!(bench.slots.finish(&job, read(&job, 0)).is_none());
    assert_eq!(bench.told(), [""; 0]);
}

#[test]
fn what_does_not_answer_is_not_read() {
    let bench = bench(&["a"]);
    let mute = Sight {
        condition: ReaderCondition::Mute,
        ..sight("a", 1)
    };
    assert!(bench.take(mute).is_none());
    assert_eq!(bench.told(), ["Mute", "failed a card.mute"]);
}

#[test]
fn readers_that_come_and_go_during_slow_reads_do_not_pile_up_threads() {
    let bench = bench(&["a"]);
    let mut jobs = Vec::new();
    for round in 0..READS_LIMIT + 4 {
        jobs.extend(bench.take(sight("a", 1)));
        bench.slots.renew(&[], false).unwrap();
        bench.slots.renew(&names(&["a"]), false).unwrap();
        assert_eq!(jobs.len(), (round + 1).min(READS_LIMIT));
    }
    let said = bench.told();
    assert!(said.contains(&"failed a reader.transfer".to_string()));
    for job in jobs {
        assert!(bench.slots.finish(&job, Err(CardError::Removed)).is_none());
    }
    assert!(bench.take(sight("a", 3)).is_some());
}

#[test]
fn nothing_is_told_after_the_end() {
    let bench = bench(&["a"]);
    let job = bench.take(sight("a", 1)).unwrap();
    bench.told();
    bench.slots.close();
    assert!(job.ticket.is_given_up());
    assert!(bench.slots.finish(&job, read(&job, 0)).is_none());
    assert!(bench.slots.take(sight("a", 3)).is_err());
    assert!(bench.events.recv().is_err(), "the channel is closed");
}

#[test]
fn a_read_that_is_silent_fails_for_what_it_waits_for_and_is_not_tried_again_by_itself() {
    let (silence, none) = (Duration::ZERO, Duration::from_secs(600));
    for (has_card, code) in [(false, "reader.in_use"), (true, "reader.timeout")] {
        let bench = bench(&["a", "b"]);
        let job = bench.take(sight("a", 1)).unwrap();
        bench.told();
        job.ticket.awaits_card();
        if has_card {
            job.ticket.heard();
        }
        bench.slots.fail_silent(none).unwrap();
        assert_eq!(bench.told(), [""; 0], "it lives");
        bench.slots.fail_silent(silence).unwrap();
        let failed = format!("failed a {code}");
        assert_eq!(bench.told(), [failed.as_str(), "Card,Empty"]);
        bench.slots.fail_silent(silence).unwrap();
        assert!(bench.take(sight("a", 1)).is_none());
        assert!(bench.slots.finish(&job, read(&job, 0)).is_none());
        assert_eq!(bench.told(), [""; 0], "nobody awaits it any more");
        assert!(bench.take(sight("a", 3)).is_some(), "laid down anew");
    }
}
