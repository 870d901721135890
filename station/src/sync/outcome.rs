//! What came of an exchange: pauses, the status in words, and the reason beside what waits.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Reason;
use domain::sync::PUSH_LIMIT;
use rand::Rng;

use super::exchange::{Exchange, Which};
use super::lane::{Lane, Ms};
use super::worker::News;
use crate::error::Error;
use crate::line::LineError;

/// How often the last contact is told while nothing else changes.
const CONTACT_NEWS: TimeDelta = TimeDelta::seconds(15);

impl Exchange {
    /// An exchange of this lane went well.
    pub(super) fn succeeded(&self, which: Which) {
        self.with_lane(which, Lane::succeeded);
        {
            let mut mind = self.mind.borrow_mut();
            if !(which == Which::Push && mind.known.conflict) {
                mind.troubles.remove(&which);
            }
            if which == Which::Push {
                mind.shrunk = mind.shrunk.saturating_mul(2).min(PUSH_LIMIT);
            }
        }
        self.answered(true, None);
    }

    /// An exchange of this lane failed, or the centre refused it.
    pub(super) fn line_failed(&self, which: Which, error: &LineError) {
        let next = self.pause_lane(which, error.retry_after);
        if which == Which::Push {
            self.note_try(&error.reason, next);
        }
        if error.is_about_the_request() {
            self.mind
                .borrow_mut()
                .troubles
                .insert(which, error.reason.clone());
            return self.answered(true, None);
        }
        {
            let mut status = self.shared.status();
            status.up = false;
            status.reason = error.reason.clone();
            status.next_try = Some(next);
        }
        match error.status {
            Some(_) => self.answered(false, Some(next)),
            None => self.show(),
        }
    }

    /// Our own store failed: the lane waits, and the status says so.
    pub(super) fn store_failed(&self, which: Which, error: &Error) {
        tracing::error!(lane = ?which, code = error.code(), %error, "exchange stopped for now");
        let next = self.pause_lane(which, None);
        let reason = Reason::new(error.code());
        if which == Which::Push {
            self.note_try(&reason, next);
        }
        self.mind.borrow_mut().troubles.insert(which, reason);
        self.show();
    }

    /// The centre answered, if only to refuse.
    pub(super) fn answered(&self, up: bool, next_try: Option<DateTime<Utc>>) {
        {
            let mut status = self.shared.status();
            status.last_contact = Some(self.setup.clock.ours());
            status.up = up;
            status.next_try = next_try;
        }
        self.show();
    }

    /// Brings the status in line with the troubles there are, and tells when it has changed.
    pub(super) fn show(&self) {
        let told = {
            let mind = self.mind.borrow();
            let mut status = self.shared.status();
            if status.up {
                let trouble = mind.troubles.values().next().cloned();
                status.reason = trouble.unwrap_or_else(|| Reason::new("line.up"));
            }
            (status.clone(), mind.told.clone())
        };
        let (now, before) = told;
        let same = before.as_ref().is_some_and(|before| {
            let moved = now
                .last_contact
                .zip(before.last_contact)
                .map(|(now, then)| now - then);
            (now.up, &now.reason, now.next_try, now.clock_off_s)
                == (
                    before.up,
                    &before.reason,
                    before.next_try,
                    before.clock_off_s,
                )
                && moved.is_none_or(|moved| moved < CONTACT_NEWS)
                && now.last_contact.is_some() == before.last_contact.is_some()
        });
        if !same {
            self.mind.borrow_mut().told = Some(now);
            (self.setup.tell)(News::Status);
        }
    }

    /// Acts on the patience of one lane.
    pub(super) fn with_lane<T>(&self, which: Which, act: impl FnOnce(&mut Lane) -> T) -> T {
        let mut mind = self.mind.borrow_mut();
        act(match which {
            Which::Hello => &mut mind.hello,
            Which::Push => &mut mind.lanes.push,
            Which::Pull => &mut mind.lanes.pull,
            Which::Pages => &mut mind.lanes.pages,
        })
    }

    fn pause_lane(&self, which: Which, retry_after: Option<Duration>) -> DateTime<Utc> {
        let (now, jitter) = (self.now(), self.jitter());
        let next = self.with_lane(which, |lane| lane.failed(now, retry_after, jitter));
        self.wall(next)
    }

    /// A number in 0..1.
    pub(super) fn jitter(&self) -> f64 {
        self.mind.borrow_mut().random.r#gen()
    }

    /// A time of the worker's on the wall's clock.
    fn wall(&self, at: Ms) -> DateTime<Utc> {
        let ahead_ms = i64::try_from(at.saturating_sub(self.now())).unwrap_or(i64::MAX);
        self.setup.clock.ours() + TimeDelta::try_milliseconds(ahead_ms).unwrap_or_default()
    }

    /// Writes the reason beside what waits. That it can't be written stops nothing.
    fn note_try(&self, reason: &Reason, next: DateTime<Utc>) {
        if let Err(error) = self.setup.store.note_try(reason, Some(next)) {
            tracing::warn!(code = error.code(), "the reason for waiting is not kept");
        }
        (self.setup.tell)(News::Changed);
    }
}
