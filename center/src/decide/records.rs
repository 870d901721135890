//! What the correction of a record means beside its facts: which documents name whom, which feeds carry
//! whom, and what a feed must be told that others know already.

use std::collections::BTreeSet;

use domain::command::Settlement;
use domain::{Act, Change, Command, Division, Document, Fact, Id};

use super::plan::Naming;
use super::{City, Plan, Work};

/// A correction that moves cases or people, with the feeds as they were before it.
#[derive(Default)]
pub(super) struct Correction {
    /// Cases go from one person to another.
    handed: Option<Handed>,
    /// Somebody moves.
    moved: Option<Moved>,
}

struct Handed {
    to: Id,
    from_feeds: BTreeSet<Division>,
    to_feeds: BTreeSet<Division>,
    cases: Vec<Id>,
}

struct Moved {
    person: Id,
    from: Division,
    to: Division,
}

/// Whether a station's word about a record is about one that its feed carries.
pub(super) fn serves(city: &City, work: &Work, command: &Command) -> bool {
    let (Some(feed), Act::SettleAnswer(act)) = (&work.feed, &command.act) else {
        return true;
    };
    let feeds = city.feeds.get(&act.person);
    feeds.is_some_and(|feeds| feeds.contains(feed))
}

impl Correction {
    /// What `facts`, which are about to be told, do beside themselves.
    pub(super) fn of(city: &City, work: &Work, facts: &[Fact]) -> Correction {
        let mut correction = Correction::default();
        let Some(command) = &work.command else {
            return correction;
        };
        if let Act::MoveHome(act) = &command.act {
            let moves = facts
                .iter()
                .any(|fact| matches!(fact.change, Change::PersonMoved { .. }));
            let person = city.people.get(&act.person).filter(|_| moves);
            correction.moved = person.map(|person| Moved {
                person: act.person,
                from: person.home.clone(),
                to: act.home.clone(),
            });
        }
        let from = match &command.act {
            Act::Merge(act) => act.gone,
            Act::Split(act) => act.person,
            _ => return correction,
        };
        let reassigned = facts.iter().filter_map(|fact| match fact.change {
            Change::CaseReassigned { person } => Some((fact.entity, person)),
            _ => None,
        });
        let reassigned: Vec<_> = reassigned.collect();
        let joined = facts.iter().find_map(|fact| match fact.change {
            Change::PersonJoined { .. } | Change::PersonOpened { .. } => Some(fact.entity),
            _ => None,
        });
        let feeds = |person| city.feeds.get(&person).cloned().unwrap_or_default();
        correction.handed = joined.map(|to| Handed {
            to,
            from_feeds: feeds(from),
            to_feeds: feeds(to),
            cases: reassigned.into_iter().map(|(case, _)| case).collect(),
        });
        correction
    }

    /// The feeds that carry somebody who gets a record by this correction: those that have the cases.
    pub(super) fn feeds_of_new(&self) -> impl Iterator<Item = &Division> {
        self.handed.iter().flat_map(|handed| &handed.from_feeds)
    }
}

impl Plan {
    /// Feeds that are going to carry somebody are first told all there is about them.
    pub(super) fn serve_corrected(
        &mut self,
        city: &mut City,
        correction: &Correction,
        cause: Id,
        next: &mut u16,
    ) {
        if let Some(handed) = &correction.handed
            && city.people.contains_key(&handed.to)
        {
            for feed in handed.from_feeds.difference(&handed.to_feeds) {
                self.copy(city, handed.to, feed, cause, next);
                self.carry(city, handed.to, feed.clone());
            }
        }
        if let Some(moved) = &correction.moved {
            self.copy(city, moved.person, &moved.to, cause, next);
            self.carry(city, moved.person, moved.to.clone());
        }
    }

    /// Feeds that did not carry the record which the cases come from get them whole; a feed that
    /// somebody has left, and that has filed nothing for them which still runs, lets go of them.
    pub(super) fn after_correction(
        &mut self,
        city: &mut City,
        correction: Correction,
        cause: Id,
        next: &mut u16,
    ) {
        if let Some(handed) = correction.handed {
            for feed in handed.to_feeds.difference(&handed.from_feeds) {
                for id in &handed.cases {
                    let Some(case) = city.cases.get(id) else {
                        continue;
                    };
                    let case = Box::new(case.clone());
                    self.tell_feed(feed, *id, Change::CaseCopied { case }, cause, next);
                }
            }
        }
        let Some(moved) = correction.moved else {
            return;
        };
        let runs = |case: &domain::Case| case.is_open() && case.filed_at == moved.from;
        if !city.cases_of(moved.person).any(runs) {
            let to = moved.to;
            let left = Change::PersonLeft { to };
            self.tell_feed(&moved.from, moved.person, left, cause, next);
            if let Some(feeds) = city.feeds.get_mut(&moved.person) {
                feeds.remove(&moved.from);
            }
            self.carried.remove(&(moved.person, moved.from.clone()));
            self.left.insert((moved.person, moved.from));
        }
    }

    /// Notes what a fact, before it is folded, makes of documents.
    pub(super) fn name(&mut self, city: &City, work: &Work, fact: &Fact) {
        let now = |shared| Naming {
            shared,
            former: false,
        };
        let before = |shared| Naming {
            shared,
            former: true,
        };
        let documents = |id: &Id| city.people.get(id).map(domain::Person::documents);
        match &fact.change {
            Change::PersonOpened { person } => {
                let document = person.identity.document.clone();
                if let Some(Act::Split(act)) = work.command.as_ref().map(|c| &c.act) {
                    let mut joined: BTreeSet<Document> = documents(&act.person)
                        .into_iter()
                        .flatten()
                        .cloned()
                        .collect();
                    joined.insert(document.clone());
                    self.joined.push(joined);
                }
                let shared = is_shared(city, work, &document);
                self.given.insert((fact.entity, document), now(shared));
            }
            Change::Renumbered { identity } => {
                let known = documents(&fact.entity).into_iter().flatten();
                let mut joined: BTreeSet<Document> = known.cloned().collect();
                for document in &joined {
                    let key = (fact.entity, document.clone());
                    self.given.insert(key, before(false));
                }
                let document = identity.document.clone();
                joined.insert(document.clone());
                self.joined.push(joined);
                self.given.insert((fact.entity, document), now(false));
            }
            Change::PersonJoined { other } => {
                let mine: Vec<Document> = documents(&fact.entity)
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect();
                for document in other.documents().filter(|d| !mine.contains(d)) {
                    let key = (fact.entity, document.clone());
                    self.given.insert(key, before(true));
                }
                let mut joined: BTreeSet<Document> = mine.into_iter().collect();
                joined.extend(other.documents().cloned());
                if let Some(Act::Split(act)) = work.command.as_ref().map(|c| &c.act) {
                    joined.extend(documents(&act.person).into_iter().flatten().cloned());
                }
                self.joined.push(joined);
            }
            _ => {}
        }
    }
}

/// Whether a number of somebody new is carried by others too, as a person recorded.
fn is_shared(city: &City, work: &Work, document: &Document) -> bool {
    match work.command.as_ref().map(|command| &command.act) {
        Some(Act::Settle(settle)) => settle.how == Settlement::AnotherPerson,
        Some(Act::Split(act)) => {
            let person = city.people.get(&act.person);
            person.is_some_and(|person| person.answers_to(document))
        }
        _ => false,
    }
}
