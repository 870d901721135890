//! What the lanes are doing, for people: the exchange writes it down as it goes, the sync page reads
//! it at any time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::Reason;

use super::core::on_its_way;
use super::effect::Effect;
use super::event::{Facts, Which};
use super::exchange::Exchange;
use super::lane::Ms;
use super::rate::Course;
use crate::store::snapshot_part::Staged;

/// The three lanes that carry something, at one moment.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Commands up.
    pub push: LaneSeen,
    /// Facts down.
    pub pull: LaneSeen,
    /// Pages up.
    pub pages: LaneSeen,
    /// The last fact there is, as far as the centre told.
    pub head: u64,
    /// A snapshot on its way.
    pub loading: Option<Loading>,
    /// Bytes that the centre has of the page that is under way.
    pub part_bytes: u64,
    /// Pages that failed for themselves, by their names, until they succeed.
    pub failed: BTreeMap<String, PageFailed>,
    /// The moment, as the exchange counts.
    pub now: Ms,
}

/// A page that failed for itself: the lane goes past it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFailed {
    /// Why.
    pub reason: Reason,
    /// When it is tried again.
    pub next_try: DateTime<Utc>,
}

/// A snapshot on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loading {
    /// The last fact that is folded in it.
    pub seq: u64,
    /// What has not come yet.
    pub left_bytes: u64,
}

/// One lane.
#[derive(Clone, Debug, Default)]
pub struct LaneSeen {
    /// A request is under way.
    pub active: bool,
    /// Why it does not get on, until an exchange succeeds.
    pub reason: Option<Reason>,
    /// It waits until then.
    pub pause: Option<Pause>,
    /// When it last succeeded, since the desk was opened.
    pub last_success: Option<DateTime<Utc>>,
    /// How it gets on.
    pub course: Course,
}

/// A pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// When the next try is.
    pub until: DateTime<Utc>,
    /// The centre asked for it: nobody shortens it.
    pub asked: bool,
}

impl Seen {
    fn lane(&mut self, which: Which) -> Option<&mut LaneSeen> {
        match which {
            Which::Hello => None,
            Which::Push => Some(&mut self.push),
            Which::Pull => Some(&mut self.pull),
            Which::Pages => Some(&mut self.pages),
        }
    }
}

impl Exchange {
    /// A request of this lane begins or has ended.
    pub(super) fn note_active(&self, which: Which, active: bool) {
        if let Some(lane) = self.shared.seen().lane(which) {
            lane.active = active;
        }
    }

    /// What the core thinks of a lane now; `succeeded` when one of its exchanges just went well.
    pub(super) fn note_lane(&self, which: Which, succeeded: bool) {
        let now = self.now();
        let mut core = self.core.borrow_mut();
        let reason = core.reason(which).cloned();
        let pause = core.lane(which).pause(now).map(|(until, asked)| Pause {
            until: self.wall(until),
            asked,
        });
        let mut seen = self.shared.seen();
        seen.head = core.head();
        if let Some(lane) = seen.lane(which) {
            if succeeded && reason.is_none() {
                lane.last_success = Some(self.setup.clock.ours());
            }
            (lane.reason, lane.pause) = (reason, pause);
        }
    }

    /// How much is left, before anything more is done.
    pub(super) fn note_left(&self, facts: &Facts) {
        let now = self.now();
        let mut seen = self.shared.seen();
        let head = seen.head;
        seen.push.course.look(now, facts.unsent.commands);
        seen.pages.course.look(now, facts.unsent.pages);
        let to_come = head.saturating_sub(facts.feed.seq);
        let loading = on_its_way(facts).map(|staged| Loading {
            seq: staged.offer.seq,
            left_bytes: staged.left_bytes(),
        });
        if loading.is_some() != seen.loading.is_some() {
            // Bytes until here, facts from here on, or the other way round.
            seen.pull.course = Course::default();
        }
        seen.loading = loading;
        let left = loading.map_or(to_come, |loading| loading.left_bytes);
        seen.pull.course.look(now, left);
    }

    /// An effect was carried out: commands that the centre has taken, facts that are folded.
    pub(super) fn note_done(&self, facts: &Facts, effect: &Effect) {
        let now = self.now();
        let mut seen = self.shared.seen();
        match effect {
            Effect::SetAcked(acked) => {
                let before = facts.log.last.saturating_sub(facts.unsent.commands);
                let left = facts.log.last.saturating_sub(*acked);
                let moved = acked.saturating_sub(before);
                seen.push.course.moved(now, moved, left);
            }
            Effect::Fold {
                facts: folded,
                head,
            } => {
                let moved = folded.len() as u64;
                let left = head.saturating_sub(facts.feed.seq + moved);
                seen.pull.course.moved(now, moved, left);
            }
            Effect::StageChunks { chunks, .. } => {
                let moved = chunks.iter().map(|chunk| chunk.len() as u64).sum();
                let before = on_its_way(facts).map_or(0, Staged::left_bytes);
                seen.pull
                    .course
                    .moved(now, moved, before.saturating_sub(moved));
            }
            _ => {}
        }
    }

    /// The centre has so many bytes of the page that is under way, `moved` of them since the last
    /// part; None once the page has ended.
    pub(super) fn note_part(&self, have: Option<u64>, moved: u64) {
        let now = self.now();
        let mut seen = self.shared.seen();
        seen.part_bytes = have.unwrap_or(0);
        if moved > 0 {
            seen.pages.course.moved(now, moved, 1);
        }
    }
}
