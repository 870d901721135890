//! Carries out what the core says: what is written down, whom it wakes, and the status in words.

use std::sync::atomic::Ordering;

use chrono::{DateTime, TimeDelta, Utc};
use domain::Reason;

use super::effect::Effect;
use super::event::{Event, Which};
use super::exchange::Exchange;
use super::lane::{Lane, Ms};
use super::worker::News;
use crate::error::{Error, Result};
use crate::line::LineError;

/// How often the last contact is told while nothing else changes.
const CONTACT_NEWS: TimeDelta = TimeDelta::seconds(15);

impl Exchange {
    /// Steps the core and does what it says.
    pub(super) fn happened(&self, event: Event) {
        let which = lane_of(&event);
        if let Err(error) = self.try_happened(event) {
            self.store_failed(which, &error);
        }
    }

    fn try_happened(&self, event: Event) -> Result<()> {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            let facts = self.setup.store.sync_facts(&event)?;
            self.note_left(&facts);
            let (now, which) = (self.now(), lane_of(&event));
            let effects = self.core.borrow_mut().step(&facts, now, event);
            let wants_new_log = self.core.borrow().wants_new_log();
            let shared = &self.shared.wants_new_log;
            shared.store(wants_new_log, Ordering::SeqCst);
            self.note_lane(which, effects.contains(&Effect::Up));
            for effect in effects {
                self.note_done(&facts, &effect);
                events.extend(self.carry_out(effect)?);
            }
        }
        Ok(())
    }

    /// Carries out one effect; what happened then.
    fn carry_out(&self, effect: Effect) -> Result<Option<Event>> {
        let written = effect.write(&self.setup.store, &|at| self.wall(at));
        match effect {
            // That the reason for waiting can't be written stops nothing.
            Effect::NoteTry(..) => {
                if let Err(error) = written {
                    tracing::warn!(code = error.code(), "the reason for waiting is not kept");
                }
                return Ok(None);
            }
            _ => written?,
        };
        match effect {
            Effect::Fold { head, .. } => return Ok(Some(Event::Folded { head })),
            Effect::StageSnapshot(..) | Effect::StageChunks { .. } => {
                return Ok(Some(Event::Staged));
            }
            Effect::LoadSnapshot => return Ok(Some(Event::Loaded)),
            Effect::Ring(which) => self.bell(which).ring(),
            Effect::Changed => (self.setup.tell)(News::Changed),
            Effect::Up => self.answered(true, None),
            Effect::Down {
                reason,
                next,
                answered,
            } => {
                let next = Some(self.wall(next));
                {
                    let mut status = self.shared.status();
                    (status.up, status.reason, status.next_try) = (false, reason, next);
                }
                match answered {
                    true => self.answered(false, next),
                    false => self.show(),
                }
            }
            Effect::Show => self.show(),
            _ => {}
        }
        Ok(None)
    }

    /// An exchange of this lane went well.
    pub(super) fn succeeded(&self, which: Which) {
        self.happened(Event::Ended(which, Ok(())));
    }

    /// An exchange of this lane failed, or the centre refused it.
    pub(super) fn line_failed(&self, which: Which, error: &LineError) {
        self.happened(Event::Ended(which, Err(error.clone())));
    }

    /// A trouble of this lane that is not the line's.
    pub(super) fn trouble(&self, which: Which, reason: Reason) {
        self.core.borrow_mut().troubles.insert(which, reason);
        self.note_lane(which, false);
        self.show();
    }

    /// Our own store failed: the lane waits, and the status says so.
    pub(super) fn store_failed(&self, which: Which, error: &Error) {
        tracing::error!(lane = ?which, code = error.code(), %error, "exchange stopped for now");
        let (now, code) = (self.now(), error.code());
        let effects = self.core.borrow_mut().store_failed(which, now, code);
        self.note_lane(which, false);
        for effect in effects {
            if let Err(error) = self.carry_out(effect) {
                tracing::error!(code = error.code(), "the store fails on");
            }
        }
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
            let core = self.core.borrow();
            let mut status = self.shared.status();
            if status.up {
                let trouble = core.troubles.values().next().cloned();
                status.reason = trouble.unwrap_or_else(|| Reason::new("line.up"));
            }
            (status.clone(), self.told.borrow().clone())
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
            *self.told.borrow_mut() = Some(now);
            (self.setup.tell)(News::Status);
        }
    }

    /// Acts on the patience of one lane.
    pub(super) fn with_lane<T>(&self, which: Which, act: impl FnOnce(&mut Lane) -> T) -> T {
        act(self.core.borrow_mut().lane(which))
    }

    /// A number in 0..1.
    pub(super) fn jitter(&self) -> f64 {
        self.core.borrow_mut().jitter()
    }

    /// A time of the worker's on the wall's clock.
    pub(super) fn wall(&self, at: Ms) -> DateTime<Utc> {
        let ahead_ms = i64::try_from(at.saturating_sub(self.now())).unwrap_or(i64::MAX);
        self.setup.clock.ours() + TimeDelta::try_milliseconds(ahead_ms).unwrap_or_default()
    }
}

fn lane_of(event: &Event) -> Which {
    match event {
        Event::Look(which) | Event::Hurry(which) | Event::Ended(which, _) => *which,
        Event::Hello { .. } => Which::Hello,
        Event::Push { .. } => Which::Push,
        Event::Pull(_)
        | Event::Folded { .. }
        | Event::Part { .. }
        | Event::Staged
        | Event::Loaded
        | Event::Catalogue { .. } => Which::Pull,
    }
}
