//! Taps, the person page and search rows.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use domain::case::Answers;
use domain::person::{Conflict, Employment, Event, Standing};
use domain::retirement::Retirement;
use domain::{Division, DocumentKind, Id, Reason, Sex};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{CaseRow, NoticeState};

/// A card was read, or could not be.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "tap", rename_all = "snake_case")]
#[ts(export)]
pub enum Tap {
    /// Read: the reading's id and the person page's data.
    Read {
        /// Opaque; the page never carries the identity itself.
        reading: Id,
        /// What to show.
        page: Box<PersonPage>,
        /// The card that was read last was laid again: nobody new.
        again: bool,
        /// From the last byte of the card to this event.
        took_ms: f64,
    },
    /// Not read.
    Failed {
        /// `card.…`
        reason: Reason,
    },
    /// Somebody's own card, for a log-in that waits for it; why it cannot serve, or None when it is there.
    Own {
        /// `card.…` or `auth.card_no_photo`.
        reason: Option<Reason>,
    },
    /// Lifted.
    Removed,
}

/// The person page.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PersonPage {
    /// Known person, if the record is here (or provisional).
    pub person: Option<Id>,
    /// The reading, when the page comes from a card.
    pub reading: Option<Id>,
    /// The reading is of a card with a photo: `page://localhost/{reading}?photo`.
    pub photo: bool,
    /// Card face.
    pub face: Face,
    /// What to mind, worst first.
    pub alerts: Vec<Alert>,
    /// What to do today, as one sentence.
    pub advice: Reason,
    /// Legal retirement date; two where the group is unknown.
    pub retirement: Vec<Retirement>,
    /// Remembered answers by field id.
    pub known: Answers,
    /// Contradictions.
    pub conflicts: Vec<Conflict>,
    /// Standings in force or ended.
    pub standings: BTreeMap<String, Standing>,
    /// Known employment.
    pub employments: Vec<Employment>,
    /// Cases, newest first.
    pub cases: Vec<CaseRow>,
    /// The line of the life, newest first.
    pub life: Vec<Event>,
    /// Whether they were told how their data are handled.
    pub notice: NoticeState,
    /// The record cannot be changed until the program is updated.
    pub frozen: bool,
}

/// The card as printed, number masked.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct Face {
    /// Name.
    pub name: String,
    /// The name has a character that nobody can draw or look up: it is on the card's print only.
    pub name_incomplete: bool,
    /// Latin name of a foreigner.
    pub latin_name: Option<String>,
    /// Document kind.
    pub kind: domain::DocumentKind,
    /// Masked number.
    pub masked_number: String,
    /// Sex.
    pub sex: Sex,
    /// GB/T 3304 code.
    pub ethnic: Option<String>,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Full years today.
    pub age: i32,
    /// Address as printed.
    pub address: String,
    /// Issuing authority.
    pub issuer: String,
    /// First day of validity.
    pub valid_from: Option<NaiveDate>,
    /// Last day; None is 长期.
    pub valid_to: Option<NaiveDate>,
    /// Three-letter nationality.
    pub nationality: Option<String>,
    /// What else stands on a card that was read; empty without a reading.
    pub extras: DocumentExtras,
}

/// What a card says besides who its owner is: shown while it was just read, never stored or sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct DocumentExtras {
    /// An address written to the card after it was made.
    pub appended_address: Option<String>,
    /// Residence permit: the travel permit's number, masked.
    pub masked_pass_number: Option<String>,
    /// Residence permit: how often issued.
    pub issue_count: Option<String>,
    /// Foreigner's card of 2017: its version.
    pub card_version: Option<String>,
    /// Foreigner's card of 2023: how often renewed.
    pub renewal_count: Option<String>,
    /// Foreigner's card of 2023: the relation to the old number of 15 characters.
    pub former_number: Option<String>,
}

/// Something to mind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct Alert {
    /// How bad.
    pub level: AlertLevel,
    /// What, and with which particulars.
    pub reason: Reason,
    /// The case or draft it leads to.
    pub case: Option<Id>,
}

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AlertLevel {
    /// Stops something.
    Stop,
    /// To be minded.
    Warn,
    /// Good to know.
    Note,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PeopleFound {
    /// The best first.
    pub rows: Vec<PersonRow>,
    /// There are more than are shown.
    pub more: bool,
    /// Digits that are no number yet: nothing was looked for.
    pub unfinished: bool,
}

/// A row of a people search.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(export)]
pub struct PersonRow {
    /// Person id.
    pub person: Id,
    /// Name.
    pub name: String,
    /// Masked number.
    pub masked_number: String,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Names of standings in force.
    pub standings: Vec<String>,
    /// The community they live in.
    pub home: Division,
    /// What fitted.
    pub matched: Matched,
    /// The pinyin that fitted.
    pub spelled: Option<String>,
    /// It fitted whole, not only its beginning.
    pub exact: bool,
}

/// What of a person fitted what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Matched {
    /// The document's number.
    Number,
    /// Its last four.
    LastFour,
    /// The phone number.
    Phone,
    /// The name.
    Name,
    /// The name in pinyin.
    Pinyin,
    /// The first letters of its pinyin.
    Initials,
}

/// A document copied by hand, as typed.
#[derive(Clone, PartialEq, Eq, Deserialize, TS)]
#[ts(export)]
pub struct TypedIdentity {
    /// Which document.
    pub kind: DocumentKind,
    /// Its number.
    pub number: String,
    /// The name.
    pub name: String,
    /// Sex, once chosen.
    pub sex: Option<Sex>,
    /// `YYYY-MM-DD`, as far as typed.
    pub birth: String,
    /// May be empty.
    pub address: String,
    /// Why no card was read: a code of the form, or words.
    pub reason: String,
}

/// What can be said of a document that is being typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TypedCheck {
    /// Sex as the number says it.
    pub sex: Option<Sex>,
    /// Date of birth as the number says it.
    pub birth: Option<NaiveDate>,
    /// What is wrong or lacks, in the form's order.
    pub faults: Vec<TypedFault>,
}

/// One thing wrong with one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(export)]
pub struct TypedFault {
    /// `number`, `name`, `sex`, `birth`, `address`, `reason`.
    pub field: String,
    /// What.
    pub reason: Reason,
}
