//! A card, read: the same whatever kind of reader it came from, with the evidence of the read.
//!
//! Not here: how long readings are kept and who sees them (`station`).

use super::module::Content;
use super::sdt::{BodyNumber, SamId};
use super::text::{self, IdCard};
use crate::error::CardError;
use sha2::{Digest, Sha256};
use std::time::{Instant, SystemTime};

/// A card, read.
#[derive(Clone)]
pub struct Reading {
    /// Name of the reader.
    pub reader: String,
    /// Name of the profile that fitted.
    pub profile: String,
    /// Number of the security module, where the way of reading tells it.
    pub sam_id: Option<SamId>,
    /// The card.
    pub card: IdCard,
    /// The photo as it is on the card: 1024 bytes, WLT; `photo` has a decoder's socket.
    pub photo: Option<Vec<u8>>,
    /// The fingerprint block, 1024 bytes, where the profile wants it.
    pub fingerprints: Option<Vec<u8>>,
    /// The number of the card's body, where the profile wants it and the module tells it.
    pub body_number: Option<BodyNumber>,
    /// Lengths, text and photo as they came, 260 or 1284 bytes.
    pub raw: Vec<u8>,
    /// When the last byte had come.
    pub taken_at: Instant,
    /// The same by the wall clock.
    pub read_at: SystemTime,
    /// From connecting to the last byte, milliseconds.
    pub exchange_ms: u32,
}

impl std::fmt::Debug for Reading {
    /// Leaves the content out: a card must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading")
            .field("reader", &self.reader)
            .field("profile", &self.profile)
            .field("kind", &self.card.kind)
            .field("exchange_ms", &self.exchange_ms)
            .finish_non_exhaustive()
    }
}

/// What proves that a card was read: kept with the command. The content is in it as a hash only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// Name of the reader.
    pub reader: String,
    /// The security module's number as it is printed on the reader.
    pub sam_id: Option<String>,
    /// When, by the wall clock.
    pub read_at: SystemTime,
    /// SHA-256 of the 256-byte text block, or of a social-security card's records, 64 hexadecimal
    /// digits.
    pub block_sha256: String,
}

impl Reading {
    /// The reading of what a card held, `started` being when the exchange began.
    pub(super) fn new(
        reader: &str,
        profile: &str,
        content: Content,
        started: Instant,
    ) -> Result<Self, CardError> {
        let (taken_at, read_at) = (Instant::now(), SystemTime::now());
        let mut card = text::decode(&content.base.text)?;
        card.appended_address = content.appended_address;
        let exchange = taken_at.duration_since(started).as_millis();
        Ok(Self {
            reader: reader.to_string(),
            profile: profile.to_string(),
            sam_id: content.sam_id,
            card,
            photo: content.base.photo,
            fingerprints: content.fingerprints,
            body_number: content.body_number,
            raw: content.raw,
            taken_at,
            read_at,
            exchange_ms: u32::try_from(exchange).unwrap_or(u32::MAX),
        })
    }

    /// What proves the read.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let sam_id = self.sam_id.as_ref().map(ToString::to_string);
        Evidence::of(&self.reader, sam_id, self.read_at, &self.card.raw)
    }
}

impl Evidence {
    pub(crate) fn of(
        reader: &str,
        sam_id: Option<String>,
        read_at: SystemTime,
        block: &[u8],
    ) -> Self {
        let hash = Sha256::digest(block);
        Self {
            reader: reader.to_string(),
            sam_id,
            read_at,
            block_sha256: hash.iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id_card::sdt;
    use crate::virtual_card::samples;

    fn reading() -> Reading {
        let card = samples::find("citizen").unwrap().card;
        let text = text::encode(&card).unwrap();
        let raw = sdt::join_base(&text, None);
        let content = Content {
            sam_id: Some(SamId([7; 16])),
            base: sdt::split_base(&raw).unwrap(),
            raw,
            appended_address: None,
            fingerprints: Some(vec![9; 1024]),
            body_number: Some(BodyNumber([0xAB; 28])),
        };
        Reading::new("Reader 00 00", "some-profile", content, Instant::now()).unwrap()
    }

    #[test]
    fn evidence_names_reader_module_time_and_hash() {
        let (reading, evidence) = (reading(), reading().evidence());
        assert_eq!(evidence.reader, "Reader 00 00");
        let sam_id = evidence.sam_id.unwrap();
        assert!(sam_id.starts_with("1799.1799-117901063-"), "{sam_id}");
        assert!(reading.read_at.elapsed().unwrap().as_secs() < 60);
        assert_eq!(evidence.block_sha256.len(), 64);
        let mut other = reading.clone();
        other.card.raw[0] ^= 1;
        assert_ne!(other.evidence().block_sha256, evidence.block_sha256);
    }

    #[test]
    fn neither_reading_nor_evidence_shows_content_in_a_log() {
        let reading = reading();
        let shown = format!("{reading:?} {reading:#?} {:?}", reading.evidence());
        for secret in [
            reading.card.name.as_str(),
            &reading.card.id_number[6..],
            "ABAB",
            "9, 9",
            "raw",
        ] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
    }
}
