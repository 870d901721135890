//! What the centre knows about everything that a batch touches, kept up while the batch is decided.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::{
    Act, Case, Change, Command, Division, Document, Fact, Id, Key, Person, Seen, State, evolve,
    touches,
};

use crate::store::command::Known;

/// The knowledge at hand. For what was locked it is complete: the whole city's.
#[derive(Default)]
pub struct City {
    /// Everybody touched.
    pub people: BTreeMap<Id, Person>,
    /// All their cases.
    pub cases: BTreeMap<Id, Case>,
    /// The feeds that carry them.
    pub feeds: BTreeMap<Id, BTreeSet<Division>>,
    /// Hashes of pages that are stored.
    pub stored: BTreeSet<String>,
    /// Held commands that somebody settles.
    pub held: BTreeMap<Id, Command>,
    /// Commands named by others: waited for, replaced, settled, answered.
    pub known: BTreeMap<Id, Known>,
    /// The people above by document, and their cases: a batch of 2,000 must not look through all.
    carriers: HashMap<Document, BTreeSet<Id>>,
    cases_of: BTreeMap<Id, BTreeSet<Id>>,
}

impl City {
    /// Takes in a person as they stand.
    pub fn know_person(&mut self, person: Person) {
        for document in person.documents() {
            let carriers = self.carriers.entry(document.clone());
            carriers.or_default().insert(person.id);
        }
        self.people.insert(person.id, person);
    }

    /// Takes in a case as it stands.
    pub fn know_case(&mut self, case: Case) {
        self.cases_of
            .entry(case.person)
            .or_default()
            .insert(case.id);
        self.cases.insert(case.id, case);
    }

    /// The cases of a person.
    pub fn cases_of(&self, person: Id) -> impl Iterator<Item = &Case> {
        let cases = self.cases_of.get(&person).into_iter().flatten();
        cases.filter_map(|id| self.cases.get(id))
    }

    /// What a command is decided on.
    pub fn state_for(&self, command: &Command) -> State {
        let mut people = BTreeSet::new();
        for key in touches(command) {
            self.add_touched(&key, &mut people);
        }
        let chosen = |id: &Id| self.people.get(id).cloned();
        let held = match &command.act {
            Act::Settle(settle) => self.held.get(&settle.command).cloned(),
            _ => None,
        };
        State {
            people: Seen::all(people.iter().filter_map(chosen).collect()),
            cases: Seen::all(
                people
                    .iter()
                    .flat_map(|id| self.cases_of(*id))
                    .cloned()
                    .collect(),
            ),
            stored: Seen::all(self.stored_for(command, held.as_ref())),
            held: Seen::all(held.into_iter().collect()),
        }
    }

    /// The stored ones among the pages that the decision may ask about.
    fn stored_for(&self, command: &Command, held: Option<&Command>) -> Vec<String> {
        let pages = match (&command.act, held.map(|held| &held.act)) {
            (Act::Submit(submit), _) | (_, Some(Act::Submit(submit))) => &submit.pages,
            (Act::Amend(amend), _) => &amend.pages,
            (Act::PagesStored { case }, _) => match self.cases.get(case) {
                Some(case) => &case.pages,
                None => return Vec::new(),
            },
            _ => return Vec::new(),
        };
        let hashes = pages.iter().map(|page| &page.sha256);
        hashes
            .filter(|hash| self.stored.contains(*hash))
            .cloned()
            .collect()
    }

    fn add_touched(&self, key: &Key, people: &mut BTreeSet<Id>) {
        match key {
            Key::Document(document) => {
                people.extend(self.carriers.get(document).into_iter().flatten());
            }
            Key::Person(id) => {
                people.insert(*id);
            }
            Key::Case(id) => people.extend(self.cases.get(id).map(|case| case.person)),
            Key::Held(id) => {
                let inner = self.held.get(id).map(touches).unwrap_or_default();
                for key in inner.iter().filter(|key| !matches!(key, Key::Held(_))) {
                    self.add_touched(key, people);
                }
            }
        }
    }

    /// The person that a fact is about; None for answers to commands.
    pub fn person_of(&self, fact: &Fact) -> Option<Id> {
        match &fact.change {
            Change::Decided { .. } => None,
            Change::CaseOpened { case } | Change::CaseCopied { case } => Some(case.person),
            Change::PersonOpened { .. } | Change::PersonCopied { .. } => Some(fact.entity),
            _ if self.people.contains_key(&fact.entity) => Some(fact.entity),
            _ => self.cases.get(&fact.entity).map(|case| case.person),
        }
    }

    /// Folds a fact.
    pub fn fold(&mut self, fact: &Fact) {
        let is_person = match &fact.change {
            Change::Decided { .. } => return,
            Change::PersonOpened { .. } | Change::PersonCopied { .. } => true,
            Change::CaseOpened { .. } | Change::CaseCopied { .. } => false,
            _ => self.people.contains_key(&fact.entity),
        };
        if is_person {
            let mut slot = self.people.remove(&fact.entity);
            evolve::person(&mut slot, fact);
            if let Some(person) = slot {
                self.know_person(person);
            }
        } else {
            let mut slot = self.cases.remove(&fact.entity);
            if let Some(theirs) = slot.as_ref().and_then(|c| self.cases_of.get_mut(&c.person)) {
                theirs.remove(&fact.entity);
            }
            evolve::case(&mut slot, fact);
            if let Some(case) = slot {
                self.know_case(case);
            }
        }
    }

    /// Whether this command is there and waits for somebody.
    pub fn is_held(&self, command: Id) -> bool {
        self.known.get(&command).is_some_and(|known| known.held)
    }
}
