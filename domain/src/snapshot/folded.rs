//! A feed folded: what `evolve` makes of its facts, one after the other. It goes on from where a
//! snapshot ends, so that nothing but facts and `evolve` ever says what is in one.

use std::collections::BTreeMap;

use super::rows::{self, Answer, Kind};
use super::{Counts, Header, Unreadable, open_whole};
use crate::sync::{FeedAt, FeedFact, first_sum, sum_after};
use crate::{Case, Change, Division, Fact, Id, Outcome, Person, evolve};

/// A feed's people and cases, with what cannot be read of it and what became of its commands.
#[derive(Clone, Debug)]
pub struct Folded {
    /// Whose feed.
    pub feed: Division,
    /// The last fact folded.
    pub at: FeedAt,
    pub(super) rows: BTreeMap<Id, (u64, Body)>,
    pub(super) unread: Vec<(u64, String)>,
    pub(super) answers: BTreeMap<(Id, Option<String>), (u64, Outcome)>,
}

/// A person or a case; as text until a fact is about it.
#[derive(Clone, Debug)]
pub(super) enum Body {
    Kept(Kind, String),
    Person(Box<Person>),
    Case(Box<Case>),
}

impl Folded {
    /// Nothing folded yet.
    pub fn new(feed: &Division) -> Folded {
        Folded {
            feed: feed.clone(),
            at: FeedAt {
                seq: 0,
                sum: first_sum(),
            },
            rows: BTreeMap::new(),
            unread: Vec::new(),
            answers: BTreeMap::new(),
        }
    }

    /// What a snapshot holds: where the next facts go on. It has to be of this feed.
    pub fn of_file(feed: &Division, bytes: &[u8], sha256: &str) -> Result<Folded, Unreadable> {
        let (header, texts) = open_whole(bytes, sha256)?;
        let mut folded = Folded::new(feed);
        if header.feed != *feed {
            return Err(Unreadable("of another feed"));
        }
        for text in &texts {
            for row in rows::read(text) {
                folded.take(row?)?;
            }
        }
        folded.closed(header)
    }

    /// Folds the next fact. A gap or another checksum is refused, and changes nothing.
    pub fn fold(&mut self, fed: &FeedFact) -> Result<(), Unreadable> {
        if fed.seq != self.at.seq + 1 {
            return Err(Unreadable("a gap in the feed"));
        }
        if sum_after(&self.at.sum, &fed.body) != fed.sum {
            return Err(Unreadable("another feed"));
        }
        let fact: Fact = serde_json::from_str(&fed.body).map_err(|_| Unreadable("no fact"))?;
        match &fact.change {
            Change::Decided { outcome, content } => {
                let key = (fact.entity, content.clone());
                self.answers.insert(key, (fed.seq, outcome.clone()));
            }
            change => {
                if matches!(change, Change::Unknown(_)) {
                    self.unread.push((fed.seq, fed.body.clone()));
                }
                self.evolve(fed.seq, &fact)?;
                if matches!(change, Change::PersonLeft { .. }) {
                    self.leave(fact.entity)?;
                }
            }
        }
        self.at = FeedAt {
            seq: fed.seq,
            sum: fed.sum.clone(),
        };
        Ok(())
    }

    /// Everybody, in the order of their ids.
    pub fn people(&self) -> Result<Vec<Person>, Unreadable> {
        let people = self.rows.values().filter_map(|(_, body)| match body {
            Body::Person(person) => Some(Ok(person.as_ref().clone())),
            Body::Kept(Kind::Person, text) => Some(read(text)),
            _ => None,
        });
        people.collect()
    }

    /// All cases, in the order of their ids.
    pub fn cases(&self) -> Result<Vec<Case>, Unreadable> {
        let cases = self.rows.values().filter_map(|(_, body)| match body {
            Body::Case(case) => Some(Ok(case.as_ref().clone())),
            Body::Kept(Kind::Case, text) => Some(read(text)),
            _ => None,
        });
        cases.collect()
    }

    /// Rows by kind.
    pub fn counts(&self) -> Counts {
        let people = self.rows.values().filter(|(_, body)| body.is_person());
        let people = people.count() as u64;
        Counts {
            people,
            cases: self.rows.len() as u64 - people,
            unread: self.unread.len() as u64,
            answers: self.answers.len() as u64,
        }
    }

    /// The one entity that a fact is about; a fact about what is not there and does not begin with it
    /// is nothing.
    fn evolve(&mut self, seq: u64, fact: &Fact) -> Result<(), Unreadable> {
        let (mut person, mut case) = match self.rows.remove(&fact.entity) {
            Some((_, body)) => body.open()?,
            None => (None, None),
        };
        if case.is_none() {
            evolve::person(&mut person, fact);
        }
        if person.is_none() {
            evolve::case(&mut case, fact);
        }
        let body = person
            .map(|person| Body::Person(Box::new(person)))
            .or_else(|| case.map(|case| Body::Case(Box::new(case))));
        if let Some(body) = body {
            self.rows.insert(fact.entity, (seq, body));
        }
        Ok(())
    }

    /// The cases of somebody who has left the feed go with them.
    fn leave(&mut self, person: Id) -> Result<(), Unreadable> {
        let mut theirs = Vec::new();
        for (id, (_, body)) in &self.rows {
            let whose = match body {
                Body::Case(case) => case.person,
                Body::Kept(Kind::Case, text) => read::<Whose>(text)?.person,
                _ => continue,
            };
            theirs.extend((whose == person).then_some(*id));
        }
        theirs.iter().for_each(|id| drop(self.rows.remove(id)));
        Ok(())
    }

    fn take(&mut self, row: rows::Row<'_>) -> Result<(), Unreadable> {
        match row.kind {
            Kind::Person | Kind::Case => {
                let named: Named = read(row.body)?;
                let body = Body::Kept(row.kind, row.body.to_owned());
                self.rows.insert(named.id, (row.seq, body));
            }
            Kind::Unread => self.unread.push((row.seq, row.body.to_owned())),
            Kind::Answer => {
                let answer: Answer = read(row.body)?;
                let key = (answer.command, answer.content);
                self.answers.insert(key, (row.seq, answer.outcome));
            }
        }
        Ok(())
    }

    fn closed(mut self, header: Header) -> Result<Folded, Unreadable> {
        self.at = FeedAt {
            seq: header.seq,
            sum: header.sum,
        };
        match self.counts() == header.counts {
            true => Ok(self),
            false => Err(Unreadable("other rows than it says")),
        }
    }
}

impl Body {
    fn is_person(&self) -> bool {
        matches!(self, Body::Person(_) | Body::Kept(Kind::Person, _))
    }

    pub(super) fn kind(&self) -> Kind {
        match self.is_person() {
            true => Kind::Person,
            false => Kind::Case,
        }
    }

    fn open(self) -> Result<(Option<Person>, Option<Case>), Unreadable> {
        Ok(match self {
            Body::Person(person) => (Some(*person), None),
            Body::Case(case) => (None, Some(*case)),
            Body::Kept(Kind::Person, text) => (Some(read(&text)?), None),
            Body::Kept(_, text) => (None, Some(read(&text)?)),
        })
    }
}

#[derive(serde::Deserialize)]
struct Named {
    id: Id,
}

#[derive(serde::Deserialize)]
struct Whose {
    person: Id,
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, Unreadable> {
    serde_json::from_str(text).map_err(|_| Unreadable("no person, case or answer"))
}
