//! Readings: what a card said, kept in memory under an id. The window gets the id and what to
//! show, never the identity, so that no page code can alter who was read.
//!
//! Also here: the mapping from the four kinds of card to `domain::Identity`, and what else they say,
//! which is shown and not stored. Not here: the raw block, of which only the hash is kept as
//! evidence; the photo's picture is made in `devices::photos`. Fingerprints and the number of the
//! card's body are never shown: nobody at the counter needs them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use chrono::{DateTime, SubsecRound, Utc};
use domain::id_number::mask;
use domain::identity::Evidence;
use domain::{Document, DocumentKind, Id, Identity, Sex};
use drivers::id_card::pcsc;
use drivers::id_card::sdt::BodyNumber;
use drivers::id_card::text::{self, IdCard, Kind, ValidTo};
use drivers::social_card;

use crate::view::DocumentExtras;

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
    /// What else the card says.
    pub extras: DocumentExtras,
    /// The photo as it is on the card: 1024 bytes, WLT. No open decoder exists.
    pub photo: Option<Vec<u8>>,
    /// The photo as a bitmap, once a program has decoded it.
    pub picture: Option<Arc<Vec<u8>>>,
    /// The number of the card's body, where the reader tells it.
    pub body: Option<BodyNumber>,
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
            extras: extras(&read.card),
            photo: read.photo,
            picture: None,
            body: read.body_number,
            taken_at: read.taken_at,
        }
    }

    /// A known person whose social-security card was read: who they are is in the record.
    pub fn social(id: Id, identity: Identity, read: &social_card::Reading) -> Reading {
        let proof = read.evidence();
        let evidence = Evidence::SocialCardRead {
            reader: proof.reader,
            block_sha256: proof.block_sha256,
            read_at: to_the_millisecond(proof.read_at),
        };
        let taken_at = read.taken_at;
        Reading {
            taken_at,
            ..Reading::typed(id, identity, evidence)
        }
    }

    /// What was typed by hand where no card could be read.
    pub fn typed(id: Id, identity: Identity, evidence: Evidence) -> Reading {
        Reading {
            id,
            identity,
            evidence,
            extras: DocumentExtras::default(),
            photo: None,
            picture: None,
            body: None,
            taken_at: Instant::now(),
        }
    }

    /// Whether an identity card was read: it has a photo, or a figure in its place.
    pub fn is_of_identity_card(&self) -> bool {
        matches!(self.evidence, Evidence::CardRead { .. })
    }

    /// Whether both are of one card, whichever readers it lay on.
    fn is_of_same_card(&self, other: &Reading) -> bool {
        let one_body = self.body.zip(other.body).is_none_or(|(a, b)| a == b);
        let text = block_of(&self.evidence);
        text.is_some() && text == block_of(&other.evidence) && one_body
    }
}

/// The readings of a counter, a limited number for a limited time.
#[derive(Default)]
pub struct Readings(VecDeque<Reading>);

impl Readings {
    /// Keeps one more. A card that is laid again takes its own reading's place, under the id the
    /// window knows: it is nobody new. Answers under which id it is kept.
    pub fn keep(&mut self, mut reading: Reading) -> Id {
        self.forget_old(reading.taken_at);
        let known = self.0.iter().position(|one| one.is_of_same_card(&reading));
        if let Some(before) = known.and_then(|at| self.0.remove(at)) {
            reading.id = before.id;
            reading.picture = before.picture.filter(|_| before.photo == reading.photo);
        }
        if self.0.len() == READINGS_LIMIT {
            self.0.pop_front();
        }
        let id = reading.id;
        self.0.push_back(reading);
        id
    }

    /// Keeps the picture of a reading's photo, while the reading is kept.
    pub fn keep_picture(&mut self, id: Id, picture: &Arc<Vec<u8>>) {
        if let Some(reading) = self.0.iter_mut().find(|reading| reading.id == id) {
            reading.picture = Some(Arc::clone(picture));
        }
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

    /// The newest photo that is kept.
    pub fn find_photo(&mut self, now: Instant) -> Option<Vec<u8>> {
        self.forget_old(now);
        self.0
            .iter()
            .rev()
            .find_map(|reading| reading.photo.clone())
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

/// The hash of what a card said.
fn block_of(evidence: &Evidence) -> Option<&str> {
    match evidence {
        Evidence::CardRead { block_sha256, .. } | Evidence::SocialCardRead { block_sha256, .. } => {
            Some(block_sha256)
        }
        Evidence::Typed { .. } => None,
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

/// What a card says besides.
fn extras(card: &IdCard) -> DocumentExtras {
    DocumentExtras {
        appended_address: card.appended_address.clone(),
        masked_pass_number: card.pass_number.as_deref().map(mask),
        issue_count: card.issue_count.clone(),
        card_version: card.card_version.clone(),
        renewal_count: card.renewal_count.clone(),
        former_number: card.former_number.clone(),
    }
}

/// How a card was read.
pub fn evidence(read: &pcsc::Reading) -> Evidence {
    let proof = read.evidence();
    Evidence::CardRead {
        reader: proof.reader,
        sam_id: proof.sam_id,
        block_sha256: proof.block_sha256,
        read_at: Some(to_the_millisecond(proof.read_at)),
    }
}

fn to_the_millisecond(moment: SystemTime) -> DateTime<Utc> {
    DateTime::<Utc>::from(moment).trunc_subsecs(3)
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
