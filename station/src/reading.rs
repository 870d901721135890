//! Readings: what a card said, kept in memory under an id. The window gets the id and what to
//! show, never the identity, so that no page code can alter who was read.
//!
//! Also here: the mapping from the four kinds of card to `domain::Identity`. Not here: the raw
//! block, of which only the hash is kept as evidence.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use chrono::{DateTime, SubsecRound, Utc};
use domain::identity::Evidence;
use domain::sync::sha256_hex;
use domain::{Document, DocumentKind, Id, Identity, Sex};
use drivers::id_card::pcsc;
use drivers::id_card::text::{self, IdCard, Kind, ValidTo};
use drivers::social_card;

/// More readings than this are not kept: the oldest goes first.
pub const READINGS_LIMIT: usize = 32;
/// A reading is kept for this long: a form is opened while the resident is still there.
pub const READING_LIFE: Duration = Duration::from_secs(30 * 60);

/// A card that was read.
#[derive(Clone)]
pub struct Reading {
    /// Opaque; what the window knows it by.
    pub id: Id,
    /// Who the card says it is.
    pub identity: Identity,
    /// How it was read.
    pub evidence: Evidence,
    /// An address written to the card after it was made.
    pub appended_address: Option<String>,
    /// The photo as it is on the card: 1024 bytes, WLT. No open decoder exists.
    pub photo: Option<Vec<u8>>,
    /// When its last byte had come.
    pub taken_at: Instant,
}

impl std::fmt::Debug for Reading {
    /// The id only: a card must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reading({})", self.id)
    }
}

impl Reading {
    /// A reading from what the reader delivered.
    pub fn new(id: Id, read: pcsc::Reading) -> Reading {
        Reading {
            id,
            identity: identity(&read.card),
            evidence: evidence(&read),
            appended_address: read.card.appended_address,
            photo: read.photo,
            taken_at: read.taken_at,
        }
    }

    /// A known person whose social-security card was read: who they are is in the record.
    pub fn social(id: Id, identity: Identity, read: &social_card::Reading) -> Reading {
        Reading {
            id,
            identity,
            evidence: Evidence::SocialCardRead {
                reader: read.reader.clone(),
                block_sha256: sha256_hex(&read.raw),
                read_at: by_the_clock(read.taken_at),
            },
            appended_address: None,
            photo: None,
            taken_at: read.taken_at,
        }
    }

    /// What was typed by hand where no card could be read.
    pub fn typed(id: Id, identity: Identity, evidence: Evidence) -> Reading {
        Reading {
            id,
            identity,
            evidence,
            appended_address: None,
            photo: None,
            taken_at: Instant::now(),
        }
    }
}

/// The readings of a counter, a limited number for a limited time.
#[derive(Default)]
pub struct Readings(VecDeque<Reading>);

impl Readings {
    /// Keeps one more.
    pub fn keep(&mut self, reading: Reading) {
        self.forget_old(reading.taken_at);
        if self.0.len() == READINGS_LIMIT {
            self.0.pop_front();
        }
        self.0.push_back(reading);
    }

    /// A reading, while it is kept.
    pub fn find(&mut self, id: Id, now: Instant) -> Option<Reading> {
        self.forget_old(now);
        self.0.iter().find(|reading| reading.id == id).cloned()
    }

    /// The last reading of this person's document, while it is kept.
    pub fn find_of(&mut self, identity: &Identity, now: Instant) -> Option<Reading> {
        self.forget_old(now);
        let is_theirs = |reading: &&Reading| {
            reading.identity.document == identity.document && reading.identity.same_name(identity)
        };
        self.0.iter().rev().find(is_theirs).cloned()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all: the desk was locked.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    fn forget_old(&mut self, now: Instant) {
        self.0
            .retain(|reading| now.saturating_duration_since(reading.taken_at) < READING_LIFE);
    }
}

/// Who a card says it is.
pub fn identity(card: &IdCard) -> Identity {
    let latin_name = card
        .english_name
        .clone()
        .filter(|name| !name.trim().is_empty());
    // A foreigner's Chinese name may be empty; the person goes by the other one then.
    let name = match card.name.trim() {
        "" => latin_name.clone().unwrap_or_default(),
        name => name.to_owned(),
    };
    Identity {
        document: Document {
            kind: kind(card.kind),
            number: number(&card.id_number),
        },
        name,
        latin_name,
        sex: sex(card.sex),
        ethnic: card.ethnic_code.clone(),
        birth: card.birth,
        address: card.address.clone().unwrap_or_default(),
        issuer: card.issuing_authority.clone().unwrap_or_default(),
        valid_from: Some(card.valid_from),
        valid_to: match card.valid_to {
            ValidTo::LongTerm => None,
            ValidTo::Date(last) => Some(last),
        },
        nationality: card.nationality.clone(),
    }
}

/// How a card was read.
pub fn evidence(read: &pcsc::Reading) -> Evidence {
    Evidence::CardRead {
        reader: read.reader.clone(),
        sam_id: read.sam_id.as_ref().map(ToString::to_string),
        block_sha256: sha256_hex(&read.card.raw),
        read_at: Some(by_the_clock(read.taken_at)),
    }
}

/// A moment of this process as the station's clock has it, to the millisecond.
fn by_the_clock(moment: Instant) -> DateTime<Utc> {
    (Utc::now() - moment.elapsed()).trunc_subsecs(3)
}

fn kind(kind: Kind) -> DocumentKind {
    match kind {
        Kind::Citizen => DocumentKind::CitizenCard,
        Kind::HkMacauTaiwan => DocumentKind::HkMoTwPermit,
        Kind::Foreigner2017 => DocumentKind::Foreigner2017,
        Kind::Foreigner2023 => DocumentKind::Foreigner2023,
    }
}

fn sex(sex: text::Sex) -> Sex {
    match sex {
        text::Sex::Unknown => Sex::Unknown,
        text::Sex::Male => Sex::Male,
        text::Sex::Female => Sex::Female,
        text::Sex::NotStated => Sex::NotStated,
    }
}

/// Upper case, no blanks: the check character `x` is found on cards too.
fn number(number: &str) -> String {
    number
        .chars()
        .filter(|c| !c.is_whitespace())
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
#[path = "reading_tests.rs"]
mod tests;
