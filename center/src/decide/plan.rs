//! Decides a batch on what is known and lists what must be written. Pure.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::command::Settlement;
use domain::decide::Verdict;
use domain::sync::sha256_hex;
use domain::{
    Act, Catalog, Change, Command, Division, Document, Fact, Id, Outcome, Reason, decide,
};

use super::gate::Authors;
use super::{City, Work, gate, records};
use crate::refusal::{
    COMMAND_OTHER_CONTENT, COMMAND_POISONOUS, COMMAND_REPLACED, COMMAND_UNREADABLE, COMMAND_WAITS,
};
use crate::store::command::Known;

/// Everything that a batch brings about. The projections themselves are in the [`City`].
#[derive(Default)]
pub struct Plan {
    /// Facts in order, each with the feed that it goes to.
    pub told: Vec<(Division, Fact)>,
    /// People to write.
    pub people: BTreeSet<Id>,
    /// Cases to write.
    pub cases: BTreeSet<Id>,
    /// Cases whose manifest is new.
    pub manifests: BTreeSet<Id>,
    /// Documents that are a person's from now on, or are something else to them.
    pub given: BTreeMap<(Id, Document), Naming>,
    /// Documents that are locked together from now on.
    pub joined: Vec<BTreeSet<Document>>,
    /// Feeds that carry a person from now on.
    pub carried: BTreeSet<(Id, Division)>,
    /// Feeds that carry a person no more.
    pub left: BTreeSet<(Id, Division)>,
    /// What commands came to: those of the batch and earlier ones.
    pub outcomes: BTreeMap<Id, Outcome>,
    /// Facts by cause.
    pub facts: BTreeMap<Id, usize>,
    /// What held commands wait for, where that is another command.
    pub waits: BTreeMap<Id, Id>,
}

/// What a document is to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Naming {
    /// Others carry it too.
    pub shared: bool,
    /// It named them before.
    pub former: bool,
}

/// Decides in order, each command on what the ones before it brought about.
pub fn plan(city: &mut City, works: &[Work], authors: &Authors, catalog: &Catalog) -> Plan {
    let mut plan = Plan::default();
    for work in works {
        let verdict = judge(city, work, authors, catalog);
        plan.add(city, work, verdict);
    }
    plan
}

fn judge(city: &City, work: &Work, authors: &Authors, catalog: &Catalog) -> Verdict {
    if let Some(reason) = &work.hold {
        return Verdict::Hold(reason.clone());
    }
    if work.other.is_some() {
        let reasons = vec![Reason::new(COMMAND_OTHER_CONTENT)];
        return Verdict::Reject(Vec::new(), reasons);
    }
    let Some(command) = &work.command else {
        return Verdict::Hold(Reason::new(COMMAND_UNREADABLE));
    };
    let bar = work
        .feed
        .as_ref()
        .and_then(|feed| gate::bar(feed, command, authors));
    if let Some(verdict) = bar {
        return verdict;
    }
    if let Some(after) = command.after {
        let decided = city.known.get(&after).is_some_and(|known| !known.held);
        if !decided {
            return Verdict::Hold(Reason::new(COMMAND_WAITS).with("command", after));
        }
    }
    if let Some(verdict) = refused_unfiled(city, command) {
        return verdict;
    }
    if !records::serves(city, work, command) {
        return Verdict::Reject(Vec::new(), vec![Reason::new("act.wrong_place")]);
    }
    let state = city.state_for(command);
    // A bug in a rule must not stop a station's log.
    catch_unwind(AssertUnwindSafe(|| decide(&state, command, catalog)))
        .unwrap_or_else(|_| Verdict::Hold(Reason::new(COMMAND_POISONOUS)))
}

/// Held commands that are no filings (an import, one from a newer program) can only be refused:
/// the decider settles filings.
fn refused_unfiled(city: &City, command: &Command) -> Option<Verdict> {
    let Act::Settle(settle) = &command.act else {
        return None;
    };
    let filing = city.held.get(&settle.command).map(|held| &held.act);
    if matches!(filing, Some(Act::Submit(_))) || !city.is_held(settle.command) {
        return None;
    }
    let known = city.known.get(&settle.command)?;
    let in_area = known
        .feed
        .as_ref()
        .is_none_or(|feed| command.by.area.contains(feed));
    let Settlement::Refuse { reason } = &settle.how else {
        return None;
    };
    in_area.then(|| {
        let reasons = vec![reason.clone()];
        let outcome = Outcome::Rejected { reasons };
        Verdict::Accept(vec![Fact {
            entity: settle.command,
            cause: command.id,
            index: 0,
            change: Change::Decided {
                outcome,
                content: None,
            },
        }])
    })
}

impl Plan {
    fn add(&mut self, city: &mut City, work: &Work, verdict: Verdict) {
        let (outcome, mut facts) = verdict.into_facts(work.id);
        let held = matches!(outcome, Outcome::Held { .. });
        let waits = matches!(&outcome, Outcome::Held { reason } if reason.code == COMMAND_WAITS);
        let first = work.told.unwrap_or(0);
        for fact in &mut facts {
            fact.index += first;
            if let (Some(command), Change::Decided { content, .. }) = (work.other, &mut fact.change)
            {
                (fact.entity, *content) = (command, Some(sha256_hex(work.body.as_bytes())));
            }
        }
        let known = Known {
            feed: work.feed.clone(),
            held,
            facts: first,
        };
        city.known.insert(work.id, known);
        if let (true, Some(command)) = (waits, &work.command) {
            self.waits
                .extend(command.after.map(|after| (work.id, after)));
        }
        facts.extend(replaced(city, work, first + facts.len() as u16));
        let visited = visited_feed(city, work);
        let mut next = first + facts.len() as u16;
        let correction = records::Correction::of(city, work, &facts);
        self.serve_corrected(city, &correction, work.id, &mut next);
        for fact in facts {
            self.name(city, work, &fact);
            if let Some(person) = city.person_of(&fact) {
                if let Change::PersonOpened { person: new } = &fact.change {
                    self.carry(city, person, new.home.clone());
                    for feed in correction.feeds_of_new() {
                        self.carry(city, person, feed.clone());
                    }
                } else if let Some(feed) = &visited {
                    self.copy(city, person, feed, work.id, &mut next);
                }
                if let Some(feed) = &visited {
                    self.carry(city, person, feed.clone());
                }
            }
            self.tell(city, fact);
        }
        self.after_correction(city, correction, work.id, &mut next);
    }

    /// A feed that serves somebody as a visitor first gets all there is about them.
    pub(super) fn copy(
        &mut self,
        city: &City,
        person: Id,
        feed: &Division,
        cause: Id,
        next: &mut u16,
    ) {
        let carried = city
            .feeds
            .get(&person)
            .is_some_and(|feeds| feeds.contains(feed));
        let Some(record) = city.people.get(&person).filter(|_| !carried) else {
            return;
        };
        let cases = city.cases_of(person);
        let copied = Change::PersonCopied {
            person: Box::new(record.clone()),
        };
        let copies = cases.map(|case| {
            let case = Box::new(case.clone());
            (case.id, Change::CaseCopied { case })
        });
        for (entity, change) in std::iter::once((person, copied)).chain(copies) {
            self.tell_feed(feed, entity, change, cause, next);
        }
    }

    /// Tells a fact to one feed alone.
    pub(super) fn tell_feed(
        &mut self,
        feed: &Division,
        entity: Id,
        change: Change,
        cause: Id,
        next: &mut u16,
    ) {
        let index = *next;
        *next += 1;
        *self.facts.entry(cause).or_default() += 1;
        let fact = Fact {
            entity,
            cause,
            index,
            change,
        };
        self.told.push((feed.clone(), fact));
    }

    pub(super) fn carry(&mut self, city: &mut City, person: Id, feed: Division) {
        if city.feeds.entry(person).or_default().insert(feed.clone()) {
            self.carried.insert((person, feed));
        }
    }

    /// Folds a fact and tells it to the feeds that carry its person; an answer, to its filer's.
    fn tell(&mut self, city: &mut City, fact: Fact) {
        *self.facts.entry(fact.cause).or_default() += 1;
        if let Change::Decided { outcome, content } = &fact.change {
            // Where another content was answered before, this answer is this one's alone.
            let command = content.as_ref().map_or(fact.entity, |_| fact.cause);
            self.outcomes.insert(command, outcome.clone());
            let Some(known) = city.known.get_mut(&command) else {
                return;
            };
            known.held = matches!(outcome, Outcome::Held { .. });
            let feed = known.feed.clone();
            self.told.extend(feed.map(|feed| (feed, fact)));
            return;
        }
        city.fold(&fact);
        if city.people.contains_key(&fact.entity) {
            self.people.insert(fact.entity);
        } else if city.cases.contains_key(&fact.entity) {
            self.cases.insert(fact.entity);
        }
        if matches!(
            fact.change,
            Change::CaseOpened { .. } | Change::CaseAmended { .. }
        ) {
            self.manifests.insert(fact.entity);
        }
        let person = city.person_of(&fact);
        let feeds = person.and_then(|person| city.feeds.get(&person));
        let feeds = feeds.into_iter().flatten();
        self.told
            .extend(feeds.map(|feed| (feed.clone(), fact.clone())));
    }
}

/// A held command gives way to the one that repairs it.
fn replaced(city: &City, work: &Work, index: u16) -> Option<Fact> {
    let command = work.command.as_ref()?;
    let old = command
        .replaces
        .filter(|old| city.is_held(*old) && *old != work.id)?;
    let same_station = city.known.get(&old)?.feed == work.feed;
    same_station.then(|| {
        let reasons = vec![Reason::new(COMMAND_REPLACED)];
        Fact {
            entity: old,
            cause: work.id,
            index,
            change: Change::Decided {
                outcome: Outcome::Rejected { reasons },
                content: None,
            },
        }
    })
}

/// The community that serves a person by this command: its sender's, or that of the command which
/// it settles.
fn visited_feed(city: &City, work: &Work) -> Option<Division> {
    match work.command.as_ref().map(|command| &command.act) {
        Some(Act::Settle(settle)) => city.known.get(&settle.command)?.feed.clone(),
        _ => work.feed.clone(),
    }
}
