//! A person's record: identity, standings (registered unemployed, recognised hardship …), known
//! employment, the answers worth remembering, and the line of their life.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::planted::{self, Planted::LastWriterWins};
use crate::{Division, Document, Id, Identity, Reason};

mod join;

/// One resident, for life.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Person {
    /// Given by the centre.
    pub id: Id,
    /// As last seen on a document.
    pub identity: Identity,
    /// The community whose feed is this person's home.
    pub home: Division,
    /// Remembered answers by field id: phone, residence, education …
    pub known: BTreeMap<String, String>,
    /// Values that contradicted each other and wait for a person to settle.
    pub conflicts: Vec<Conflict>,
    /// What they are, by standing name.
    pub standings: BTreeMap<String, Standing>,
    /// Employment the centre knows of.
    pub employments: Vec<Employment>,
    /// What happened, in the order it was established.
    pub life: Vec<Event>,
    /// A newer program wrote something this one cannot read: show, do not change.
    pub frozen: bool,
    /// Documents that named this person before: a number that was corrected, a second record's.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<Document>>", optional)]
    pub formerly: Vec<Document>,
    /// This record was a second one of the person named here, and is read no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub merged_into: Option<Id>,
}

/// A state that a business grants: `registered_unemployed`, `hardship`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Standing {
    /// The business date it counts from.
    pub since: NaiveDate,
    /// The case that granted it.
    pub case: Id,
    /// Where it was granted.
    pub at: Division,
    /// Set when it ended.
    pub until: Option<NaiveDate>,
}

/// Employment as filed by an employer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Employment {
    /// The employer's name.
    pub employer: String,
    /// First day.
    pub since: NaiveDate,
    /// Last day, when filed.
    pub until: Option<NaiveDate>,
    /// Where the word comes from, with its date: `用工备案 2026-10-31`.
    pub source: String,
}

/// Two values for one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Conflict {
    /// Field id.
    pub field: String,
    /// What stands now.
    pub kept: String,
    /// What somebody else wrote.
    pub other: String,
    /// The command that wrote it.
    pub by: Id,
}

/// One point on the line of a life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Event {
    /// When the act behind it was made.
    pub at: DateTime<Utc>,
    /// What happened.
    pub what: EventKind,
    /// Who did it, as the office calls them.
    pub by: String,
    /// Where.
    pub place: Division,
    /// The case it belongs to.
    pub case: Option<Id>,
    /// The business it belongs to.
    pub business: Option<String>,
    /// Why, where a reason was given.
    pub reasons: Vec<Reason>,
}

/// Kinds of events; words in the locale files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EventKind {
    /// First seen by the city.
    PersonOpened,
    /// A case was taken.
    CaseOpened,
    /// All its pages are at the centre.
    PagesComplete,
    /// A review step was passed.
    StepApproved,
    /// Sent back to the station.
    CaseReturned,
    /// Corrected and sent again.
    CaseAmended,
    /// Granted.
    CaseGranted,
    /// Refused.
    CaseRefused,
    /// Somebody asked for what exists already.
    Attempted,
    /// An employer filed employment.
    Employed,
    /// The document or name was settled by a person.
    IdentitySettled,
    /// One of two values that were written was chosen.
    AnswerSettled,
    /// The document's number was corrected.
    Renumbered,
    /// A second record of the same person was joined to this one.
    RecordsMerged,
    /// What was somebody else's left this record, or came from another one.
    RecordSplit,
    /// They live in another community now.
    HomeMoved,
}

/// A change of one remembered answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FieldChange {
    /// Field id.
    pub field: String,
    /// What the author saw there.
    pub was: Option<String>,
    /// What they wrote.
    pub now: String,
}

impl Person {
    /// A person about whom only a document is known.
    pub fn new(id: Id, identity: Identity, home: Division) -> Person {
        Person {
            id,
            identity,
            home,
            known: BTreeMap::new(),
            conflicts: Vec::new(),
            standings: BTreeMap::new(),
            employments: Vec::new(),
            life: Vec::new(),
            frozen: false,
            formerly: Vec::new(),
            merged_into: None,
        }
    }

    /// Whether this document names the person, or did before.
    pub fn answers_to(&self, document: &Document) -> bool {
        self.identity.document == *document || self.formerly.contains(document)
    }

    /// Every document that names the person or did before, today's first.
    pub fn documents(&self) -> impl Iterator<Item = &Document> {
        std::iter::once(&self.identity.document).chain(&self.formerly)
    }

    /// Conflicts that are not settled: what stood then still stands. Who writes another value
    /// afterwards, knowing both, has settled it; the two values stay on record.
    pub fn unsettled(&self) -> impl Iterator<Item = &Conflict> {
        let stands = |conflict: &&Conflict| self.known.get(&conflict.field) == Some(&conflict.kept);
        self.conflicts.iter().filter(stands)
    }

    /// A person has chosen among the values of a field; `of` are the commands whose values were told.
    pub fn settle(&mut self, field: &str, value: &str, of: &[Id]) {
        self.known.insert(field.to_owned(), value.to_owned());
        self.conflicts
            .retain(|conflict| conflict.field != field || !of.contains(&conflict.by));
    }

    /// The standing of this name that is in force.
    pub fn standing(&self, name: &str) -> Option<&Standing> {
        self.standings
            .get(name)
            .filter(|standing| standing.until.is_none())
    }

    /// The employment in force on `day`.
    pub fn employed_on(&self, day: NaiveDate) -> Option<&Employment> {
        self.employments
            .iter()
            .find(|job| job.since <= day && job.until.is_none_or(|until| until >= day))
    }

    /// Takes a change: a conflict only when what stands is neither what the author saw nor what
    /// they wrote. Both values are kept then.
    pub fn change(&mut self, change: &FieldChange, by: Id) {
        let current = self.known.get(&change.field);
        let agrees = current.is_none() || current == change.was.as_ref();
        match current {
            Some(current) if *current == change.now => {}
            Some(current) if !agrees && !planted::is(LastWriterWins) => {
                self.conflicts.push(Conflict {
                    field: change.field.clone(),
                    kept: current.clone(),
                    other: change.now.clone(),
                    by,
                })
            }
            _ => {
                self.known.insert(change.field.clone(), change.now.clone());
            }
        }
    }
}
