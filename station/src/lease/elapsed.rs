//! How long there was no contact, when the clock may be wrong or set.
//!
//! While the computer runs, its running time says it exactly, whatever the clock does. Across a
//! start of the computer nobody knows but the clock, so two things are weighed:
//!
//! - A lower bound that is kept and never goes back: the running time, and for each start what the
//!   clock says passed, at most to the end of a whole day. Where the clock says nothing credible
//!   (backwards, years ahead, or next to nothing after a long session), the start completes the
//!   day. So a clock set back every morning counts a day a day.
//! - The clock itself, against the time of the contact by our clock then and by the centre's. It is
//!   believed below [`CREDIBLE_MS`], the smaller of the two, and never below the bound; it is not
//!   kept, so that a clock in the future burns nothing once it is put right.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::Moment;

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// Nobody's counter is closed for longer: a clock that says so is wrong.
const CREDIBLE_MS: u64 = 60 * DAY_MS;
/// A session this long was a working day...
const LONG_SESSION_MS: u64 = 4 * HOUR_MS;
/// ...and the night after it is longer than this.
const SHORT_PAUSE_MS: u64 = HOUR_MS;

/// Time since the last contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Elapsed {
    /// Our clock at the contact, milliseconds of the epoch.
    ours_ms: i64,
    /// The centre's clock at the contact.
    centre_ms: i64,
    /// The computer has not been started anew since the contact.
    unbroken: bool,
    /// The lower bound at `seen`.
    at_least_ms: u64,
    seen: Seen,
}

/// A moment that was written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seen {
    boot: String,
    running_ms: u64,
    wall_ms: i64,
}

impl Seen {
    fn of(now: &Moment) -> Seen {
        Seen {
            boot: now.boot.clone(),
            running_ms: now.running_ms,
            wall_ms: now.wall.timestamp_millis(),
        }
    }
}

impl Elapsed {
    /// There is contact now.
    pub fn contact(now: &Moment, centre: DateTime<Utc>) -> Elapsed {
        Elapsed {
            ours_ms: now.wall.timestamp_millis(),
            centre_ms: centre.timestamp_millis(),
            unbroken: true,
            at_least_ms: 0,
            seen: Seen::of(now),
        }
    }

    /// The same with the time until now counted.
    pub fn advanced(&self, now: &Moment) -> Elapsed {
        Elapsed {
            unbroken: self.unbroken && self.same_boot(now),
            at_least_ms: self.bound_ms(now),
            seen: Seen::of(now),
            ..self.clone()
        }
    }

    /// How long there was no contact, milliseconds.
    pub fn age_ms(&self, now: &Moment) -> u64 {
        let bound_ms = self.bound_ms(now);
        if self.unbroken && self.same_boot(now) {
            return bound_ms;
        }
        let by_clock = [self.ours_ms, self.centre_ms]
            .into_iter()
            .filter_map(|then_ms| passed_ms(then_ms, now))
            .filter(|passed_ms| *passed_ms < CREDIBLE_MS)
            .map(|passed_ms| passed_ms.max(bound_ms));
        by_clock.min().unwrap_or(bound_ms)
    }

    /// The lower bound when it was last written down.
    pub fn last_ms(&self) -> u64 {
        self.at_least_ms
    }

    /// Whether this was written down within a span, in this run of the computer.
    pub fn is_kept(&self, now: &Moment, span_ms: u64) -> bool {
        self.same_boot(now) && now.running_ms - self.seen.running_ms < span_ms
    }

    /// The same, as a contact.
    pub fn is_fresh(&self, now: &Moment, span_ms: u64) -> bool {
        self.at_least_ms == 0 && self.unbroken && self.is_kept(now, span_ms)
    }

    fn same_boot(&self, now: &Moment) -> bool {
        self.seen.boot == now.boot && now.running_ms >= self.seen.running_ms
    }

    /// At least so long there was no contact.
    fn bound_ms(&self, now: &Moment) -> u64 {
        if self.same_boot(now) {
            let ran_ms = now.running_ms - self.seen.running_ms;
            return self.at_least_ms.saturating_add(ran_ms);
        }
        let day_done_ms = (self.at_least_ms / DAY_MS + 1) * DAY_MS;
        let off_ms = passed_ms(self.seen.wall_ms, now).map(|ms| ms.saturating_sub(now.running_ms));
        let long_session = self.seen.running_ms >= LONG_SESSION_MS;
        let started_ms = match off_ms {
            Some(off_ms) if off_ms < SHORT_PAUSE_MS && long_session => day_done_ms,
            Some(off_ms) => self.at_least_ms.saturating_add(off_ms).min(day_done_ms),
            None => day_done_ms,
        };
        started_ms.saturating_add(now.running_ms)
    }
}

/// What our clock says passed since; None when it went back.
fn passed_ms(then_ms: i64, now: &Moment) -> Option<u64> {
    u64::try_from(now.wall.timestamp_millis().checked_sub(then_ms)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const START_S: i64 = 1_800_000_000;

    fn at(boot: u32, wall_h: f64, running_h: f64) -> Moment {
        Moment {
            wall: DateTime::from_timestamp(START_S + (wall_h * 3600.0) as i64, 0).unwrap(),
            running_ms: (running_h * HOUR_MS as f64) as u64,
            boot: boot.to_string(),
        }
    }

    fn centre(h: f64) -> DateTime<Utc> {
        at(0, h, 0.0).wall
    }

    fn hours(elapsed: &Elapsed, now: &Moment) -> u64 {
        elapsed.age_ms(now) / HOUR_MS
    }

    const TEN_YEARS_H: f64 = 87_600.0;

    #[test]
    fn while_the_computer_runs_no_clock_changes_how_long_it_was() {
        let contact = Elapsed::contact(&at(1, 0.0, 5.0), centre(0.0));
        for wall_h in [-500_000.0, -24.0, 0.0, 24.0, TEN_YEARS_H] {
            let then = contact.advanced(&at(1, wall_h, 10.0));
            assert_eq!(hours(&contact, &at(1, wall_h, 35.0)), 30);
            assert_eq!(hours(&then, &at(1, -wall_h, 35.0)), 30);
        }
    }

    #[test]
    fn a_computer_that_is_shut_down_every_night_counts_whole_nights_and_weekends() {
        let mut elapsed = Elapsed::contact(&at(1, 0.0, 1.0), centre(0.0));
        // Shut down at hour 8, on again at hour 24, for three days; then a weekend.
        for day in 0..3 {
            let morning = f64::from(day) * 24.0;
            elapsed = elapsed.advanced(&at(day + 1, morning + 8.0, 8.0 + f64::from(day == 0)));
        }
        assert_eq!(hours(&elapsed, &at(4, 72.0, 0.0)), 72);
        assert_eq!(hours(&elapsed, &at(4, 120.0, 0.0)), 120);
    }

    #[test]
    fn a_clock_set_back_every_morning_and_a_daily_reboot_extend_nothing() {
        // What the clock says in the morning: yesterday's beginning, where it was put out, 1970.
        for cheat_h in [0.0, 7.0, -400_000.0] {
            let mut elapsed = Elapsed::contact(&at(0, 0.0, 1.0), centre(0.0));
            elapsed = elapsed.advanced(&at(0, 7.0, 8.0));
            for day in 1..=14 {
                assert!(hours(&elapsed, &at(day, cheat_h, 0.0)) >= u64::from(day) * 24);
                elapsed = elapsed.advanced(&at(day, cheat_h, 0.0));
                elapsed = elapsed.advanced(&at(day, cheat_h + 8.0, 8.0));
            }
        }
    }

    #[test]
    fn starts_one_after_another_by_a_right_clock_cost_what_passed() {
        let mut elapsed = Elapsed::contact(&at(0, 0.0, 1.0), centre(0.0));
        for start in 1..20 {
            let wall_h = f64::from(start) * 0.2;
            elapsed = elapsed.advanced(&at(start, wall_h, 0.0));
            elapsed = elapsed.advanced(&at(start, wall_h + 0.1, 0.1));
        }
        assert_eq!(hours(&elapsed, &at(30, 4.0, 0.0)), 4);
    }

    #[test]
    fn a_clock_in_the_future_burns_nothing_once_it_is_right_again() {
        let contact = Elapsed::contact(&at(1, 0.0, 1.0), centre(0.0));
        // Ten years ahead is no clock to believe.
        let ahead = contact.advanced(&at(2, TEN_YEARS_H, 0.0));
        assert!(hours(&ahead, &at(2, TEN_YEARS_H, 0.0)) <= 24);
        assert!(hours(&ahead, &at(3, 2.0, 0.0)) <= 48);
        // Ten days ahead is believed as long as it is shown, and forgotten after.
        let ahead = contact.advanced(&at(2, 240.0, 0.0));
        assert_eq!(hours(&ahead, &at(2, 240.0, 0.0)), 240);
        assert!(hours(&ahead.advanced(&at(2, 2.0, 1.0)), &at(2, 2.0, 1.0)) <= 25);
    }

    #[test]
    fn a_clock_that_was_wrong_at_the_contact_and_is_put_right_after_costs_nothing() {
        for wrong_h in [-400_000.0, -24.0, 24.0, TEN_YEARS_H] {
            let contact = Elapsed::contact(&at(1, wrong_h, 1.0), centre(0.0));
            let next_day = at(2, 20.0, 0.0);
            assert!((20..=24).contains(&hours(&contact, &next_day)), "{wrong_h}");
        }
    }
}
