//! Whether a card is the one that was read last, on whichever reader it lies and however it was
//! read: PC/SC, USB, serial and vendors' libraries share one memory of it.
//!
//! A card is known by its text (an identity card's 256 bytes, a social-security card's records) and,
//! where both reads told it, by the number of its body: two bodies with one text are two cards. Kept
//! are marks only, which mean nothing outside this process.

use super::monitor::Reading;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// The memory of the last card.
#[derive(Default)]
pub struct LastCard {
    keys: RandomState,
    last: Mutex<Option<Mark>>,
}

/// A card, unreadable.
#[derive(Clone, Copy)]
struct Mark {
    text: u64,
    body: Option<u64>,
}

impl LastCard {
    /// Remembers a card; whether it is the one before.
    pub(super) fn is_again(&self, reading: &Reading) -> bool {
        let mark = self.mark(reading);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let before = last.filter(|last| last.is(&mark));
        *last = Some(Mark {
            // A read that does not tell the body says nothing against it.
            body: mark.body.or(before.and_then(|before| before.body)),
            ..mark
        });
        before.is_some()
    }

    fn mark(&self, reading: &Reading) -> Mark {
        match reading {
            Reading::Identity(read) => Mark {
                text: self.keys.hash_one(&read.card.raw[..]),
                body: read.body_number.map(|body| self.keys.hash_one(body.0)),
            },
            Reading::Social(read) => Mark {
                text: self.keys.hash_one(&read.raw),
                body: None,
            },
        }
    }
}

impl Mark {
    fn is(&self, other: &Mark) -> bool {
        let one_body = self.body.zip(other.body).is_none_or(|(a, b)| a == b);
        self.text == other.text && one_body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id_card::sdt::BodyNumber;
    use crate::id_card::{reading, text};
    use crate::virtual_card::samples;

    fn read(key: &str, body: Option<u8>) -> Reading {
        let block = text::encode(&samples::find(key).unwrap().card).unwrap();
        Reading::Identity(reading::Reading {
            reader: "any".to_string(),
            profile: "any".to_string(),
            sam_id: None,
            card: text::decode(&block).unwrap(),
            photo: None,
            fingerprints: None,
            body_number: body.map(|byte| BodyNumber([byte; 28])),
            raw: Vec::new(),
            taken_at: std::time::Instant::now(),
            read_at: std::time::SystemTime::now(),
            exchange_ms: 1,
        })
    }

    #[test]
    fn the_same_text_is_the_same_card_unless_both_reads_tell_another_body() {
        let last = LastCard::default();
        for (key, body, again) in [
            ("citizen", None, false),
            ("citizen", None, true),
            ("woman", None, false),
            ("citizen", Some(1), false),
            // A reader that does not tell the body, then one that does.
            ("citizen", None, true),
            ("citizen", Some(1), true),
            ("citizen", Some(2), false),
        ] {
            assert_eq!(last.is_again(&read(key, body)), again, "{key} {body:?}");
        }
    }
}
