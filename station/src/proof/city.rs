//! A city in memory: the real decider with complete knowledge, and the feed it publishes.

use domain::command::{Decision, Review};
use domain::evolve::evolve;
use domain::sync::{Entry, FeedFact, first_sum, sum_after};
use domain::{Act, Command, Division, Fact, Id, Seen, Staff, State, decide};

use super::{now, shelf};
use crate::catalog::Shelf;
use crate::desk::Desk;
use crate::store::Store;

pub(crate) struct City {
    pub state: State,
    pub feed: Vec<FeedFact>,
    pub taken: u64,
    shelf: Shelf,
}

impl City {
    pub fn new() -> City {
        City {
            state: State::empty(true),
            feed: Vec::new(),
            taken: 0,
            shelf: shelf(),
        }
    }

    /// Decides the next entries of a station's log.
    pub fn take(&mut self, store: &Store, limit: usize) {
        for entry in store.outbox_page(2_000, 1 << 20).unwrap() {
            if entry.n > self.taken && entry.n <= self.taken + limit as u64 {
                self.decide(&read(&entry));
            }
        }
        self.taken = (self.taken + limit as u64).min(store.log_at().unwrap().last);
    }

    /// Decides a command and publishes its facts.
    pub fn decide(&mut self, command: &Command) {
        let verdict = decide(&self.state, command, &self.shelf.catalog);
        for fact in verdict.into_facts(command.id).1 {
            evolve(&mut self.state, &fact);
            self.publish(&serde_json::to_string(&fact).unwrap());
        }
    }

    /// Publishes a fact as it is written.
    pub fn publish(&mut self, body: &str) {
        let before = self.feed.last().map_or_else(first_sum, |f| f.sum.clone());
        self.feed.push(FeedFact {
            seq: self.feed.len() as u64 + 1,
            body: body.to_owned(),
            sum: sum_after(&before, body),
        });
    }

    /// All pages are in: cases enter their step.
    pub fn store_pages(&mut self) {
        let pages = self.state.cases.items.iter().flat_map(|case| &case.pages);
        self.state.stored = Seen::all(pages.map(|page| page.sha256.clone()).collect());
        let cases: Vec<Id> = self.state.cases.items.iter().map(|case| case.id).collect();
        for case in cases {
            let command = self.command("3203", Act::PagesStored { case });
            self.decide(&command);
        }
    }

    /// A reviewer's word on a case as it stands.
    pub fn review(&mut self, area: &str, case: Id, decision: Decision) {
        let version = self.state.find_case(case).unwrap().version;
        let act = Act::Review(Review {
            case,
            version,
            decision,
        });
        let command = self.command(area, act);
        self.decide(&command);
    }

    pub fn command(&self, area: &str, act: Act) -> Command {
        Command {
            id: crate::desk::new_id(),
            after: None,
            replaces: None,
            by: Staff {
                id: Id(uuid::Uuid::NAMESPACE_OID).derive(area),
                name: area.into(),
                area: Division(area.into()),
            },
            acted_on: "2026-11-23".parse().unwrap(),
            made_at: now(),
            catalogue: String::new(),
            act,
        }
    }

    /// The station catches up with everything.
    pub fn meet(&mut self, desk: &Desk) {
        self.take(&desk.store, 2_000);
        desk.store.set_acked(self.taken).unwrap();
        let at = desk.store.feed_at().unwrap().seq as usize;
        desk.store.apply_facts(&self.feed[at..]).unwrap();
    }

    /// What facts of the feed say when they are folded by themselves.
    pub fn folded(&self, until: usize) -> State {
        let mut state = State::empty(true);
        for fact in &self.feed[..until] {
            let fact: Fact = serde_json::from_str(&fact.body).unwrap();
            evolve(&mut state, &fact);
        }
        state
    }
}

pub(crate) fn read(entry: &Entry) -> Command {
    serde_json::from_str(&entry.body).unwrap()
}
