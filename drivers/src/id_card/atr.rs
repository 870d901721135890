//! The answer to reset (ISO 7816-3): taken apart, and what it tells about the way to the card.
//!
//! ```text
//! TS | T0 = Y K | TA1 TB1 TC1 TD1 = Y T | TA2 … | K historical bytes | TCK
//! ```
//!
//! Each Y says which of the four bytes follow; TCK is there unless T=0 is the only protocol. Not
//! here: which reader speaks how (`profile`).

/// The longest there may be, bytes.
const LEN_LIMIT: usize = 33;

/// An answer to reset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Atr<'a> {
    bytes: &'a [u8],
    historical: &'a [u8],
    /// Bit T is set for protocol T.
    protocols: u16,
}

impl<'a> Atr<'a> {
    /// Takes exactly these bytes apart; `None` if they are no answer to reset.
    #[must_use]
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (&[first, format], mut rest) = bytes.split_first_chunk::<2>()?;
        if bytes.len() > LEN_LIMIT || !matches!(first, 0x3B | 0x3F) {
            return None;
        }
        let (mut follow, mut protocols) = (format >> 4, 0);
        while follow != 0 {
            let more = usize::try_from((follow & 0b0111).count_ones()).ok()?;
            rest = rest.get(more..)?;
            if follow & 0b1000 == 0 {
                break;
            }
            let (td, after) = rest.split_first()?;
            protocols |= 1 << (td & 0x0F);
            (follow, rest) = (td >> 4, after);
        }
        if protocols == 0 {
            protocols = 1;
        }
        let (historical, sum) = rest.split_at_checked(usize::from(format & 0x0F))?;
        let right = match (sum, protocols) {
            ([], 1) => true,
            ([_], protocols) if protocols != 1 => bytes[1..].iter().fold(0, |x, b| x ^ b) == 0,
            _ => false,
        };
        right.then_some(Self {
            bytes,
            historical,
            protocols,
        })
    }

    /// The historical bytes.
    #[must_use]
    pub fn historical(&self) -> &'a [u8] {
        self.historical
    }

    /// Whether the card offers this protocol, 0 to 15.
    #[must_use]
    pub fn offers(&self, protocol: u8) -> bool {
        protocol < 16 && self.protocols & (1 << protocol) != 0
    }

    /// Whether the card lies on an antenna: PC/SC (part 3) gives such a card `3B 8K 80 01` and K
    /// historical bytes. A card with contacts could say the same, but none is known to.
    #[must_use]
    pub fn is_contactless(&self) -> bool {
        matches!(self.bytes, [0x3B, format, 0x80, 0x01, ..] if format >> 4 == 8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile;

    const CONTACTLESS: [u8; 15] = [
        0x3B, 0x8A, 0x80, 0x01, 0x50, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x81, 0x91, 0x4B,
    ];
    const CONTACT: [u8; 9] = *b"\x3B\x65\x00\x00YZ-VC";

    #[test]
    fn contact_and_antenna_are_told_apart() {
        let atr = Atr::parse(&CONTACTLESS).unwrap();
        assert!(atr.is_contactless() && atr.offers(0) && atr.offers(1) && !atr.offers(2));
        assert_eq!(atr.historical(), &CONTACTLESS[4..14]);
        let atr = Atr::parse(&CONTACT).unwrap();
        assert!(!atr.is_contactless() && atr.offers(0) && !atr.offers(1));
        assert_eq!(atr.historical(), b"YZ-VC");
    }

    #[test]
    fn every_truncation_a_longer_one_and_a_wrong_sum_are_refused() {
        for whole in [&CONTACTLESS[..], &CONTACT[..]] {
            for cut in 0..whole.len() {
                assert_eq!(Atr::parse(&whole[..cut]), None, "{cut}");
            }
            assert_eq!(Atr::parse(&[whole, &[0]].concat()), None);
        }
        let mut wrong = CONTACTLESS;
        wrong[5] ^= 1;
        assert_eq!(Atr::parse(&wrong), None);
        let chain: Vec<u8> = [&[0x3B, 0xF0][..], &[0x80; 40]].concat();
        assert_eq!(Atr::parse(&chain), None);
    }

    #[test]
    fn hostile_answers_to_reset_are_refused_or_taken_apart() {
        let samples = vec![CONTACTLESS.to_vec(), CONTACT.to_vec()];
        let made_up = |chance: &mut hostile::Chance| {
            let len = chance.below(40);
            let mut bytes = chance.bytes(len + 2);
            bytes[0] = 0x3B;
            bytes
        };
        hostile::parser(&samples, made_up, 4 << 10, |bytes| {
            if let Some(atr) = Atr::parse(bytes) {
                assert!(bytes.len() <= LEN_LIMIT && atr.historical().len() <= 15);
            }
        });
    }
}
