//! What is in the data of an answer: text, photo, fingerprints, the added address, and numbers.

use super::{FINGER_LEN, PHOTO_LEN, TEXT_LEN};
use crate::error::CardError;

/// Length of an appended address, bytes.
pub(super) const ADDRESS_LEN: usize = 70;
/// Length of the number of the card's body, bytes.
const BODY_NUMBER_LEN: usize = 28;

/// What "read base" answers: the text block and, when the card has one, the photo block.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    /// 256 bytes, see [`text`](super::super::text).
    pub text: [u8; TEXT_LEN],
    /// 1024 bytes, WLT; `None` when absent or all zero.
    pub photo: Option<Vec<u8>>,
}

/// Splits `len(text) len(photo) text photo` (lengths big endian, 2 bytes each), which is both the
/// data of "read base" and the file of READ BINARY readers.
pub fn split_base(data: &[u8]) -> Result<Base, CardError> {
    let want = base_len(data)?;
    if data.len() < want {
        return Err(CardError::FrameTruncated {
            got: data.len(),
            want,
        });
    }
    if data.len() > want {
        return Err(CardError::ContentLength { got: data.len() });
    }
    let (text, photo) = data[4..].split_at(TEXT_LEN);
    let text = text.try_into().expect("split at TEXT_LEN");
    let photo = photo.iter().any(|byte| *byte != 0).then(|| photo.to_vec());
    Ok(Base { text, photo })
}

/// Length in bytes of the whole, from its first four bytes.
pub fn base_len(data: &[u8]) -> Result<usize, CardError> {
    let [a, b, c, d, ..] = *data else {
        return Err(CardError::FrameTruncated {
            got: data.len(),
            want: 4,
        });
    };
    let text = usize::from(u16::from_be_bytes([a, b]));
    let photo = usize::from(u16::from_be_bytes([c, d]));
    if text != TEXT_LEN {
        return Err(CardError::ContentLength { got: text });
    }
    if photo != 0 && photo != PHOTO_LEN {
        return Err(CardError::ContentLength { got: photo });
    }
    Ok(4 + text + photo)
}

/// Joins text and photo the way a module sends them.
#[must_use]
pub fn join_base(text: &[u8; TEXT_LEN], photo: Option<&[u8; PHOTO_LEN]>) -> Vec<u8> {
    let mut data = vec![1, 0, if photo.is_some() { 4 } else { 0 }, 0];
    data.extend_from_slice(text);
    data.extend_from_slice(photo.map_or(&[][..], |photo| photo));
    data
}

/// Splits `len(text) len(photo) len(finger) text photo finger`, the data of 30 10. The second part
/// is the fingerprint block, 1024 bytes; `None` when the card has none.
pub fn split_base_finger(data: &[u8]) -> Result<(Base, Option<Vec<u8>>), CardError> {
    let [a, b, c, d, e, f, rest @ ..] = data else {
        return Err(CardError::FrameTruncated {
            got: data.len(),
            want: 6,
        });
    };
    let head = [*a, *b, *c, *d];
    let base = base_len(&head)? - head.len();
    let finger = usize::from(u16::from_be_bytes([*e, *f]));
    if finger != 0 && finger != FINGER_LEN {
        return Err(CardError::ContentLength { got: finger });
    }
    if rest.len() < base + finger {
        return Err(CardError::FrameTruncated {
            got: data.len(),
            want: 6 + base + finger,
        });
    }
    if rest.len() > base + finger {
        return Err(CardError::ContentLength { got: data.len() });
    }
    let (base, finger) = rest.split_at(base);
    let finger = finger
        .iter()
        .any(|byte| *byte != 0)
        .then(|| finger.to_vec());
    Ok((split_base(&[&head[..], base].concat())?, finger))
}

/// Joins text, photo and fingerprints the way a module answers 30 10.
#[must_use]
pub fn join_base_finger(
    text: &[u8; TEXT_LEN],
    photo: Option<&[u8; PHOTO_LEN]>,
    finger: Option<&[u8; FINGER_LEN]>,
) -> Vec<u8> {
    let mut data = join_base(text, photo);
    let len = if finger.is_some() { [4, 0] } else { [0, 0] };
    data.splice(4..4, len);
    data.extend_from_slice(finger.map_or(&[][..], |finger| finger));
    data
}

/// The appended address in the data of 30 03.
///
/// No public source shows the layout. Assumed: up to 70 bytes UTF-16LE, or the same behind a
/// 2-byte length; told apart by the number of bytes.
pub fn appended_address(data: &[u8]) -> Result<Option<String>, CardError> {
    let text = match data.len() {
        len if len == ADDRESS_LEN + 2 => &data[2..],
        len if len <= ADDRESS_LEN && len % 2 == 0 => data,
        got => return Err(CardError::ContentLength { got }),
    };
    Ok(super::super::text::units(text))
}

/// The number of a security module, 16 bytes little endian: u16 u16 u32 u32 u32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SamId(pub [u8; 16]);

impl TryFrom<&[u8]> for SamId {
    type Error = CardError;

    fn try_from(data: &[u8]) -> Result<Self, CardError> {
        data.try_into()
            .map(Self)
            .map_err(|_| CardError::ContentLength { got: data.len() })
    }
}

impl std::fmt::Display for SamId {
    /// `05.01-20260001-0000000007-1234567890`: as printed on the reader.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let b = &self.0;
        let long = |at: usize| u32::from_le_bytes([b[at], b[at + 1], b[at + 2], b[at + 3]]);
        let (kind, version) = (
            u16::from_le_bytes([b[0], b[1]]),
            u16::from_le_bytes([b[2], b[3]]),
        );
        write!(
            f,
            "{kind:02}.{version:02}-{:08}-{:010}-{:010}",
            long(4),
            long(8),
            long(12)
        )
    }
}

/// The number of the card's body (IIN, SN and DN together), 28 bytes. How the parts divide it is
/// not published, so it is only shown whole and compared.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyNumber(pub [u8; BODY_NUMBER_LEN]);

impl TryFrom<&[u8]> for BodyNumber {
    type Error = CardError;

    fn try_from(data: &[u8]) -> Result<Self, CardError> {
        data.try_into()
            .map(Self)
            .map_err(|_| CardError::ContentLength { got: data.len() })
    }
}

impl std::fmt::Display for BodyNumber {
    /// 56 hexadecimal digits.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

impl std::fmt::Debug for BodyNumber {
    /// Leaves the number out: it is one person's card.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("BodyNumber(..)")
    }
}
