//! What the exchange does, without doing it: [`Core::step`] takes what happened and what the store
//! says, and answers with what has to be done. It reads no clock, no store and no line, so the
//! worker's thread and a simulator run the same steps.

use std::collections::BTreeMap;

use domain::Reason;
use domain::sync::{HelloReply, PULL_LIMIT, PUSH_LIMIT, Pace};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::effect::Effect;
use super::event::{Event, Facts, Request, Said, Which};
use super::lane::{Due, Lane, Ms, PAUSE_ASKED_MAX_MS};
use super::plan::{self, Known, Lanes, LogNews};
use super::size::Size;
use crate::line::LineError;

mod catalogue;
mod pull;
mod pushed;
mod snapshot;

use catalogue::Catalogues;
use snapshot::Snapshots;
pub(super) use snapshot::on_its_way;

/// After a hello that brought news, how long the next one waits for them to be folded.
pub const FOLD_LIMIT_MS: Ms = 5_000;

/// Everything the lanes know and wait for.
pub struct Core {
    known: Known,
    lanes: Lanes,
    hello: Lane,
    snapshots: Snapshots,
    catalogues: Catalogues,
    /// The last hello succeeded, so the next one may wait for news.
    in_touch: bool,
    /// The next hello waits until facts up to here are folded, but not longer than until then.
    folding: Option<(u64, Ms)>,
    /// Pages that the centre waits for are to be offered once more when the head is first reached: it
    /// may have lost them.
    offer_pages: bool,
    /// As the centre named it last.
    pub(super) pace: Pace,
    /// Pushes are taken apart when one fails as a whole or does not get through.
    pushes: Size,
    /// The same for pulls.
    pulls: Size,
    /// This program reads facts that an older one kept unread: once the centre answers, the feed is to
    /// begin again. Without contact what is here is better than nothing.
    reads_more: bool,
    random: StdRng,
    /// Lasting troubles that are not the line's.
    pub(super) troubles: BTreeMap<Which, Reason>,
    /// Why the last try of a lane failed, until one succeeds.
    failures: BTreeMap<Which, Reason>,
}

impl Core {
    /// One that knows nothing yet. The same seed gives the same pauses.
    pub fn new(seed: u64) -> Core {
        Core {
            known: Known::default(),
            lanes: Lanes::default(),
            hello: Lane::default(),
            snapshots: Snapshots::default(),
            catalogues: Catalogues::default(),
            in_touch: false,
            folding: None,
            offer_pages: true,
            pace: plan::OWN_PACE,
            pushes: Size::new(PUSH_LIMIT),
            pulls: Size::new(PULL_LIMIT),
            reads_more: false,
            random: StdRng::seed_from_u64(seed),
            troubles: BTreeMap::new(),
            failures: BTreeMap::new(),
        }
    }

    /// Whether this program reads facts that an older one kept unread.
    pub fn reads_more(&mut self, more: bool) {
        self.reads_more = more;
    }

    /// Takes in what happened; what has to be done.
    pub fn step(&mut self, facts: &Facts, now: Ms, event: Event) -> Vec<Effect> {
        self.known.unsent = facts.unsent.clone();
        self.known.pages_to_fetch = facts.pages_to_fetch;
        self.known.seq = facts.feed.seq;
        self.known.restored = facts.restored.is_some();
        self.snapshots.look(facts, now);
        if facts.unsent.pages == 0 && facts.pages_to_fetch == 0 {
            self.troubles.remove(&Which::Pages);
        }
        match event {
            Event::Look(which) => vec![self.look(facts, which, now)],
            Event::Hurry(which) => {
                self.lane(which).nudge();
                Vec::new()
            }
            Event::Hello {
                said,
                answer,
                took_ms,
            } => match answer {
                Ok(reply) => self.heard(facts, now, said, &reply, took_ms),
                Err(error) => {
                    self.in_touch = false;
                    self.failed(Which::Hello, now, &error)
                }
            },
            Event::Push {
                from,
                count,
                answer,
            } => self.pushed(facts, now, from, count, answer),
            Event::Pull(answer) => self.pulled(facts, now, answer),
            Event::Folded { head } => self.folded(head, facts),
            Event::Part { part, answer } => self.part(facts, now, &part, answer),
            Event::Staged => self.staged(facts),
            Event::Loaded => self.loaded(),
            Event::Catalogue { offer, answer } => self.catalogue(now, &offer, answer),
            Event::Ended(which, Ok(())) => self.succeeded(which),
            Event::Ended(which, Err(error)) => self.failed(which, now, &error),
        }
    }

    /// Whether this log contradicts the centre's: it has to go on in a new one.
    pub fn wants_new_log(&self) -> bool {
        self.known.conflict
    }

    /// Why a lane does not get on: a lasting trouble, or how its last try failed.
    pub fn reason(&self, which: Which) -> Option<&Reason> {
        let trouble = self.troubles.get(&which);
        trouble.or_else(|| self.failures.get(&which))
    }

    /// How many facts there are, as far as the centre told.
    pub fn head(&self) -> u64 {
        self.known.head
    }

    /// What a lane does next.
    fn look(&mut self, facts: &Facts, which: Which, now: Ms) -> Effect {
        let snapshot = self.snapshots.next(facts);
        self.known.snapshot = snapshot.is_some();
        let plan = plan::plan(&self.known, &self.lanes, now);
        let due = match which {
            Which::Hello => self.hello_due(now),
            Which::Push => plan.push,
            Which::Pull => plan.pull,
            Which::Pages => plan.pages,
        };
        let catalogue = match which {
            Which::Pull if self.in_touch => self.catalogues.due(now),
            _ => Due::Idle,
        };
        match (due, which) {
            (Due::Now, Which::Hello) => Effect::Ask(Request::Hello {
                wait_ms: if self.in_touch {
                    plan::HELLO_WAIT_MS
                } else {
                    0
                },
            }),
            (Due::Now, Which::Push) => Effect::Ask(Request::Push {
                limit: plan::push_limit(self.pace.batch, self.pushes.limit()),
            }),
            (Due::Now, Which::Pull) => match (snapshot, self.snapshots.waits(facts, now)) {
                (Some(request), _) => Effect::Ask(request),
                (None, Some(until)) => Effect::Wait(Some(until)),
                (None, None) => Effect::Ask(Request::Pull {
                    limit: self.pulls.limit(),
                }),
            },
            (Due::Now, Which::Pages) => Effect::Ask(Request::Pages),
            _ => match self.catalogues.wanted() {
                Some(offer) if catalogue == Due::Now => {
                    Effect::Ask(Request::Catalogue(offer.clone()))
                }
                _ => Effect::Wait(due.earliest(catalogue)),
            },
        }
    }

    /// Hello always wants to go, but not while it would only repeat the last one.
    fn hello_due(&mut self, now: Ms) -> Due {
        match self.folding {
            Some((head, until)) if self.known.seq < head && now < until => Due::At(until),
            _ => {
                self.folding = None;
                self.hello.due(true, now)
            }
        }
    }

    fn heard(
        &mut self,
        facts: &Facts,
        now: Ms,
        said: Said,
        reply: &HelloReply,
        took_ms: Ms,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let log = plan::log_news(reply, facts.log.last, facts.link.as_deref(), said.acked);
        if let LogNews::Acked(acked) = log {
            effects.extend([Effect::SetAcked(acked), Effect::Changed]);
        }
        let forks = match facts.restored {
            Some(last) if plan::restored_fits(reply, last) => {
                effects.push(Effect::ForgetRestored);
                false
            }
            restored => restored.is_some(),
        };
        self.snapshots.heard(said.seq, reply);
        effects.extend(self.catalogues.heard(reply));
        self.known.head = reply.head;
        // A head behind us is a centre restored from a backup; the pull's checksum tells.
        self.known.answer_likely |= reply.head < said.seq;
        // The same length and another past, likewise.
        let differs = !reply.sum.is_empty() && reply.sum != facts.feed.sum;
        self.known.answer_likely |= reply.head == facts.feed.seq && differs;
        self.pace.clone_from(&reply.pace);
        self.known.conflict |= forks || reply.copied || log == LogNews::Conflict;
        if self.known.conflict {
            let code = if forks {
                "log.restored"
            } else {
                "log.conflict"
            };
            self.troubles.insert(Which::Push, Reason::new(code));
        }
        effects.extend(self.succeeded(Which::Hello));
        let back = !std::mem::replace(&mut self.in_touch, true);
        if back {
            for lane in [Which::Push, Which::Pull, Which::Pages] {
                self.lane(lane).nudge();
            }
        }
        if let at @ 1.. = reply.pace.push_after_ms.min(PAUSE_ASKED_MAX_MS) {
            self.lanes.push.rest_until(now + at);
        }
        let facts_wait = reply.head > said.seq;
        let news = log != LogNews::Same || facts_wait;
        // A centre that lost some, without ever having been away: that is to be sent again.
        let lost = matches!(log, LogNews::Acked(_));
        if back || lost || effects.contains(&Effect::ForgetRestored) {
            effects.extend([Effect::Ring(Which::Push), Effect::Ring(Which::Pages)]);
        }
        let catalogue = self.catalogues.due(now) == Due::Now;
        let offered = reply.snapshot.is_some() || catalogue;
        if back || news || self.known.answer_likely || offered {
            effects.push(Effect::Ring(Which::Pull));
        }
        self.folding = facts_wait.then_some((reply.head, now + FOLD_LIMIT_MS));
        let pause_ms = plan::hello_pause_ms(reply, took_ms, news || back);
        self.hello.rest_until(now + pause_ms);
        if std::mem::take(&mut self.reads_more) {
            self.known.answer_likely = true;
            let pull = Effect::Ring(Which::Pull);
            effects.extend([Effect::BeginFeedAgain, pull, Effect::Changed]);
        }
        effects
    }

    /// An exchange of this lane went well.
    fn succeeded(&mut self, which: Which) -> Vec<Effect> {
        self.lane(which).succeeded();
        self.failures.remove(&which);
        if !(which == Which::Push && self.known.conflict) {
            self.troubles.remove(&which);
        }
        if which == Which::Push {
            self.pushes.grow();
        }
        vec![Effect::Up]
    }

    /// An exchange of this lane failed, or the centre refused it. The line is down when nobody answers;
    /// that the centre cannot take just this, its store of pages away perhaps, is the lane's own trouble,
    /// and hello tells whether it is the centre's.
    fn failed(&mut self, which: Which, now: Ms, error: &LineError) -> Vec<Effect> {
        let jitter = self.random.r#gen();
        let next = self.lane(which).failed(now, error.retry_after, jitter);
        self.failures.insert(which, error.reason.clone());
        let mut effects = Vec::new();
        if which == Which::Push {
            effects.push(Effect::NoteTry(error.reason.clone(), Some(next)));
            effects.push(Effect::Changed);
        }
        if error.is_about_the_request() {
            self.troubles.insert(which, error.reason.clone());
            effects.push(Effect::Up);
        } else if which == Which::Hello || error.status.is_none() {
            effects.push(Effect::Down {
                reason: error.reason.clone(),
                next,
                answered: error.status.is_some(),
            });
        }
        effects
    }

    /// Our own store failed: the lane waits, and the status says so.
    pub fn store_failed(&mut self, which: Which, now: Ms, code: &str) -> Vec<Effect> {
        let jitter = self.random.r#gen();
        let next = self.lane(which).failed(now, None, jitter);
        let reason = Reason::new(code);
        self.troubles.insert(which, reason.clone());
        match which {
            Which::Push => vec![Effect::NoteTry(reason, Some(next)), Effect::Show],
            _ => vec![Effect::Show],
        }
    }

    /// The patience of a lane.
    pub(super) fn lane(&mut self, which: Which) -> &mut Lane {
        match which {
            Which::Hello => &mut self.hello,
            Which::Push => &mut self.lanes.push,
            Which::Pull => &mut self.lanes.pull,
            Which::Pages => &mut self.lanes.pages,
        }
    }

    /// A number in 0..1.
    pub(super) fn jitter(&mut self) -> f64 {
        self.random.r#gen()
    }
}
