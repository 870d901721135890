//! What a virtual card holds and what is wrong with it.

use crate::error::CardError;
use crate::id_card::sdt::{PHOTO_LEN, TEXT_LEN};
use crate::id_card::text::{self, IdCard};
use std::time::Duration;

/// A card for the tray.
#[derive(Clone)]
pub struct Card {
    /// The 256-byte text block.
    pub(super) text: [u8; TEXT_LEN],
    /// Synthetic photo: a true header, then noise.
    pub(super) photo: [u8; PHOTO_LEN],
    /// An address written after the card was made.
    pub(super) appended_address: Option<String>,
    /// What goes wrong with it.
    pub(super) faults: Faults,
}

/// Switches for what can go wrong; all off by default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Faults {
    /// The module answers this SW3 at the step it belongs to: 60, 66 and 80 when looking for the
    /// card, 31, 32 and 81 when selecting, 91 for the appended address, the others when reading.
    pub sw3: Option<u8>,
    /// The checksum of the content's frame is wrong.
    pub bad_checksum: bool,
    /// The content's frame, or the fourth block of the file, is cut.
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
}

impl Card {
    /// A card with this content. `raw` plays no part.
    pub fn new(content: &IdCard) -> Result<Self, CardError> {
        let text = text::encode(content)?;
        Ok(Self {
            photo: synthetic_photo(seed_of(&text)),
            text,
            appended_address: content.appended_address.clone(),
            faults: Faults::default(),
        })
    }

    /// The same card with something wrong.
    #[must_use]
    pub fn with(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    /// Eight bytes that stand for the number of the card's chip; the same for the same content.
    pub(super) fn uid(&self) -> [u8; 8] {
        seed_of(&self.text).to_be_bytes()
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
    let mut state = seed | 1;
    for byte in &mut photo[8..] {
        // xorshift64
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        *byte = state.to_le_bytes()[3];
    }
    photo
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
        assert_eq!(&cards[0].photo[..2], b"WL");
        assert_ne!(cards[0].photo, cards[1].photo);
        assert_ne!(cards[0].uid(), cards[1].uid());
        assert_eq!(
            Card::new(&samples::all()[0].card).unwrap().uid(),
            cards[0].uid()
        );
    }
}
