//! When to take by itself: a page lies, nothing moves, nobody's hand is in the picture, and it is not
//! the page that was taken last. Pure: what a frame showed goes in, with its time; a state comes out.
//!
//! What was taken is not taken again before the scene has become another. Whoever only straightens the
//! page, or puts a hand on it, gets no second picture of it. A take that failed is tried again when the
//! page has lain still once more, three times in all.

use super::scene::Scene;
use crate::document::page::Point;

/// What a frame showed.
#[derive(Clone, Debug)]
pub struct Look {
    /// When, milliseconds of a clock that never goes back.
    pub at_ms: u64,
    /// The best sheet's corners, in shares of the picture's longer side.
    pub corners: Option<[Point; 4]>,
    /// The grid.
    pub scene: Scene,
}

/// The limits of stillness.
#[derive(Clone, Debug)]
pub struct Limits {
    /// How long nothing may move before a take.
    pub hold_ms: u64,
    /// And how many frames must agree: a slow camera is not taken at its second frame.
    pub frames: u32,
    /// How far a corner may be from where it was when the page came to rest, in shares of the
    /// longer side.
    pub corner: f32,
    /// Which share of the cells may differ between frames: noise, a flickering lamp.
    pub motion: f32,
    /// From which share of differing cells on this is another page, or another place.
    pub other: f32,
    /// One frame in this many may be without the sheet while nothing moves.
    pub lost_one_in: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            hold_ms: 700,
            frames: 6,
            corner: 0.008,
            motion: 0.004,
            other: 0.02,
            lost_one_in: 4,
        }
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stillness {
    /// No sheet.
    Empty,
    /// Something moves.
    Moving,
    /// A sheet lies still, for this share of the time it must.
    Settling {
        /// 0 to 99.
        percent: u8,
    },
    /// It lies still: now, until it is taken.
    Take,
    /// Taken; waiting for the page to be turned.
    Taken,
    /// It could not be taken; waiting for the page to be turned, or for somebody's hand.
    GivenUp,
}

/// Frames that must differ before the taken page counts as turned.
const TURNED_FRAMES: u32 = 3;
/// So many takes of one page may fail.
const TRIES: u32 = 3;

/// The machine.
#[derive(Clone, Debug, Default)]
pub struct Still {
    limits: Limits,
    last: Option<Scene>,
    rest: Option<Rest>,
    taken: Option<Scene>,
    /// Frames in a row that did not show what was taken.
    turned: u32,
    /// What could not be taken, and how often.
    failed: Option<(Scene, u32)>,
}

/// A sheet that came to rest.
#[derive(Clone, Debug)]
struct Rest {
    since_ms: u64,
    corners: [Point; 4],
    scene: Scene,
    frames: u32,
    lost: u32,
}

impl Still {
    /// A machine of its own limits.
    #[must_use]
    pub fn new(limits: Limits) -> Still {
        Still {
            limits,
            ..Still::default()
        }
    }

    /// The next frame.
    pub fn step(&mut self, look: Look) -> Stillness {
        let moves = self
            .last
            .as_ref()
            .is_none_or(|last| last.change(&look.scene) > self.limits.motion);
        self.last = Some(look.scene.clone());
        if self.shows_the_taken(&look.scene) {
            self.rest = None;
            return Stillness::Taken;
        }
        if self.is_given_up(&look.scene) {
            self.rest = None;
            return Stillness::GivenUp;
        }
        if moves {
            self.rest = None;
        }
        let still = self.rest_on(&look);
        match (still, moves, look.corners) {
            (Some(state), ..) => state,
            (None, true, _) | (None, _, Some(_)) => Stillness::Moving,
            (None, false, None) => Stillness::Empty,
        }
    }

    /// What was taken, by itself or by hand: not taken again by itself.
    pub fn taken(&mut self, scene: Scene) {
        self.taken = Some(scene);
        self.turned = 0;
        self.rest = None;
        self.failed = None;
    }

    /// What could not be taken by itself: it has to lie still anew.
    pub fn failed(&mut self, scene: Scene) {
        let before = self.failed.take();
        let same = before.filter(|(known, _)| known.change(&scene) <= self.limits.other);
        self.failed = Some((scene, same.map_or(1, |(_, times)| times + 1)));
        self.rest = None;
    }

    /// Somebody's hand says so: what could not be taken is tried again.
    pub fn try_again(&mut self) {
        self.failed = None;
    }

    /// Whether this is the page that was given up.
    fn is_given_up(&self, scene: &Scene) -> bool {
        self.failed.as_ref().is_some_and(|(failed, times)| {
            *times >= TRIES && failed.change(scene) <= self.limits.other
        })
    }

    /// Whether the page that was taken still lies there, or lies there again.
    fn shows_the_taken(&mut self, scene: &Scene) -> bool {
        let Some(taken) = &self.taken else {
            return false;
        };
        if taken.change(scene) > self.limits.other {
            self.turned = self.turned.saturating_add(1);
        } else {
            self.turned = 0;
        }
        self.turned < TURNED_FRAMES
    }

    /// Counts the frame for the sheet at rest, or lets a new one come to rest. `None` while there is
    /// none.
    fn rest_on(&mut self, look: &Look) -> Option<Stillness> {
        let limits = &self.limits;
        let near = |rest: &Rest| {
            let corners = look.corners.as_ref();
            corners.is_none_or(|now| apart(&rest.corners, now) <= limits.corner)
                && rest.scene.change(&look.scene) <= limits.motion
        };
        let fresh = || {
            look.corners.map(|corners| Rest {
                since_ms: look.at_ms,
                corners,
                scene: look.scene.clone(),
                frames: 0,
                lost: 0,
            })
        };
        let mut rest = match self.rest.take() {
            Some(rest) if near(&rest) => rest,
            _ => fresh()?,
        };
        rest.frames += 1;
        rest.lost += u32::from(look.corners.is_none());
        let held_ms = look.at_ms.saturating_sub(rest.since_ms);
        let agreed = rest.lost * limits.lost_one_in <= rest.frames;
        let enough = held_ms >= limits.hold_ms && rest.frames >= limits.frames;
        // The frame of the take itself shows the sheet.
        if enough && agreed && look.corners.is_some() {
            self.rest = Some(rest);
            return Some(Stillness::Take);
        }
        if rest.lost > limits.lost_one_in && !agreed {
            return None;
        }
        self.rest = Some(rest);
        let percent = (held_ms * 100 / limits.hold_ms.max(1)).min(99);
        Some(Stillness::Settling {
            percent: u8::try_from(percent).unwrap_or(99),
        })
    }
}

/// How far the corner is that went farthest. Turned by quarters a sheet is the same one.
pub fn apart(one: &[Point; 4], other: &[Point; 4]) -> f32 {
    let turned = |by: usize| {
        let far = (0..4).map(|n| {
            let (a, b) = (one[n], other[(n + by) % 4]);
            (a.x - b.x).hypot(a.y - b.y)
        });
        far.fold(0.0, f32::max)
    };
    (0..4).map(turned).fold(f32::INFINITY, f32::min)
}

#[cfg(test)]
#[path = "still/tests.rs"]
mod tests;
