//! What is known when a decision is made, and whether that is everything.

use serde::{Deserialize, Serialize};

use crate::{Case, Command, Document, Id, Person};

/// Known things, and whether there are no others. The loader says so; at the centre it is true.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen<T> {
    /// What is known.
    pub items: Vec<T>,
    /// No others exist.
    pub complete: bool,
}

/// The knowledge a command is decided on: what `touches` named, loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Everybody with a touched document or id.
    pub people: Seen<Person>,
    /// Every case of those people.
    pub cases: Seen<Case>,
    /// Hashes of stored and re-hashed blobs among the pages at hand.
    pub stored: Seen<String>,
    /// Touched commands that are held.
    pub held: Seen<Command>,
}

/// Something to load (and, at the centre, to lock, sorted) before deciding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Everybody who carries this document, with their cases.
    Document(Document),
    /// This person, with their cases.
    Person(Id),
    /// The person this case belongs to, with all their cases.
    Case(Id),
    /// This held command, and what it touches in turn.
    Held(Id),
}

impl<T> Seen<T> {
    /// Everything there is.
    pub fn all(items: Vec<T>) -> Seen<T> {
        Seen {
            items,
            complete: true,
        }
    }

    /// What happens to be known.
    pub fn some(items: Vec<T>) -> Seen<T> {
        Seen {
            items,
            complete: false,
        }
    }

    /// Whether none fits: Some(false) when one does, Some(true) only when everything is known.
    pub fn none(&self, hit: impl Fn(&T) -> bool) -> Option<bool> {
        if self.items.iter().any(hit) {
            Some(false)
        } else {
            self.complete.then_some(true)
        }
    }
}

impl State {
    /// Knowledge of nothing; `complete` says whether that is all there is.
    pub fn empty(complete: bool) -> State {
        State {
            people: Seen {
                items: Vec::new(),
                complete,
            },
            cases: Seen {
                items: Vec::new(),
                complete,
            },
            stored: Seen {
                items: Vec::new(),
                complete,
            },
            held: Seen {
                items: Vec::new(),
                complete,
            },
        }
    }

    /// A known person.
    pub fn find_person(&self, id: Id) -> Option<&Person> {
        self.people.items.iter().find(|person| person.id == id)
    }

    /// A known case.
    pub fn find_case(&self, id: Id) -> Option<&Case> {
        self.cases.items.iter().find(|case| case.id == id)
    }

    /// The known cases of one person.
    pub fn cases_of(&self, person: Id) -> impl Iterator<Item = &Case> {
        self.cases
            .items
            .iter()
            .filter(move |case| case.person == person)
    }
}
