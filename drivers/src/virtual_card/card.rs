//! What a virtual card holds and what is wrong with it.

use crate::error::CardError;
use crate::id_card::sdt::{self, PHOTO_LEN, TEXT_LEN};
use crate::id_card::text::{self, IdCard};
use crate::social_card::{SocialCard, records};
use std::time::Duration;

/// Length of the fingerprint block, bytes.
const FINGERS_LEN: usize = 1024;
/// Length of the number of the card's body, bytes.
const BODY_NUMBER_LEN: usize = 28;

/// A card for the tray.
#[derive(Clone)]
pub struct Card {
    pub(super) content: Content,
    /// What goes wrong with it.
    pub(super) faults: Faults,
}

/// What kind of card it is, with what it holds.
#[derive(Clone)]
pub(super) enum Content {
    /// An identity card, a residence permit, a foreigner's card.
    Identity(Box<Identity>),
    /// A social-security card: its records, see [`records::decode`].
    Social(Vec<u8>),
    /// A bank card, a bus card.
    Other,
}

/// What an identity card holds.
#[derive(Clone)]
pub(super) struct Identity {
    /// The 256-byte text block.
    text: [u8; TEXT_LEN],
    /// Synthetic photo: a true header, then noise.
    photo: [u8; PHOTO_LEN],
    /// An address written after the card was made.
    pub(super) appended_address: Option<String>,
    /// Noise in the place of fingerprints.
    fingers: Option<Vec<u8>>,
}

/// Switches for what can go wrong; all off by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The module answers this SW3 at the step it belongs to: 60, 66 and 80 when looking for the
    /// card, 31, 32 and 81 when selecting, 91 for the appended address, the others when reading.
    pub sw3: Option<u8>,
    /// The checksum of the content's frame is wrong.
    pub bad_checksum: bool,
    /// The content's frame, the fourth block of the file or the record of the name is cut.
    pub short_frame: bool,
    /// The card is pulled in the middle of its content.
    pub torn: bool,
    /// The content comes after this long.
    pub delay: Duration,
    /// The card has no photo.
    pub no_photo: bool,
    /// The reader has no security module: it sees a card and nothing of what is on it.
    pub no_sam: bool,
    /// With `no_sam`: the card's ATR carries no number either, as with most such readers.
    pub plain_atr: bool,
    /// The module knows neither fingerprints (30 10) nor the number of the card's body (30 05).
    pub old_module: bool,
    /// A social-security card says this status word to all questions about its holder (69 82: it
    /// wants a PSAM), an identity card on a plain reader to every question.
    pub status: Option<u16>,
    /// A social-security card knows its records by number and short file identifier only.
    pub by_number_only: bool,
}

impl Card {
    /// An identity card with this content. `raw` plays no part.
    pub fn new(content: &IdCard) -> Result<Self, CardError> {
        let text = text::encode(content)?;
        Ok(Self::of(Content::Identity(Box::new(Identity {
            photo: synthetic_photo(seed_of(&text)),
            text,
            appended_address: content.appended_address.clone(),
            fingers: None,
        }))))
    }

    /// A social-security card with this content.
    pub fn social(content: &SocialCard) -> Result<Self, CardError> {
        records::encode(content).map(|raw| Self::of(Content::Social(raw)))
    }

    /// A card of another kind, such as a bank's.
    #[must_use]
    pub fn other() -> Self {
        Self::of(Content::Other)
    }

    fn of(content: Content) -> Self {
        Self {
            content,
            faults: Faults::default(),
        }
    }

    /// The same card with something wrong.
    #[must_use]
    pub fn with(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// The same identity card with fingerprints, which are noise.
    #[must_use]
    pub fn with_fingerprints(mut self) -> Self {
        let mut fingers = vec![0; FINGERS_LEN];
        noise(!self.seed(), &mut fingers);
        if let Content::Identity(identity) = &mut self.content {
            identity.fingers = Some(fingers);
        }
        self
    }

    /// Eight bytes that stand for the number of the card's chip; the same for the same content.
    pub(super) fn uid(&self) -> [u8; 8] {
        self.seed().to_be_bytes()
    }

    /// The number of the card's body, 28 bytes: made up, the same for the same content.
    #[must_use]
    pub fn body_number(&self) -> [u8; BODY_NUMBER_LEN] {
        let mut number = [0; BODY_NUMBER_LEN];
        noise(self.seed(), &mut number);
        number
    }

    fn seed(&self) -> u64 {
        match &self.content {
            Content::Identity(identity) => seed_of(&identity.text),
            Content::Social(raw) => seed_of(raw),
            Content::Other => 0,
        }
    }
}

impl Identity {
    /// What "read base" answers.
    pub(super) fn base(&self, faults: &Faults) -> Vec<u8> {
        sdt::join_base(&self.text, (!faults.no_photo).then_some(&self.photo))
    }

    /// What "read base and fingerprints" answers: three lengths, then the three blocks.
    pub(super) fn base_and_fingers(&self, faults: &Faults) -> Vec<u8> {
        let base = self.base(faults);
        let (lengths, blocks) = base.split_at(4);
        let fingers = self.fingers.as_deref().unwrap_or_default();
        let len = u16::try_from(fingers.len()).expect("FINGERS_LEN fits");
        [lengths, &len.to_be_bytes(), blocks, fingers].concat()
    }
}

/// A number that differs between contents (FNV-1a).
fn seed_of(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3)
    })
}

/// 1024 bytes that look like a photo to all but a decoder: `WL`, 102, 126, 50, noise.
fn synthetic_photo(seed: u64) -> [u8; PHOTO_LEN] {
    let mut photo = [0; PHOTO_LEN];
    photo[..8].copy_from_slice(&[b'W', b'L', 102, 0, 126, 0, 50, 0]);
    noise(seed, &mut photo[8..]);
    photo
}

fn noise(seed: u64, bytes: &mut [u8]) {
    let mut state = seed | 1;
    for byte in bytes {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = state.to_le_bytes()[3];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::virtual_card::samples;

    #[test]
    fn two_cards_differ_in_number_and_photo_and_one_card_does_not() {
        let cards: Vec<_> = samples::all()
            .iter()
            .map(|sample| Card::new(&sample.card).unwrap())
            .collect();
        let photo = |card: &Card| match &card.content {
            Content::Identity(identity) => identity.photo,
            _ => panic!("not an identity card"),
        };
        assert_eq!(&photo(&cards[0])[..2], b"WL");
        assert_ne!(photo(&cards[0]), photo(&cards[1]));
        assert_ne!(cards[0].uid(), cards[1].uid());
        assert_ne!(cards[0].body_number(), cards[1].body_number());
        assert_eq!(
            Card::new(&samples::all()[0].card).unwrap().uid(),
            cards[0].uid()
        );
    }
}
