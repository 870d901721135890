//! The four lanes, each looking at the plan and acting in turn. What they do is in `hello`, `push`,
//! `pull` and `pages`; what came of it goes through `outcome`.
//!
//! All of it runs on one thread, so the lanes share the mind without a lock; it is never borrowed
//! across a wait.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::Reason;
use rand::SeedableRng;
use rand::rngs::StdRng;
use tokio::sync::Notify;

use super::lane::{Due, Lane, Ms};
use super::plan::{self, Known, Lanes, Plan};
use super::worker::{Bell, Setup, Shared};
use crate::error::Result;
use crate::view::LineStatus;

/// The lanes by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    Hello,
    Push,
    Pull,
    Pages,
}

/// Everything the lanes know and wait for.
pub(super) struct Mind {
    pub(super) known: Known,
    pub(super) lanes: Lanes,
    pub(super) hello: Lane,
    /// The last hello succeeded, so the next one may wait for news.
    pub(super) in_touch: bool,
    pub(super) pace: usize,
    /// Pushes are taken apart when one fails as a whole, and grow again as they succeed.
    pub(super) shrunk: usize,
    pub(super) random: StdRng,
    pub(super) boots: u64,
    /// Lasting troubles that are not the line's.
    pub(super) troubles: BTreeMap<Which, Reason>,
    /// Pages that failed for themselves.
    pub(super) pages: BTreeMap<String, Lane>,
    /// The status as last told.
    pub(super) told: Option<LineStatus>,
}

pub(super) struct Exchange {
    pub(super) setup: Setup,
    pub(super) shared: Arc<Shared>,
    pub(super) mind: RefCell<Mind>,
    began: Instant,
    /// When a new certificate was last asked for.
    pub(super) renewal_tried: Cell<Option<Ms>>,
    /// Rung when a pull has reached the head.
    pub(super) pulled: Notify,
}

impl Exchange {
    pub(super) fn new(setup: Setup, shared: Arc<Shared>) -> Exchange {
        let mind = Mind {
            known: Known::default(),
            lanes: Lanes::default(),
            hello: Lane::default(),
            in_touch: false,
            pace: domain::sync::PUSH_LIMIT,
            shrunk: domain::sync::PUSH_LIMIT,
            random: StdRng::seed_from_u64(setup.seed),
            boots: 0,
            troubles: BTreeMap::new(),
            pages: BTreeMap::new(),
            told: None,
        };
        let mind = RefCell::new(mind);
        Exchange {
            setup,
            shared,
            mind,
            began: Instant::now(),
            renewal_tried: Cell::new(None),
            pulled: Notify::new(),
        }
    }

    /// Runs until dropped.
    pub(super) async fn run(&self) {
        // Nothing is pushed before the centre has said where it stands.
        match self.setup.store.restored_last() {
            Ok(last) => self.mind.borrow_mut().known.restored = last.is_some(),
            Err(error) => self.store_failed(Which::Push, &error),
        }
        match self.count_boot() {
            Ok(boots) => self.mind.borrow_mut().boots = boots,
            Err(error) => self.store_failed(Which::Hello, &error),
        }
        tokio::join!(
            self.hello_lane(),
            self.push_lane(),
            self.pull_lane(),
            self.pages_lane()
        );
    }

    async fn hello_lane(&self) {
        loop {
            self.ready(Which::Hello).await;
            self.hello().await;
        }
    }

    async fn push_lane(&self) {
        loop {
            self.ready(Which::Push).await;
            self.push().await;
        }
    }

    async fn pull_lane(&self) {
        loop {
            self.ready(Which::Pull).await;
            self.pull().await;
        }
    }

    async fn pages_lane(&self) {
        loop {
            self.ready(Which::Pages).await;
            self.send_pages().await;
        }
    }

    /// Waits until a lane has something to do and may do it.
    async fn ready(&self, which: Which) {
        let bell = self.bell(which);
        loop {
            if bell.take_hurry() {
                self.with_lane(which, Lane::nudge);
            }
            match self.due(which) {
                Due::Now => return,
                Due::At(until) => self.pause(which, until).await,
                Due::Idle => bell.rung().await,
            }
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
            () = switch.until(false), if cut => self.with_lane(which, Lane::nudge),
        }
    }

    /// When a lane may act, from what store and centre say now.
    fn due(&self, which: Which) -> Due {
        let plan = match self.plan() {
            Ok(plan) => plan,
            Err(error) => {
                self.store_failed(which, &error);
                let next = self.with_lane(which, |lane| lane.next_try(self.now()));
                return Due::At(next.unwrap_or_else(|| self.now()));
            }
        };
        match which {
            Which::Hello => self.mind.borrow().hello.due(true, self.now()),
            Which::Push => plan.push,
            Which::Pull => plan.pull,
            Which::Pages => plan.pages,
        }
    }

    fn plan(&self) -> Result<Plan> {
        let (unsent, feed) = (self.setup.store.unsent()?, self.setup.store.feed_at()?);
        let pages_to_fetch = self.setup.store.pages_to_fetch()?.len();
        let mut mind = self.mind.borrow_mut();
        mind.known.unsent = unsent;
        mind.known.pages_to_fetch = pages_to_fetch;
        mind.known.seq = feed.seq;
        Ok(plan::plan(&mind.known, &mind.lanes, self.now()))
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
        Ms::try_from(self.began.elapsed().as_millis()).unwrap_or(Ms::MAX)
    }
}
