//! The frames between a host and the security module (SAM_V) of an identity card reader.
//!
//! ```text
//! request   AA AA AA 96 69 | LEN hi lo | CMD PARA [data]      | CHK
//! answer    AA AA AA 96 69 | LEN hi lo | SW1 SW2 SW3 [data]   | CHK
//! ```
//!
//! LEN (big endian) counts the bytes after itself, CHK included; CHK is the XOR of every byte
//! from LEN to the one before CHK. SW1 and SW2 are always 00: only SW3 tells something.
//! Source: the tables of several public implementations that agree with one another.

mod stream;

use crate::error::CardError;

pub use stream::Resync;

/// What every frame begins with.
pub const PREAMBLE: [u8; 5] = [0xAA, 0xAA, 0xAA, 0x96, 0x69];
/// Preamble and length field, bytes.
const HEAD: usize = 7;
/// The longest body an honest module sends is 0x090A (text, photo, fingerprints), bytes.
pub const BODY_LIMIT: usize = 0x1000;
/// Length of the text block, bytes.
pub const TEXT_LEN: usize = 256;
/// Length of the photo block (WLT), bytes.
pub const PHOTO_LEN: usize = 1024;
/// Length of an appended address, bytes.
const ADDRESS_LEN: usize = 70;

/// SW3: done.
pub const OK: u8 = 0x90;
/// SW3: a card was found.
pub const FOUND: u8 = 0x9F;
/// SW3: the card has no such item.
pub const ABSENT: u8 = 0x91;

/// What a host can ask of the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// 10 FF: start the module anew.
    Reset,
    /// 11 FF: is the module in order?
    Status,
    /// 12 FF: the module's own number, 16 bytes.
    SamId,
    /// 20 01: look for a card; answers [`FOUND`].
    Find,
    /// 20 02: select the card found.
    Select,
    /// 30 01: text and photo.
    ReadBase,
    /// 30 10: text, photo and fingerprints; old modules answer SW3 21.
    ReadBaseFinger,
    /// 30 03: the newest address written after the card was made; SW3 91 when there is none.
    ReadAppended,
    /// 30 05: the number of the card body, 28 bytes.
    ReadBodyNumber,
}

impl Command {
    /// Every command.
    pub const ALL: [Self; 9] = [
        Self::Reset,
        Self::Status,
        Self::SamId,
        Self::Find,
        Self::Select,
        Self::ReadBase,
        Self::ReadBaseFinger,
        Self::ReadAppended,
        Self::ReadBodyNumber,
    ];

    /// CMD and PARA.
    #[must_use]
    pub fn bytes(self) -> [u8; 2] {
        match self {
            Self::Reset => [0x10, 0xFF],
            Self::Status => [0x11, 0xFF],
            Self::SamId => [0x12, 0xFF],
            Self::Find => [0x20, 0x01],
            Self::Select => [0x20, 0x02],
            Self::ReadBase => [0x30, 0x01],
            Self::ReadBaseFinger => [0x30, 0x10],
            Self::ReadAppended => [0x30, 0x03],
            Self::ReadBodyNumber => [0x30, 0x05],
        }
    }

    /// The command of two bytes, if there is one.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 2]) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|command| command.bytes() == bytes)
    }
}

/// An answer whose frame is whole: status and data.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// The third status byte.
    pub sw3: u8,
    /// What follows it; may hold a card's content.
    pub data: Vec<u8>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "Answer {{ sw3: {:02X}, {} bytes }}",
            self.sw3,
            self.data.len()
        )
    }
}

impl Answer {
    /// The data if SW3 is `wanted`, else the error SW3 stands for.
    pub fn expect_sw3(self, wanted: u8) -> Result<Vec<u8>, CardError> {
        if self.sw3 == wanted {
            Ok(self.data)
        } else {
            Err(error_of(self.sw3))
        }
    }
}

/// The error an SW3 stands for. Only for answers that are not the awaited success.
#[must_use]
pub fn error_of(sw3: u8) -> CardError {
    match sw3 {
        0x10 => CardError::SamRequestChecksum,
        0x11 => CardError::SamRequestLength,
        0x21 => CardError::SamCommandUnknown,
        0x23 => CardError::SamNotPermitted,
        0x24 => CardError::SamUnknown,
        0x31 => CardError::CardRefusedSam,
        0x32 => CardError::SamRefusedCard,
        0x33 => CardError::InformationCheck,
        0x37 => CardError::FingerprintCheck,
        0x3F => CardError::InformationLength,
        0x40 => CardError::UnknownCardType,
        0x41 => CardError::ReadFailed,
        0x47 => CardError::RandomNumber,
        0x60 => CardError::SamSelfTest,
        0x66 => CardError::SamNotAuthorised,
        0x80 => CardError::NotFound,
        0x81 => CardError::SelectFailed,
        0x91 => CardError::ItemAbsent,
        sw3 => CardError::SamUnexpected { sw3 },
    }
}

/// Every SW3 of the published tables that means failure.
pub const FAILURES: [u8; 18] = [
    0x10, 0x11, 0x21, 0x23, 0x24, 0x31, 0x32, 0x33, 0x37, 0x3F, 0x40, 0x41, 0x47, 0x60, 0x66, 0x80,
    0x81, 0x91,
];

/// The frame of a request.
#[must_use]
pub fn encode_request(command: Command) -> Vec<u8> {
    frame(&command.bytes())
}

/// The frame of an answer; what the virtual card sends.
#[must_use]
pub fn encode_answer(sw3: u8, data: &[u8]) -> Vec<u8> {
    let mut body = vec![0, 0, sw3];
    body.extend_from_slice(data);
    frame(&body)
}

/// The two command bytes of a request frame; what the virtual card receives.
pub fn decode_request(bytes: &[u8]) -> Result<[u8; 2], CardError> {
    let body = body_of(bytes)?;
    match body {
        [command, parameter, ..] => Ok([*command, *parameter]),
        _ => Err(CardError::FrameLength {
            announced: body.len() + 1,
        }),
    }
}

/// The answer in exactly these bytes: nothing before the frame and nothing after it.
pub fn decode_answer(bytes: &[u8]) -> Result<Answer, CardError> {
    let body = body_of(bytes)?;
    match body {
        [0, 0, sw3, data @ ..] => Ok(Answer {
            sw3: *sw3,
            data: data.to_vec(),
        }),
        _ => Err(CardError::FrameLength {
            announced: body.len() + 1,
        }),
    }
}

fn frame(body: &[u8]) -> Vec<u8> {
    let len = u16::try_from(body.len() + 1).expect("bodies are shorter than BODY_LIMIT");
    let mut bytes = Vec::with_capacity(body.len() + HEAD + 1);
    bytes.extend_from_slice(&PREAMBLE);
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.extend_from_slice(body);
    bytes.push(checksum(&bytes[PREAMBLE.len()..]));
    bytes
}

fn checksum(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| sum ^ byte)
}

/// The body of a frame without its checksum.
fn body_of(bytes: &[u8]) -> Result<&[u8], CardError> {
    if bytes.len() < HEAD {
        return if PREAMBLE.starts_with(&bytes[..bytes.len().min(PREAMBLE.len())]) {
            Err(CardError::FrameTruncated {
                got: bytes.len(),
                want: HEAD + 3,
            })
        } else {
            Err(CardError::FramePreamble)
        };
    }
    if bytes[..PREAMBLE.len()] != PREAMBLE {
        return Err(CardError::FramePreamble);
    }
    let len = usize::from(u16::from_be_bytes([bytes[5], bytes[6]]));
    if !(3..=BODY_LIMIT).contains(&len) {
        return Err(CardError::FrameLength { announced: len });
    }
    if bytes.len() < HEAD + len {
        return Err(CardError::FrameTruncated {
            got: bytes.len(),
            want: HEAD + len,
        });
    }
    if bytes.len() > HEAD + len {
        return Err(CardError::FrameLength { announced: len });
    }
    let (covered, sum) = bytes[PREAMBLE.len()..].split_at(len + 1);
    if checksum(covered) != sum[0] {
        return Err(CardError::FrameChecksum);
    }
    Ok(&covered[2..])
}

/// What "read base" answers: the text block and, when the card has one, the photo block.
#[derive(Clone, PartialEq, Eq)]
pub struct Base {
    /// 256 bytes, see [`super::text`].
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
    Ok(super::text::units(text))
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

#[cfg(test)]
mod tests;
