//! When a lane may try again: backoff with jitter, and the time the centre named.

use std::time::Duration;

/// Milliseconds since the worker began; never steps back, unlike the clock on the wall.
pub type Ms = u64;

/// The pause after a first failure; doubles up to [`PAUSE_MAX_MS`].
pub const PAUSE_MIN_MS: Ms = 1_000;
/// The longest pause of our own choice: a line that comes back is noticed within this.
pub const PAUSE_MAX_MS: Ms = 30_000;
/// The longest pause the centre may ask for.
pub const PAUSE_ASKED_MAX_MS: Ms = 600_000;

/// Whether a lane has something to do, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// At once.
    Now,
    /// Not before.
    At(Ms),
    /// When somebody says so.
    Idle,
}

impl Due {
    /// When the first of two is, where neither is now.
    pub fn earliest(self, other: Due) -> Option<Ms> {
        match (self, other) {
            (Due::At(one), Due::At(two)) => Some(one.min(two)),
            (Due::At(at), _) | (_, Due::At(at)) => Some(at),
            _ => None,
        }
    }
}

/// The patience of one lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lane {
    failures: u32,
    not_before: Ms,
    /// Until when the centre asked for it: nudging shortens the pause to that, and no further.
    asked_until: Ms,
}

impl Lane {
    /// An exchange succeeded: no pause.
    pub fn succeeded(&mut self) {
        *self = Lane::default();
    }

    /// An exchange failed; `jitter` in 0..1 spreads the tries of many stations over the second
    /// half of the pause, and over half as long again behind the time that the centre named. That
    /// time is the least: who is sent back again and again waits longer each time. Returns when the
    /// next try is.
    pub fn failed(&mut self, now: Ms, retry_after: Option<Duration>, jitter: f64) -> Ms {
        let doubled = (PAUSE_MIN_MS << self.failures.min(16)).min(PAUSE_MAX_MS);
        self.failures = self.failures.saturating_add(1);
        let jitter = jitter.clamp(0.0, 1.0);
        let asked = retry_after.map(|wait| {
            let wait_ms = Ms::try_from(wait.as_millis()).unwrap_or(Ms::MAX);
            wait_ms.min(PAUSE_ASKED_MAX_MS)
        });
        let pause = match asked {
            Some(asked) => asked.max(doubled) as f64 * (1.0 + 0.5 * jitter),
            None => doubled as f64 * (0.5 + 0.5 * jitter),
        };
        match asked {
            Some(asked) => {
                let asked = asked as f64 * (1.0 + 0.5 * jitter);
                self.asked_until = self.asked_until.max(now.saturating_add(asked as Ms));
            }
            None if self.asked_until <= now => self.asked_until = 0,
            None => {}
        }
        self.not_before = now.saturating_add(pause as Ms).max(self.asked_until);
        self.not_before
    }

    /// Nothing to do before `at`: no failure, and a nudge ends it.
    pub fn wait_until(&mut self, at: Ms) {
        self.not_before = at.max(self.asked_until);
    }

    /// The centre's pace: no failure, and a nudge does not shorten it. It shortens no pause either.
    pub fn rest_until(&mut self, at: Ms) {
        self.asked_until = self.asked_until.max(at);
        self.not_before = self.not_before.max(at);
    }

    /// Somebody waits, or the line came back: try now, unless the centre asked for a pause. Pauses
    /// begin small again: who files six cases while the line is down must not wait longer for it.
    pub fn nudge(&mut self) {
        self.not_before = self.not_before.min(self.asked_until);
        if self.asked_until == 0 {
            self.failures = 0;
        }
    }

    /// When the lane may act, given whether it has something to do.
    pub fn due(&self, wanted: bool, now: Ms) -> Due {
        match wanted {
            false => Due::Idle,
            true if self.not_before > now => Due::At(self.not_before),
            true => Due::Now,
        }
    }

    /// Until when it pauses, and whether the centre asked for that.
    pub fn pause(&self, now: Ms) -> Option<(Ms, bool)> {
        let until = self.next_try(now)?;
        Some((until, self.asked_until > now))
    }

    /// The time of the next try, while in a pause.
    pub fn next_try(&self, now: Ms) -> Option<Ms> {
        (self.not_before > now).then_some(self.not_before)
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{Rng, SeedableRng};

    use super::*;

    #[test]
    fn pauses_double_to_a_limit_and_spread_over_their_second_half() {
        let mut lane = Lane::default();
        let mut pauses = Vec::new();
        for _ in 0..7 {
            pauses.push(lane.failed(100, None, 1.0) - 100);
        }
        assert_eq!(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
        assert_eq!(Lane::default().failed(0, None, 0.0), 500);
        for _ in 0..1_000_000 {
            lane.failed(0, None, 1.0);
        }
        assert_eq!(lane.failed(0, None, 1.0), 30_000);
    }

    #[test]
    fn the_pause_the_centre_asks_for_is_obeyed_and_not_nudged_away() {
        let mut lane = Lane::default();
        assert_eq!(lane.failed(0, Some(Duration::from_secs(40)), 0.0), 40_000);
        lane.nudge();
        assert_eq!(lane.due(true, 39_999), Due::At(40_000));
        assert_eq!(lane.due(true, 40_000), Due::Now);
        assert!(lane.failed(0, Some(Duration::from_secs(u64::MAX)), 0.0) <= PAUSE_ASKED_MAX_MS);
    }

    #[test]
    fn who_is_sent_back_again_and_again_comes_less_often_and_not_all_at_once() {
        let asked = Some(Duration::from_secs(2));
        let mut lane = Lane::default();
        let pauses: Vec<_> = (0..6).map(|_| lane.failed(0, asked, 0.0)).collect();
        assert_eq!(pauses, [2_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
        // Who waits at the counter has it tried as soon as the centre said.
        lane.nudge();
        assert_eq!(lane.due(true, 1_999), Due::At(2_000));
        let late = Lane::default().failed(0, asked, 1.0);
        assert_eq!(late, 3_000, "spread over half as long again");
        // A city that is refused for minutes: each comes twice a minute at most, at any moment of it.
        let mut random = StdRng::seed_from_u64(1);
        let mut each: Vec<_> = (0..2_746).map(|_| (Lane::default(), 0)).collect();
        let mut asks = vec![0_u32; 300];
        for (lane, at) in &mut each {
            while *at < 300_000 {
                asks[(*at / 1_000) as usize] += 1;
                *at = lane.failed(*at, asked, random.r#gen());
            }
        }
        let late = asks[120..].iter().max().unwrap();
        assert!(*late < 200, "{late} of 2,746 within a second");
    }

    #[test]
    fn a_place_in_line_shortens_no_pause_that_the_centre_asked_for() {
        let mut lane = Lane::default();
        lane.failed(0, Some(Duration::from_secs(120)), 0.0);
        lane.rest_until(5_000);
        lane.nudge();
        assert_eq!(lane.due(true, 5_000), Due::At(120_000));
        lane.rest_until(130_000);
        assert_eq!(lane.pause(0), Some((130_000, true)));
    }

    #[test]
    fn a_nudge_ends_a_pause_of_our_own_and_nudging_often_makes_none_longer() {
        let mut lane = Lane::default();
        for _ in 0..6 {
            lane.failed(0, None, 1.0);
            assert_eq!(lane.next_try(0), Some(1_000));
            lane.nudge();
        }
        assert_eq!(lane.due(true, 0), Due::Now);
        assert_eq!(lane.due(false, 0), Due::Idle);
    }
}
