//! The threads of a preview and what they share. Not here: what a frame shows (`eye`).

use super::eye::{Eye, Seen};
use super::still::{Look, Still, Stillness};
use super::{Options, Shown, Taken, Told};
use crate::document::page::Quad;
use crate::document::{Canceller, Live};
use crate::error::ScanFault;
use std::collections::VecDeque;
use std::sync::mpsc::SyncSender;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a camera is waited for at a time: a stop is noticed after that.
const TICK: Duration = Duration::from_millis(40);
/// Between tries of a camera that gives a fault.
const REST: Duration = Duration::from_millis(100);
/// No frame for this long means hung.
const SILENCE_LIMIT: Duration = Duration::from_secs(5);
/// A take by itself may last this long.
const AUTOMATIC_LIMIT: Duration = Duration::from_secs(5);
/// The preview's quads serve a still in which none was found for this long.
const MEMORY: Duration = Duration::from_secs(3);
/// Pages and faults that wait to be told; the camera waits when there are more.
const QUEUE_LIMIT: usize = 4;
/// Pictures over which their number a second is measured.
const PACE_WINDOW: usize = 16;

/// Somebody who waits for a page.
pub struct Request {
    /// Where to.
    pub answer: SyncSender<Result<Taken, ScanFault>>,
    /// Until when.
    pub deadline: Instant,
}

/// What the threads share.
#[derive(Default)]
pub struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    /// Ends a take that is under way when everything ends.
    ending: Canceller,
}

#[derive(Default)]
struct State {
    stop: bool,
    automatic: bool,
    /// Automatic taking was switched on: what was given up is tried again.
    try_again: bool,
    request: Option<Request>,
    /// A page is being taken for somebody.
    taking: bool,
    shown: Option<Shown>,
    kept: VecDeque<Told>,
}

impl Shared {
    pub fn new(automatic: bool) -> Shared {
        let shared = Shared::default();
        shared.lock().automatic = automatic;
        shared
    }

    /// Nothing is left half done in the state, whoever panicked.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub fn stop(&self) {
        self.ending.cancel();
        let mut state = self.lock();
        state.stop = true;
        state.request = None;
        self.changed.notify_all();
    }

    fn stopped(&self) -> bool {
        self.lock().stop
    }

    pub fn set_automatic(&self, on: bool) {
        let mut state = self.lock();
        (state.automatic, state.try_again) = (on, on);
    }

    fn is_to_try_again(&self) -> bool {
        std::mem::take(&mut self.lock().try_again)
    }

    /// False when somebody else waits for a page already.
    pub fn ask(&self, request: Request) -> bool {
        let mut state = self.lock();
        let free = state.request.is_none() && !state.taking;
        // After a stop the request is dropped, which says so.
        if free && !state.stop {
            state.request = Some(request);
            self.changed.notify_all();
        }
        free
    }

    fn request(&self) -> Option<Request> {
        let mut state = self.lock();
        let request = state.request.take();
        state.taking = request.is_some();
        request
    }

    fn answer(&self, request: &Request, result: Result<Taken, ScanFault>) {
        self.lock().taking = false;
        // Who gave up waiting needs no answer.
        let _ = request.answer.try_send(result);
    }

    /// The newest picture; one that waits is replaced.
    fn show(&self, shown: Shown) {
        self.lock().shown = Some(shown);
        self.changed.notify_all();
    }

    /// What may not be lost; waits for room.
    fn keep(&self, told: Told) {
        let mut state = self.lock();
        while state.kept.len() >= QUEUE_LIMIT && !state.stop {
            state = self.wait(state);
        }
        state.kept.push_back(told);
        self.changed.notify_all();
    }

    /// Sleeps, but not past a stop or somebody's wish for a page.
    fn rest(&self, time: Duration) {
        let state = self.lock();
        if !state.stop && state.request.is_none() {
            drop(self.changed.wait_timeout(state, time));
        }
    }

    fn next(&self) -> Option<Told> {
        let mut state = self.lock();
        loop {
            if state.stop {
                return None;
            }
            let told = state.kept.pop_front();
            if let Some(told) = told.or_else(|| state.shown.take().map(Told::Shown)) {
                self.changed.notify_all();
                return Some(told);
            }
            state = self.wait(state);
        }
    }
}

/// The telling thread.
pub fn tell(shared: &Shared, mut to: impl FnMut(Told)) {
    while let Some(told) = shared.next() {
        to(told);
    }
}

/// The camera's thread.
pub fn look(shared: &Shared, live: Box<dyn Live>, options: &Options) {
    let mut looker = Looker {
        live,
        eye: Eye::new(options.rotation, options.find),
        still: Still::new(options.limits.clone()),
        began: Instant::now(),
        heard: Instant::now(),
        pace: Pace::default(),
        memory: None,
        last: None,
        fault: None,
    };
    while !shared.stopped() {
        if let Some(request) = shared.request() {
            let result = looker.take(request.deadline, &shared.ending);
            shared.answer(&request, result);
        }
        if shared.is_to_try_again() {
            looker.still.try_again();
        }
        match looker.step() {
            Ok(Some(shown)) => {
                let take = shown.still == Stillness::Take && shared.lock().automatic;
                shared.show(shown);
                if take {
                    looker.automatic(shared);
                }
            }
            Ok(None) => {}
            Err(fault) => {
                if looker.fault.replace(fault.clone()).as_ref() != Some(&fault) {
                    shared.keep(Told::Fault(fault));
                }
                shared.rest(REST);
            }
        }
    }
}

struct Looker {
    live: Box<dyn Live>,
    eye: Eye,
    still: Still,
    began: Instant,
    /// When the camera last gave a frame.
    heard: Instant,
    pace: Pace,
    /// The last sheets that were found, and when.
    memory: Option<(Instant, Seen)>,
    /// The last frame's.
    last: Option<Seen>,
    /// What was told last.
    fault: Option<ScanFault>,
}

impl Looker {
    fn step(&mut self) -> Result<Option<Shown>, ScanFault> {
        let Some(frame) = self.live.frame(Instant::now() + TICK)? else {
            if self.heard.elapsed() > SILENCE_LIMIT {
                self.heard = Instant::now();
                return Err(ScanFault::Hung);
            }
            return Ok(None);
        };
        self.heard = Instant::now();
        // A damaged frame is passed over; the next one is due in a moment.
        let Ok(seen) = self.eye.see(&frame) else {
            return Ok(None);
        };
        let Ok(jpeg) = self.eye.picture(&seen) else {
            return Ok(None);
        };
        self.fault = None;
        let still = self.still.step(Look {
            at_ms: u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            corners: seen.quads.first().map(|quad| seen.shares(quad)),
            scene: seen.scene.clone(),
        });
        let shown = Shown {
            jpeg,
            width: seen.width(),
            height: seen.height(),
            quads: seen.quads.clone(),
            hints: seen.hints.clone(),
            fps: self.pace.tick(),
            still,
            seq: frame.seq,
        };
        if !seen.quads.is_empty() {
            self.memory = Some((Instant::now(), seen.clone()));
        }
        self.last = Some(seen);
        Ok(Some(shown))
    }

    fn automatic(&mut self, shared: &Shared) {
        match self.take(Instant::now() + AUTOMATIC_LIMIT, &shared.ending) {
            Ok(taken) => shared.keep(Told::Taken(taken)),
            Err(fault) => {
                if let Some(last) = &self.last {
                    self.still.failed(last.scene.clone());
                }
                shared.keep(Told::Missed(fault));
            }
        }
    }

    fn take(&mut self, deadline: Instant, stop: &Canceller) -> Result<Taken, ScanFault> {
        let page = self.live.take(deadline, stop)?;
        let taken = self.eye.page(page)?;
        self.heard = Instant::now();
        if let Some(last) = &self.last {
            self.still.taken(last.scene.clone());
        }
        if !taken.quads.is_empty() {
            return Ok(taken);
        }
        let quads = self.remembered(taken.width, taken.height);
        Ok(Taken {
            remembered: !quads.is_empty(),
            quads,
            ..taken
        })
    }

    /// The preview's sheets in the pixels of a page, if they are of the same moment and scene.
    fn remembered(&self, width: u32, height: u32) -> Vec<Quad> {
        let (Some((at, seen)), Some(last)) = (&self.memory, &self.last) else {
            return Vec::new();
        };
        let fresh = at.elapsed() < MEMORY;
        let same = seen.scene.change(&last.scene) < super::still::Limits::default().other;
        match fresh && same {
            true => seen.scaled(width, height),
            false => Vec::new(),
        }
    }
}

/// Pictures a second over the last few.
#[derive(Default)]
struct Pace(VecDeque<Instant>);

impl Pace {
    fn tick(&mut self) -> f32 {
        let now = Instant::now();
        self.0.push_back(now);
        if self.0.len() > PACE_WINDOW {
            self.0.pop_front();
        }
        let span = now - self.0[0];
        match self.0.len() {
            1 => 0.0,
            n => (n - 1) as f32 / span.as_secs_f32().max(1e-3),
        }
    }
}
