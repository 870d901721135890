//! Two records that are one person's, and one record that is two people's.

use crate::person::{Conflict, Event, Person, Standing};
use crate::{Document, Id, Identity};

impl Person {
    /// Takes in a second record of the same person. Nothing is lost: where both know a field and
    /// disagree, both values stay for a person to settle; of two standings of one name the one that
    /// is in force stands, and of two in force the older.
    pub fn absorb(&mut self, other: &Person, by: Id) {
        for (field, value) in &other.known {
            match self.known.get(field) {
                Some(mine) if mine == value => {}
                Some(mine) => self.conflicts.push(Conflict {
                    field: field.clone(),
                    kept: mine.clone(),
                    other: value.clone(),
                    by,
                }),
                None => {
                    self.known.insert(field.clone(), value.clone());
                }
            }
        }
        // What was open there is open here, against what stands here; what was settled there stays so.
        for conflict in other.unsettled() {
            self.stand_against(conflict);
        }
        for (name, standing) in &other.standings {
            let mine = self.standings.entry(name.clone());
            let mine = mine.or_insert_with(|| standing.clone());
            if stands_before(standing, mine) {
                *mine = standing.clone();
            }
        }
        for employment in &other.employments {
            if !self.employments.contains(employment) {
                self.employments.push(employment.clone());
            }
        }
        for document in other.documents() {
            self.remember(document);
        }
        self.life = told_in_time(std::mem::take(&mut self.life), &other.life);
        self.frozen |= other.frozen;
    }

    fn stand_against(&mut self, conflict: &Conflict) {
        let Some(kept) = self.known.get(&conflict.field).cloned() else {
            return;
        };
        let is_known =
            |open: &Conflict| open.field == conflict.field && open.other == conflict.other;
        if kept != conflict.other && !self.unsettled().any(is_known) {
            self.conflicts.push(Conflict {
                kept,
                ..conflict.clone()
            });
        }
    }

    /// The document was corrected: what named the person so far is remembered.
    pub fn renumber(&mut self, identity: &Identity) {
        let before = self.identity.document.clone();
        self.identity = identity.clone();
        self.formerly
            .retain(|document| *document != identity.document);
        self.remember(&before);
    }

    /// What these cases brought into the record, as the beginning of another one.
    pub fn part(&self, cases: &[Id], to: Person) -> Person {
        let standings = self.standings.iter();
        let life = self.life.iter();
        Person {
            standings: standings
                .filter(|(_, standing)| cases.contains(&standing.case))
                .map(|(name, standing)| (name.clone(), standing.clone()))
                .collect(),
            life: life
                .filter(|event| event.case.is_some_and(|case| cases.contains(&case)))
                .cloned()
                .collect(),
            ..to
        }
    }

    /// Lets go of what these cases brought.
    pub fn let_go(&mut self, cases: &[Id]) {
        self.standings
            .retain(|_, standing| !cases.contains(&standing.case));
        self.life
            .retain(|event| !event.case.is_some_and(|case| cases.contains(&case)));
    }

    fn remember(&mut self, document: &Document) {
        if !self.answers_to(document) {
            self.formerly.push(document.clone());
        }
    }
}

/// Whether this one of two standings of a name is the one that counts.
fn stands_before(this: &Standing, that: &Standing) -> bool {
    match (this.until, that.until) {
        (None, None) => this.since < that.since,
        (None, Some(_)) => true,
        (Some(_), None) => false,
        (Some(this), Some(that)) => this > that,
    }
}

/// Two lines of a life as one. Each keeps its own order, which is that of what was established. How they lie
/// between each other goes by when their authors say they did it, and is for people's eyes alone: nothing
/// is decided by a life or by its order.
fn told_in_time(mine: Vec<Event>, theirs: &[Event]) -> Vec<Event> {
    let mut theirs = theirs.iter().peekable();
    let mut both = Vec::with_capacity(mine.len() + theirs.len());
    for event in mine {
        while let Some(earlier) = theirs.next_if(|their| their.at < event.at) {
            both.push(earlier.clone());
        }
        both.push(event);
    }
    both.extend(theirs.cloned());
    both
}
