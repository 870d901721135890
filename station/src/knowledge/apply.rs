//! Folding a page of the feed: checked, folded, replayed over and written in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use domain::sync::{FeedAt, FeedFact, sum_after};
use domain::{Case, Change, Fact, Id, Person, Stage, evolve};
use rusqlite::Transaction;

use super::group::Group;
use super::read_ahead::{Facts, Read};
use super::{replay, subject_of_person};
use crate::error::{Error, Result};
use crate::store::entity::{self, Entity, Kept};
use crate::store::outbox::Asked;
use crate::store::{Store, key_fill, meta, outbox, page_out, person_key, unread_fact};

/// Facts folded in one transaction where people work: some 20 ms on this side of slow.
const AT_ONCE: usize = 1_000;
/// Between two such, whoever waits to save gets in.
const GAP: Duration = Duration::from_millis(1);

impl Store {
    /// Folds facts that continue the feed. What was folded before is passed over; a gap (`feed.gap`)
    /// or another checksum (`feed.differs`) is refused. Stretch by stretch, each all or none: nobody
    /// at the counter waits for a long page. A first load, where nobody works yet, is one stretch.
    pub fn apply_facts(&self, facts: &[FeedFact]) -> Result<()> {
        if facts.len() <= AT_ONCE || self.read(outbox::is_empty)? {
            return self.apply_stretch(facts);
        }
        for (at, stretch) in facts.chunks(AT_ONCE).enumerate() {
            if at > 0 {
                std::thread::sleep(GAP);
            }
            self.apply_stretch(stretch)?;
        }
        Ok(())
    }

    fn apply_stretch(&self, facts: &[FeedFact]) -> Result<()> {
        std::thread::scope(|scope| {
            let facts = Facts::new(scope, facts);
            self.write(|tx| {
                let mut at = meta::feed_at(tx)?;
                let mut page = Page::new(self, tx)?;
                // Whether `at` is the fact before: its successor was compared when it was read.
                let mut folding = false;
                for Read { fed, fact, follows } in facts {
                    if fed.seq <= at.seq {
                        verify_known(&at, fed)?;
                        folding = fed.seq == at.seq;
                        continue;
                    }
                    at = match folding && follows {
                        true => position(fed),
                        false => next(&at, fed)?,
                    };
                    folding = true;
                    page.fold(fed, &fact.ok_or(Error::coded("feed.unreadable"))?)?;
                }
                page.write()?;
                meta::set_feed_at(tx, &at)
            })
        })
    }
}

fn next(at: &FeedAt, fact: &FeedFact) -> Result<FeedAt> {
    if fact.seq != at.seq + 1 {
        return Err(Error::coded("feed.gap"));
    }
    if sum_after(&at.sum, &fact.body) != fact.sum {
        return Err(Error::coded("feed.differs"));
    }
    Ok(position(fact))
}

fn position(fact: &FeedFact) -> FeedAt {
    FeedAt {
        seq: fact.seq,
        sum: fact.sum.clone(),
    }
}

/// A fact that was folded before: only the last one's checksum is still known.
fn verify_known(at: &FeedAt, fact: &FeedFact) -> Result<()> {
    if fact.seq < at.seq || at.sum == fact.sum {
        Ok(())
    } else {
        Err(Error::coded("feed.differs"))
    }
}

/// A page while it is folded: each touched row is read once and written once.
struct Page<'a> {
    store: &'a Store,
    tx: &'a Transaction<'a>,
    rows: HashMap<Id, Entity>,
    /// Rows in the order they were met, with the keys that people had before.
    met: Vec<(Id, BTreeSet<String>)>,
    causes: HashSet<Id>,
    /// Nothing was ever filed here, so no fact is an answer to us: a first load.
    silent: bool,
    /// What pending commands are about: only there a view can differ from its base.
    pending: HashSet<String>,
    /// Rows may still have the search keys of an older program.
    unfilled: bool,
    /// Who has left this feed, with their cases: what was shown of them goes too.
    left: HashSet<Id>,
    /// Documents whose view must be made anew, with the commands that are replayed no more.
    stale: BTreeMap<String, Vec<Asked>>,
}

impl<'a> Page<'a> {
    fn new(store: &'a Store, tx: &'a Transaction<'a>) -> Result<Page<'a>> {
        Ok(Page {
            store,
            tx,
            rows: HashMap::new(),
            met: Vec::new(),
            causes: HashSet::new(),
            silent: outbox::is_empty(tx)?,
            pending: outbox::pending_subjects(tx)?.into_iter().collect(),
            unfilled: key_fill::is_due(tx)?,
            left: HashSet::new(),
            stale: BTreeMap::new(),
        })
    }

    fn fold(&mut self, fed: &FeedFact, fact: &Fact) -> Result<()> {
        if let Change::Decided { outcome, content } = &fact.change {
            if self.silent {
                return Ok(());
            }
            if let Some(content) = content
                && !outbox::has_content(self.tx, fact.entity, content)?
            {
                return Ok(());
            }
            outbox::set_outcome(self.tx, fact.entity, outcome)?;
            return self.tell(fact.entity);
        }
        if matches!(fact.change, Change::Unknown(_)) {
            unread_fact::keep(self.tx, fed.seq, fact.entity, &fed.body)?;
        }
        self.tell(fact.cause)?;
        if !self.meet(fact)? {
            return Ok(());
        }
        if matches!(fact.change, Change::PersonLeft { .. }) {
            self.leave(fed.seq, fact.entity)?;
        }
        match self.rows.get_mut(&fact.entity) {
            Some(Entity::Person(kept)) => {
                evolve::person(&mut kept.base, fact);
                kept.seq = fed.seq;
            }
            Some(Entity::Case(kept)) => {
                evolve::case(&mut kept.base, fact);
                kept.seq = fed.seq;
            }
            None => {}
        }
        Ok(())
    }

    /// The cases of somebody who has left go with them.
    fn leave(&mut self, seq: u64, person: Id) -> Result<()> {
        for case in entity::ids_of_cases(self.tx, person)? {
            if let Some(row @ Entity::Case(_)) = entity::find(self.tx, case)?
                && !self.rows.contains_key(&case)
            {
                self.met.push((case, BTreeSet::new()));
                self.rows.insert(case, row);
            }
        }
        self.left.insert(person);
        for (id, row) in &mut self.rows {
            if let Entity::Case(kept) = row
                && kept.base.as_ref().is_some_and(|case| case.person == person)
            {
                (kept.base, kept.seq) = (None, seq);
                self.left.insert(*id);
            }
        }
        Ok(())
    }

    /// A fact from this command has come: if it is ours, it is replayed no more.
    fn tell(&mut self, command: Id) -> Result<()> {
        if self.silent {
            return Ok(());
        }
        if self.causes.insert(command)
            && let Some((subject, asked)) = outbox::tell(self.tx, command)?
        {
            self.stale.entry(subject).or_default().push(asked);
        }
        Ok(())
    }

    /// Reads the fact's row, once. False for a fact about what is not here and does not begin.
    fn meet(&mut self, fact: &Fact) -> Result<bool> {
        if self.rows.contains_key(&fact.entity) {
            return Ok(true);
        }
        let row = match entity::find(self.tx, fact.entity)? {
            Some(row) => row,
            None => match &fact.change {
                Change::PersonOpened { .. } | Change::PersonCopied { .. } => {
                    Entity::Person(nothing())
                }
                Change::CaseOpened { .. } | Change::CaseCopied { .. } => Entity::Case(nothing()),
                _ => return Ok(false),
            },
        };
        let keys = match &row {
            Entity::Person(kept) => self.keys_before(kept.base.as_ref()),
            Entity::Case(_) => BTreeSet::new(),
        };
        self.met.push((fact.entity, keys));
        self.rows.insert(fact.entity, row);
        Ok(true)
    }

    /// The keys that a row may have.
    fn keys_before(&mut self, person: Option<&Person>) -> BTreeSet<String> {
        let mut keys = self.keys(person);
        if let Some(person) = person.filter(|_| self.unfilled) {
            let subject = subject_of_person(self.store, person);
            keys.extend(person_key::keys_before_spelling(person, &subject));
        }
        keys
    }

    fn keys(&mut self, person: Option<&Person>) -> BTreeSet<String> {
        let Some(person) = person else {
            return BTreeSet::new();
        };
        for document in person.documents().filter(|_| !self.pending.is_empty()) {
            let subject = self.store.subject(&document.number);
            if self.pending.contains(&subject) {
                self.stale.entry(subject).or_default();
            }
        }
        self.store.keys_of(person)
    }

    /// Writes bases, then makes the views that may have changed.
    fn write(mut self) -> Result<()> {
        let mut changes = person_key::Changes::default();
        for (id, had) in std::mem::take(&mut self.met) {
            match self.rows.remove(&id) {
                Some(Entity::Person(mut kept)) => {
                    if kept.base.is_some() || self.left.contains(&id) {
                        kept.view = None;
                    }
                    entity::put_person(self.tx, id, &kept)?;
                    let has = self.keys(kept.base.as_ref());
                    match self.unfilled {
                        true => changes.write(id, &had, &has),
                        false => changes.replace(id, &had, &has),
                    }
                }
                Some(Entity::Case(mut kept)) => {
                    if kept.base.is_some() || self.left.contains(&id) {
                        kept.view = None;
                    }
                    entity::put_case(self.tx, id, &kept)?;
                    if let Some(case) = kept.base.as_ref().filter(|case| self.is_asked_for(case)) {
                        page_out::offer(self.tx, &case.pages)?;
                    }
                    self.mind_person_of(&kept)?;
                }
                None => {}
            }
        }
        changes.apply(self.tx)?;
        for (subject, told) in &self.stale {
            let group = Group::load_after(self.store, self.tx, subject, told)?;
            let mut state = group.base();
            replay(&mut state, &group.pending(self.tx)?, self.store.catalog());
            group.show(self.tx, &state)?;
        }
        Ok(())
    }

    fn is_asked_for(&self, case: &Case) -> bool {
        !self.silent && matches!(case.stage, Stage::AwaitingPages { .. })
    }

    fn mind_person_of(&mut self, case: &Kept<domain::Case>) -> Result<()> {
        let Some(case) = case.shown().filter(|_| !self.pending.is_empty()) else {
            return Ok(());
        };
        if let Some(person) = entity::find_person(self.tx, case.person)? {
            self.keys(person.shown());
        }
        Ok(())
    }
}

fn nothing<T>() -> Kept<T> {
    Kept {
        base: None,
        view: None,
        seq: 0,
    }
}
