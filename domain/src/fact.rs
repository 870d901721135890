//! Facts: what the centre established. A fact changes one entity; its id is (cause, index).

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::case::{Answers, Page, Stage};
use crate::person::{Employment, Event, FieldChange, Standing};
use crate::{Case, Division, Id, Identity, Person, Reason, older};

/// One change of one entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fact {
    /// The person, case or command it is about.
    pub entity: Id,
    /// The command behind it.
    pub cause: Id,
    /// Its place among the cause's facts.
    pub index: u16,
    /// What changed.
    pub change: Change,
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "outcome", rename_all = "snake_case")]
#[ts(export)]
pub enum Outcome {
    /// Done.
    Accepted,
    /// In the workflow: review, pages, outside data. A final outcome follows.
    Awaiting {
        /// What it waits for.
        reasons: Vec<Reason>,
    },
    /// Refused; an answer, not an error.
    Rejected {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// A person must look first.
    Held {
        /// At what.
        reason: Reason,
    },
}

/// The changes. A kind this program does not know is kept raw and freezes its entity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A person enters the record.
    PersonOpened {
        /// As it stands then.
        person: Box<Person>,
    },
    /// A whole person, for a feed that serves them as a visitor.
    PersonCopied {
        /// As it stands.
        person: Box<Person>,
    },
    /// A document was seen again, or settled.
    IdentitySeen {
        /// What it says.
        identity: Identity,
    },
    /// A remembered answer changed.
    AnswerChanged {
        /// From what to what.
        change: FieldChange,
    },
    /// A standing begins.
    StandingOpened {
        /// Its name.
        name: String,
        /// Its particulars.
        standing: Standing,
    },
    /// A standing ends.
    StandingClosed {
        /// Its name.
        name: String,
        /// Last day.
        until: NaiveDate,
    },
    /// Employment became known.
    EmploymentRecorded {
        /// Its particulars.
        employment: Employment,
    },
    /// Something happened in this person's life.
    Happened {
        /// What.
        event: Event,
    },
    /// A case was opened.
    CaseOpened {
        /// As it stands then.
        case: Box<Case>,
    },
    /// A whole case, for a feed that serves its person as a visitor.
    CaseCopied {
        /// As it stands.
        case: Box<Case>,
    },
    /// A case moved.
    CaseMoved {
        /// To where.
        stage: Stage,
        /// Who approved the step it left, if that is why.
        #[serde(default)]
        approved_by: Option<Id>,
    },
    /// A returned case was corrected.
    CaseAmended {
        /// The form, whole.
        answers: Answers,
        /// The papers, whole.
        pages: Vec<Page>,
        /// Where it goes.
        stage: Stage,
        /// What a person must look at.
        pending: Vec<Reason>,
    },
    /// One of several values of an answer was chosen.
    AnswerSettled {
        /// Field id.
        field: String,
        /// The value that is right.
        value: String,
        /// The commands whose values were told.
        of: Vec<Id>,
    },
    /// The person goes by another number.
    Renumbered {
        /// What the document says.
        identity: Identity,
    },
    /// The record was a second one of another person's.
    PersonMerged {
        /// Whose.
        into: Id,
    },
    /// Another record, or a part of one, is this person's.
    PersonJoined {
        /// What it holds.
        other: Box<Person>,
    },
    /// Cases of this record are another person's.
    PersonParted {
        /// Which.
        cases: Vec<Id>,
        /// Whose.
        to: Id,
    },
    /// They live in another community now.
    PersonMoved {
        /// Where.
        home: Division,
    },
    /// The feed does not carry this person any more. Told to that feed alone.
    PersonLeft {
        /// Where they live now.
        to: Division,
    },
    /// A case is another person's.
    CaseReassigned {
        /// Whose.
        person: Id,
    },
    /// A command's outcome; the entity is the command.
    Decided {
        /// What it came to.
        outcome: Outcome,
        /// Set when only the command with this content is answered (SHA-256 of its words, hex):
        /// another one stands under its id already, and keeps its own outcome.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        content: Option<String>,
    },
    /// From a newer program.
    #[serde(untagged)]
    Unknown(serde_json::Value),
}

impl Fact {
    /// Reads a fact as it came.
    pub fn read(text: &str) -> serde_json::Result<Fact> {
        let fact: Fact = serde_json::from_str(text)?;
        Ok(Fact {
            change: older::read(fact.change),
            ..fact
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_from_a_newer_program_is_kept_word_for_word() {
        let id = "018f3e1c-0000-7000-8000-000000000001";
        let newer = format!(
            r#"{{"entity":"{id}","cause":"{id}","index":0,"change":{{"kind":"teleported","to":[1,2]}}}}"#
        );
        let fact: Fact = serde_json::from_str(&newer).unwrap();
        assert!(matches!(fact.change, Change::Unknown(_)));
        assert_eq!(serde_json::to_string(&fact).unwrap(), newer);
    }

    #[test]
    fn a_known_change_is_read_as_itself() {
        let change = Change::Decided {
            outcome: Outcome::Accepted,
            content: None,
        };
        let text = serde_json::to_string(&change).unwrap();
        assert_eq!(serde_json::from_str::<Change>(&text).unwrap(), change);
    }
}
