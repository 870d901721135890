//! The four lanes: each asks the core what there is to do, does it, and says what came of it.
//! Requests are made in `hello`, `push`, `pull` and `pages`; `outcome` carries out what follows.
//!
//! All of it runs on one thread, so the lanes share the core without a lock; it is never borrowed
//! across a wait.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use domain::Id;

use super::core::Core;
use super::effect::Effect;
use super::event::{Event, Request, Which};
use super::lane::{Lane, Ms};
use super::obeying::Progress;
use super::pace::Throttle;
use super::worker::{Bell, Setup, Shared};
use crate::view::LineStatus;

pub(super) struct Exchange {
    pub(super) setup: Setup,
    pub(super) shared: Arc<Shared>,
    pub(super) core: RefCell<Core>,
    /// Pages that failed for themselves.
    pub(super) pages: RefCell<BTreeMap<String, Lane>>,
    /// How fast they may go.
    pub(super) throttle: Cell<Throttle>,
    /// The status as last told.
    pub(super) told: RefCell<Option<LineStatus>>,
    /// Drawn anew at each start, so that a copy of this disk is known by it.
    pub(super) run: Id,
    /// This start is counted. One that is not looks like that of a copy.
    pub(super) is_counted: Cell<bool>,
    /// How what a wipe waits for gets on.
    pub(super) draining: RefCell<Progress>,
    /// When a new certificate was last asked for.
    pub(super) renewal_tried: Cell<Option<Ms>>,
    /// When telling of substitutes failed last.
    pub(super) substitutes_tried: Cell<Option<Ms>>,
    /// The centre asked not to be asked for any of that before.
    pub(super) custody_rests: Cell<Ms>,
}

impl Exchange {
    pub(super) fn new(setup: Setup, shared: Arc<Shared>) -> Exchange {
        Exchange {
            core: RefCell::new(Core::new(setup.seed)),
            setup,
            shared,
            pages: RefCell::default(),
            throttle: Cell::default(),
            told: RefCell::default(),
            run: Id(uuid::Uuid::now_v7()),
            is_counted: Cell::new(false),
            draining: RefCell::default(),
            renewal_tried: Cell::new(None),
            substitutes_tried: Cell::new(None),
            custody_rests: Cell::new(0),
        }
    }

    /// Runs until dropped.
    pub(super) async fn run(&self) {
        match self.setup.store.reads_more() {
            Ok(more) => self.core.borrow_mut().reads_more(more),
            Err(error) => self.store_failed(Which::Pull, &error),
        }
        if let Err(error) = self.look_at_catalogues() {
            self.store_failed(Which::Pull, &error);
        }
        if let Err(error) = self.setup.store.offer_pages_again() {
            self.store_failed(Which::Pages, &error);
        }
        tokio::join!(
            self.lane(Which::Hello),
            self.lane(Which::Push),
            self.lane(Which::Pull),
            self.lane(Which::Pages)
        );
    }

    async fn lane(&self, which: Which) {
        let bell = self.bell(which);
        loop {
            if bell.take_hurry() {
                self.hurry(which);
            }
            match self.look(which) {
                Some(Effect::Ask(request)) => {
                    self.note_active(which, true);
                    self.ask(request).await;
                    self.note_active(which, false);
                    self.note_lane(which, false);
                }
                Some(Effect::Wait(Some(until))) => self.pause(which, until).await,
                _ => bell.rung().await,
            }
        }
    }

    /// Somebody waits: what paused by our own choice goes on, each page for itself too.
    fn hurry(&self, which: Which) {
        if which == Which::Pages {
            self.pages.borrow_mut().values_mut().for_each(Lane::nudge);
        }
        self.happened(Event::Hurry(which));
    }

    async fn ask(&self, request: Request) {
        match request {
            Request::Hello { wait_ms } => self.hello(wait_ms).await,
            Request::Push { limit } => self.push(limit).await,
            Request::Pull { limit } => self.pull(limit).await,
            Request::Part(part) => self.snapshot_part(part).await,
            Request::Catalogue(offer) => self.catalogue(offer).await,
            Request::Load => self.happened(Event::Staged),
            Request::Pages => self.send_pages().await,
        }
    }

    /// Waits for the time, the bell, or the line's switch.
    async fn pause(&self, which: Which, until: Ms) {
        let wait = Duration::from_millis(until.saturating_sub(self.now()));
        let switch = self.setup.line.switch();
        let cut = switch.is_cut();
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = self.bell(which).rung() => {}
            () = switch.until(false), if cut => self.happened(Event::Hurry(which)),
        }
    }

    /// What a lane does next, from what store and centre say now.
    fn look(&self, which: Which) -> Option<Effect> {
        let look = Event::Look(which);
        match self.setup.store.sync_facts(&look) {
            Ok(facts) => {
                self.note_left(&facts);
                let mut core = self.core.borrow_mut();
                core.step(&facts, self.now(), look).pop()
            }
            Err(error) => {
                self.store_failed(which, &error);
                let next = self.with_lane(which, |lane| lane.next_try(self.now()));
                Some(Effect::Wait(Some(next.unwrap_or_else(|| self.now()))))
            }
        }
    }

    /// The bell of a lane.
    pub(super) fn bell(&self, which: Which) -> &Bell {
        let bells = &self.shared.bells;
        match which {
            Which::Hello => &bells.hello,
            Which::Push => &bells.push,
            Which::Pull => &bells.pull,
            Which::Pages => &bells.pages,
        }
    }

    /// Milliseconds since the worker began.
    pub(super) fn now(&self) -> Ms {
        self.shared.now()
    }
}
