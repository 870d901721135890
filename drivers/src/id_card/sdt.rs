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

mod content;
mod stream;

use crate::error::CardError;
use std::time::Duration;

pub use content::{
    Base, BodyNumber, SamId, appended_address, base_len, join_base, join_base_finger, split_base,
    split_base_finger,
};
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
/// Length of the fingerprint block, bytes.
pub const FINGER_LEN: usize = 1024;
/// How long a module may take to look for a card, to select one, or to speak of itself.
const LOOK_LIMIT: Duration = Duration::from_secs(1);
/// How long it may take to read one.
const READ_LIMIT: Duration = Duration::from_secs(3);

/// SW3: done.
pub const OK: u8 = 0x90;
/// SW3: a card was found.
pub const FOUND: u8 = 0x9F;
/// SW3: there is no card, or the one there was read and not lifted since.
pub const NOT_FOUND: u8 = 0x80;
/// SW3: the card has no such item.
pub const ABSENT: u8 = 0x91;
/// SW3: the module does not know the command.
pub const COMMAND_UNKNOWN: u8 = 0x21;

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

    /// How long its answer may take. The field's figures for reading are not known; 3 s is what
    /// vendors' own programs wait.
    #[must_use]
    pub fn limit(self) -> Duration {
        match self {
            Self::ReadBase | Self::ReadBaseFinger | Self::ReadAppended | Self::ReadBodyNumber => {
                READ_LIMIT
            }
            _ => LOOK_LIMIT,
        }
    }

    /// Whether an answer can be this command's. Frames do not say what they answer, so after a
    /// silence this tells a late answer to the last command from one to this.
    #[must_use]
    pub fn fits(self, answer: &Answer) -> bool {
        let read = matches!(self, Self::ReadBase | Self::ReadBaseFinger);
        match answer.sw3 {
            FOUND => self == Self::Find,
            OK => self != Self::Find && read == (answer.data.len() > TEXT_LEN),
            _ => true,
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

#[cfg(test)]
mod tests;
