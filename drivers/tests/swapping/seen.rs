//! What the monitor told during the swaps, and whether it was true.

use super::{LATE, Laid, Way};
use drivers::id_card::monitor::{Event, ReaderCondition, Reading};
use drivers::virtual_card::VirtualReader;
use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};

#[derive(Default)]
pub struct Seen {
    told: Mutex<Told>,
    changed: Condvar,
}

#[derive(Default)]
struct Told {
    /// What each reader is said to be at.
    conditions: BTreeMap<usize, ReaderCondition>,
    /// Every reading: number, reader, when.
    readings: Vec<(String, usize, Instant)>,
    /// Readers said not to be empty when they were.
    ghosts: Vec<usize>,
    failures: BTreeMap<&'static str, usize>,
    removals: usize,
}

impl Seen {
    /// Takes in all events until the monitor ends.
    pub fn listen(&self, events: &Receiver<Event>, readers: &[VirtualReader]) {
        let names: Vec<_> = readers.iter().map(VirtualReader::friendly_name).collect();
        let index = |name: &str| names.iter().position(|own| name.starts_with(own)).unwrap();
        while let Ok(event) = events.recv() {
            let mut told = self.told.lock().unwrap();
            match event {
                Event::Service(_) => {}
                Event::Readers(list) => {
                    let list = list.iter();
                    told.conditions = list.map(|r| (index(&r.name), r.state)).collect();
                }
                Event::Card { reading, same_card } => {
                    assert!(!same_card, "every card is another one");
                    let number = match &reading {
                        Reading::Identity(reading) => reading.card.id_number.clone(),
                        Reading::Social(reading) => reading.card.id_number.clone(),
                    };
                    let reader = index(reading.reader());
                    told.readings.push((number, reader, reading.taken_at()));
                }
                Event::Failed { error, .. } => *told.failures.entry(error.code()).or_default() += 1,
                Event::Removed { .. } => told.removals += 1,
            }
            self.changed.notify_all();
        }
    }

    pub fn wait_readers(&self, count: usize) {
        let told = self.told.lock().unwrap();
        let patience = Duration::from_secs(10);
        let wait = self
            .changed
            .wait_timeout_while(told, patience, |told| told.conditions.len() < count);
        assert!(!wait.unwrap().1.timed_out(), "not all readers");
    }

    /// Waits until a card is being read on a reader, if it is in time.
    pub fn wait_reading(&self, reader: usize, limit: Duration) {
        let told = self.told.lock().unwrap();
        let not_yet =
            |told: &mut Told| told.conditions.get(&reader) != Some(&ReaderCondition::Reading);
        drop(self.changed.wait_timeout_while(told, limit, not_yet));
    }

    pub fn must_be_empty(&self, reader: usize) {
        let mut told = self.told.lock().unwrap();
        if told.conditions.get(&reader) != Some(&ReaderCondition::Empty) {
            told.ghosts.push(reader);
        }
    }

    /// Prints the table and fails on whatever was not true.
    pub fn judge(&self, laid: &[Laid], took: Duration) {
        let told = self.told.lock().unwrap();
        let mut ghosts = told.ghosts.len();
        let mut read: BTreeMap<&str, Vec<Instant>> = BTreeMap::new();
        for (number, reader, at) in &told.readings {
            let card = laid.iter().find(|card| card.number == *number);
            let true_to =
                |card: &Laid| card.reader == *reader && *at >= card.at && *at < card.left + LATE;
            ghosts += usize::from(!card.is_some_and(true_to));
            read.entry(number).or_default().push(*at);
        }
        let twice = read.values().filter(|times| times.len() > 1).count();
        let due = laid
            .iter()
            .filter(|card| card.held && card.seen_empty.is_some());
        let missed: Vec<_> = due
            .clone()
            .filter(|card| {
                let times = read.get(card.number.as_str());
                times.is_none_or(|times| times[0] > card.left)
            })
            .collect();
        println!(
            "  {:<10} {:>5} {:>5} {:>6} {:>5} {:>7} {:>7}",
            "way", "laid", "held", "hidden", "read", "p50_ms", "max_ms"
        );
        for way in super::WAYS {
            row(way, laid, &read);
        }
        println!("  failures {:?}, removals {}", told.failures, told.removals);
        println!(
            "  {} cards on {} readers in {took:.1?}: ghosts {ghosts}, read twice {twice}, missed {}",
            laid.len(),
            told.conditions.len(),
            missed.len()
        );
        for card in &missed {
            println!(
                "  missed on reader {} after {:?}, held {:?}",
                card.reader,
                card.way,
                card.left - card.at
            );
            println!(
                "    read after {:?}",
                read.get(card.number.as_str()).map(|at| at[0] - card.at)
            );
        }
        assert_eq!((ghosts, twice, missed.len()), (0, 0, 0));
        // A proof of few cards proves little: how many had to be read, and were read the hard ways.
        let held = laid.iter().filter(|card| card.held).count();
        assert!(
            due.clone().count() * 10 >= held * 6,
            "too few were seen to come"
        );
        for way in [Way::DuringRead, Way::NoGap] {
            let of_this = || laid.iter().filter(|card| card.way == way && card.held);
            let was_read = of_this().filter(|card| read.contains_key(card.number.as_str()));
            let (was_read, all) = (was_read.count(), of_this().count());
            assert!(was_read * 10 >= all * 4, "{way:?}: {was_read} of {all}");
        }
    }
}

/// One way's line: cards, those held long enough, those of them whose coming stayed hidden, those
/// that were read, and how long that took from the moment they lay there.
fn row(way: Way, laid: &[Laid], read: &BTreeMap<&str, Vec<Instant>>) {
    let of_this = || laid.iter().filter(|card| card.way == way);
    let held = || of_this().filter(|card| card.held);
    let hidden = held().filter(|card| card.seen_empty.is_none()).count();
    let times = held().filter_map(|card| {
        let first = read.get(card.number.as_str())?.first()?;
        Some(first.saturating_duration_since(card.at).as_millis())
    });
    let mut times: Vec<u128> = times.collect();
    times.sort_unstable();
    let (p50, max) = (times.get(times.len() / 2), times.last());
    let ms = |time: Option<&u128>| time.map_or("-".to_string(), u128::to_string);
    println!(
        "  {:<10} {:>5} {:>5} {hidden:>6} {:>5} {:>7} {:>7}",
        format!("{way:?}"),
        of_this().count(),
        held().count(),
        times.len(),
        ms(p50),
        ms(max)
    );
}
