//! How fast a lane gets on, so that what is left can be told in minutes. Pure: the time is told.

use std::collections::VecDeque;

use super::lane::Ms;

/// What counts: the last minute.
const WINDOW_MS: Ms = 60_000;
/// Nothing is said before it has been watched for so long.
const WATCHED_MS: Ms = 3_000;
/// Steps closer together than this are one: ten thousand entries a second need no list of them.
const STEP_MS: Ms = 500;

/// What was done over about the last minute.
#[derive(Clone, Debug, Default)]
pub struct Rate {
    /// When the run began, or the oldest step that is still counted.
    since: Option<Ms>,
    /// When, and how much was done then.
    steps: VecDeque<(Ms, u64)>,
}

impl Rate {
    /// There is something to do from now on; says nothing new while there was before.
    pub fn begin(&mut self, now: Ms) {
        self.since.get_or_insert(now);
    }

    /// So much was done.
    pub fn done(&mut self, now: Ms, units: u64) {
        self.begin(now);
        match self.steps.back_mut() {
            Some((at, done)) if now.saturating_sub(*at) < STEP_MS => *done += units,
            _ => self.steps.push_back((now, units)),
        }
        self.forget(now);
    }

    /// Whole seconds until `left` more are done at this speed; None before it is known, and while
    /// nothing moves.
    pub fn left_s(&self, now: Ms, left: u64) -> Option<u64> {
        let watched = now.saturating_sub(self.since?).min(WINDOW_MS);
        let from = now.saturating_sub(WINDOW_MS);
        let counted = self.steps.iter().filter(|(at, _)| *at >= from);
        let done: u64 = counted.map(|(_, done)| done).sum();
        if watched < WATCHED_MS || done == 0 {
            return None;
        }
        let ms = u128::from(left) * u128::from(watched) / u128::from(done);
        Some(u64::try_from(ms.div_ceil(1000)).unwrap_or(u64::MAX))
    }

    fn forget(&mut self, now: Ms) {
        let from = now.saturating_sub(WINDOW_MS);
        while self.steps.front().is_some_and(|(at, _)| *at < from) {
            self.steps.pop_front();
        }
    }
}

/// One run of a lane: from the moment it has something to do until it has nothing left.
#[derive(Clone, Debug, Default)]
pub struct Course {
    done: u64,
    rate: Rate,
}

impl Course {
    /// So much was done, and so much is left.
    pub fn moved(&mut self, now: Ms, units: u64, left: u64) {
        self.done += units;
        self.rate.done(now, units);
        self.look(now, left);
    }

    /// So much is left: a run begins, goes on, or has ended.
    pub fn look(&mut self, now: Ms, left: u64) {
        match left {
            0 => *self = Course::default(),
            _ => self.rate.begin(now),
        }
    }

    /// How much this run has done.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// See [`Rate::left_s`].
    pub fn left_s(&self, now: Ms, left: u64) -> Option<u64> {
        self.rate.left_s(now, left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_before_it_is_known() {
        let mut rate = Rate::default();
        assert_eq!(rate.left_s(0, 100), None, "nothing has begun");
        rate.begin(1_000);
        assert_eq!(rate.left_s(20_000, 100), None, "nothing has moved");
        rate.done(20_000, 10);
        assert_eq!(rate.left_s(20_000, 19), Some(37), "10 took 19 s");
        let mut quick = Rate::default();
        quick.done(0, 1_000);
        assert_eq!(quick.left_s(2_999, 1_000), None, "it was hardly watched");
        assert_eq!(quick.left_s(3_000, 1_000), Some(3));
    }

    #[test]
    fn only_the_last_minute_counts() {
        let mut rate = Rate::default();
        rate.begin(0);
        for second in 1..=60 {
            rate.done(second * 1_000, 100);
        }
        assert_eq!(rate.left_s(60_000, 1_000), Some(10));
        // A tenth of the speed from here on: the estimate follows within a minute.
        for second in 61..=130 {
            rate.done(second * 1_000, 10);
        }
        let left = rate.left_s(130_000, 1_000).expect("it is known");
        assert!((98..=100).contains(&left), "{left} s");
        // It stands still: longer and longer, then nothing is said.
        let later = rate.left_s(160_000, 1_000).expect("half a minute is known");
        assert!(later > left, "{later} s");
        assert_eq!(rate.left_s(200_000, 1_000), None);
    }

    #[test]
    fn many_small_steps_are_kept_as_few() {
        let mut rate = Rate::default();
        for step in 0..120_000 {
            rate.done(step, 1);
        }
        assert!(rate.steps.len() <= 121, "{} steps", rate.steps.len());
        let left = rate.left_s(119_999, 60_000).expect("it is known");
        assert!((59..=61).contains(&left), "{left} s");
    }

    #[test]
    fn numbers_that_never_end_do_not_overflow() {
        let mut rate = Rate::default();
        rate.done(0, 1);
        assert!(rate.left_s(59_000, u64::MAX).is_some());
    }

    #[test]
    fn a_run_begins_anew_once_nothing_is_left() {
        let mut course = Course::default();
        course.look(0, 30);
        course.moved(4_000, 10, 20);
        assert_eq!((course.done(), course.left_s(4_000, 20)), (10, Some(8)));
        course.moved(6_000, 20, 0);
        assert_eq!((course.done(), course.left_s(6_000, 0)), (0, None));
        course.look(60_000, 5);
        assert_eq!(course.left_s(62_000, 5), None, "an old speed is no speed");
    }
}
