//! When a station with much to send may send it. After days of outage all of them come at once; each is
//! told its place in line by its `hello`, and rests until then instead of asking again and again.
//!
//! What a command costs is measured, not assumed. A place is given a little early: the queue before the
//! pushes takes up what comes sooner than thought, and a queue that runs dry is the costlier mistake.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::Id;

/// So many commands come at once from anybody: who files one at the counter does not wait for a herd.
const FREE: u64 = 20;
/// No place is given for less: so much work stands before the pushes, ready to be done.
const AHEAD: Duration = Duration::from_secs(2);
/// The furthest place: a station asks again then.
const FURTHEST: Duration = Duration::from_secs(300);
/// What a command is thought to cost before any was measured.
const EACH_AT_FIRST: Duration = Duration::from_micros(100);
/// A push of fewer says more of its journey than of its commands.
const TELLING: u64 = 20;
/// The part of the measured cost that places are given by, in percent.
const EARLY: u32 = 85;

/// The line of one centre process.
pub struct Slots {
    line: Mutex<Line>,
    /// Pushes that are worked on at once.
    lanes: u32,
}

struct Line {
    /// When all that has a place is done.
    free_at: Option<Instant>,
    /// What a command takes of the whole centre.
    each: Duration,
    given: HashMap<Id, Place>,
}

struct Place {
    /// When the station may go.
    go_at: Instant,
    /// When its commands are thought to be done.
    done_at: Instant,
}

impl Slots {
    /// A line before so many pushes at once.
    pub fn new(lanes: usize) -> Slots {
        let line = Line {
            free_at: None,
            each: EACH_AT_FIRST,
            given: HashMap::new(),
        };
        Slots {
            line: Mutex::new(line),
            lanes: u32::try_from(lanes.max(1)).unwrap_or(1),
        }
    }

    /// How long a station with so many commands rests before it sends them. Who has a place keeps it.
    pub fn give(&self, station: Id, commands: u64, now: Instant) -> Duration {
        if commands <= FREE {
            return Duration::ZERO;
        }
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        line.given.retain(|_, place| place.done_at > now);
        if let Some(place) = line.given.get(&station) {
            return place.go_at.saturating_duration_since(now);
        }
        let at = line.free_at.map_or(now, |free_at| free_at.max(now));
        let cost = line.each * u32::try_from(commands).unwrap_or(u32::MAX);
        let done_at = (at + cost * EARLY / 100).min(now + FURTHEST + AHEAD);
        line.free_at = Some(done_at);
        let rest = (at - now).saturating_sub(AHEAD);
        let go_at = now + rest;
        line.given.insert(station, Place { go_at, done_at });
        rest
    }

    /// A push of so many new commands took so long, without its wait in the queue.
    pub fn took(&self, commands: u64, time: Duration) {
        let Ok(count) = u32::try_from(commands) else {
            return;
        };
        if commands < TELLING {
            return;
        }
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let each = time / count / self.lanes;
        line.each = (line.each * 15 + each) / 16;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn station(n: u64) -> Id {
        Id(uuid::Uuid::from_u128(n.into()))
    }

    #[test]
    fn a_herd_is_spread_over_the_time_that_its_work_takes_and_nobody_is_sent_back() {
        let (slots, now) = (Slots::new(4), Instant::now());
        let rests: Vec<_> = (0..2_746)
            .map(|n| slots.give(station(n), 400, now))
            .collect();
        assert!(rests.is_sorted());
        assert_eq!(rests[0], Duration::ZERO);
        let all = EACH_AT_FIRST * 400 * 2_745 * EARLY / 100 - AHEAD;
        assert_eq!(rests[2_745], all);
        let at_once = rests.iter().filter(|rest| rest.is_zero()).count();
        assert_eq!(at_once, 59, "two seconds of work come without a place");
    }

    #[test]
    fn who_has_a_place_keeps_it_and_gets_another_only_when_it_is_over() {
        let (slots, now) = (Slots::new(4), Instant::now());
        for n in 0..200 {
            slots.give(station(n), 400, now);
        }
        let rest = slots.give(station(199), 400, now);
        assert!(!rest.is_zero());
        let later = now + Duration::from_secs(1);
        assert_eq!(
            slots.give(station(199), 400, later),
            rest - Duration::from_secs(1)
        );
        let over = now + rest + Duration::from_secs(60);
        assert_eq!(slots.give(station(199), 400, over), Duration::ZERO);
    }

    #[test]
    fn a_clerk_with_a_case_does_not_stand_behind_the_herd() {
        let (slots, now) = (Slots::new(1), Instant::now());
        for n in 0..2_746 {
            slots.give(station(n), 400, now);
        }
        assert_eq!(slots.give(station(9_999), FREE, now), Duration::ZERO);
        let rest = slots.give(station(9_998), u64::MAX, now);
        assert!(
            rest > Duration::from_secs(60) && rest <= FURTHEST,
            "{rest:?}"
        );
    }

    #[test]
    fn places_follow_what_a_command_really_costs() {
        let (slots, now) = (Slots::new(4), Instant::now());
        for _ in 0..200 {
            slots.took(200, Duration::from_millis(800));
            slots.took(1, Duration::from_secs(9));
        }
        slots.give(station(1), 10_000, now);
        let rest = slots.give(station(2), 400, now);
        let cost = Duration::from_millis(800) / 200 / 4 * 10_000 * EARLY / 100;
        let off = (cost - AHEAD).abs_diff(rest);
        assert!(off < Duration::from_millis(50), "{rest:?} for {cost:?}");
    }
}
