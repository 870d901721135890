//! Which reader speaks how: data, so that a new model needs no new program.

use crate::error::CardError;
use serde::{Deserialize, Deserializer, de::Error};
use std::path::Path;

/// The profiles shipped with the product.
const EMBEDDED: &str = include_str!("../../profiles.toml");
/// A file with more is a mistake.
const PROFILE_LIMIT: usize = 200;

/// An ordered list of profiles; the first that fits a reader and a card is used.
#[derive(Debug, Clone, Deserialize)]
pub struct Profiles {
    #[serde(rename = "profile")]
    list: Vec<Profile>,
}

/// One kind of reader.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name for the device page and the log.
    pub name: String,
    /// Pattern of the reader's name; `*` stands for anything.
    pub reader: String,
    /// What the card's answer to reset must look like.
    pub atr: AtrRule,
    /// How the card is read.
    pub transport: Transport,
}

/// What an ATR must look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AtrRule {
    /// Anything.
    Any,
    /// 15 bytes or more, bytes 13 and 14 (from 0) are 90 00.
    Uid9000,
    /// These bytes first.
    Prefix(Vec<u8>),
}

/// How a card is read through PC/SC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Transport {
    /// The reader does the security module's part; `FF B0` reads a file of 1284 bytes.
    ReadBinaryFile,
    /// Each frame of the security module in one APDU.
    SdtOverApdu {
        /// Class byte.
        cla: u8,
        /// Instruction byte.
        ins: u8,
        /// First parameter.
        p1: u8,
        /// Second parameter.
        p2: u8,
        /// Whether frames go in extended APDUs; if not, answers come by GET RESPONSE.
        #[serde(default)]
        extended: bool,
    },
    /// Each frame of the security module in one SCardControl.
    SdtOverControl {
        /// The number given to `CTL_CODE`.
        code: u32,
    },
}

impl Profiles {
    /// The profiles shipped with the product.
    #[must_use]
    pub fn embedded() -> Self {
        Self::parse(EMBEDDED).expect("a test reads the embedded profiles")
    }

    /// Profiles from a file of the same form, used instead of the embedded ones.
    pub fn load(path: &Path) -> Result<Self, CardError> {
        let text = std::fs::read_to_string(path).map_err(|error| CardError::ProfilesInvalid {
            why: error.to_string(),
        })?;
        Self::parse(&text)
    }

    /// Profiles from the text of such a file.
    pub fn parse(text: &str) -> Result<Self, CardError> {
        let profiles: Self = toml::from_str(text).map_err(|error| CardError::ProfilesInvalid {
            why: error.message().to_string(),
        })?;
        if profiles.list.len() > PROFILE_LIMIT {
            return Err(CardError::ProfilesInvalid {
                why: format!("over {PROFILE_LIMIT}"),
            });
        }
        Ok(profiles)
    }

    /// The first profile that fits a reader's name and a card's answer to reset.
    #[must_use]
    pub fn find(&self, reader: &str, atr: &[u8]) -> Option<&Profile> {
        self.list
            .iter()
            .find(|profile| matches_pattern(&profile.reader, reader) && profile.atr.fits(atr))
    }
}

impl AtrRule {
    fn fits(&self, atr: &[u8]) -> bool {
        match self {
            Self::Any => true,
            Self::Uid9000 => atr.get(13..15) == Some(&[0x90, 0x00]),
            Self::Prefix(bytes) => atr.starts_with(bytes),
        }
    }
}

impl<'de> Deserialize<'de> for AtrRule {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        match text.as_str() {
            "any" => return Ok(Self::Any),
            "uid9000" => return Ok(Self::Uid9000),
            _ => {}
        }
        let hex = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !hex || text.len() % 2 != 0 {
            return Err(D::Error::custom("atr: any, uid9000 or hexadecimal digits"));
        }
        let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).map_err(D::Error::custom);
        (0..text.len())
            .step_by(2)
            .map(byte)
            .collect::<Result<_, _>>()
            .map(Self::Prefix)
    }
}

/// Whether a name fits a pattern of literal parts and `*`.
fn matches_pattern(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    let Some((head, rest)) = pattern.split_once('*') else {
        return pattern == name;
    };
    let Some(mut left) = name.strip_prefix(head) else {
        return false;
    };
    let parts: Vec<&str> = rest.split('*').collect();
    let (tail, middle) = parts.split_last().expect("split gives at least one part");
    for part in middle {
        match left.find(part) {
            Some(at) => left = &left[at + part.len()..],
            None => return false,
        }
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID_ATR: [u8; 16] = [
        0x3B, 0x8B, 0x80, 1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0x90, 0, 0x11,
    ];

    #[test]
    fn the_embedded_profiles_are_read() {
        let profiles = Profiles::embedded();
        let name = |reader, atr: &[u8]| profiles.find(reader, atr).map(|p| p.name.as_str());
        assert_eq!(
            name("Yizhan SDT APDU A 00 00", &[]),
            Some("virtual-sdt-short")
        );
        assert_eq!(
            name("Yizhan SDT Long APDU 1 00 00", &[]),
            Some("virtual-sdt-extended")
        );
        assert_eq!(
            name("YIZHAN sdt CONTROL 1 00 00", &[]),
            Some("virtual-sdt-control")
        );
        assert_eq!(name("Some Vendor 01", &UID_ATR), Some("read-binary"));
        assert_eq!(name("Some Vendor 01", &UID_ATR[..14]), None);
        assert_eq!(name("Some Vendor 01", &[0x3B; 20]), None);
    }

    #[test]
    fn patterns_match_whole_names() {
        for (pattern, name, fits) in [
            ("abc", "ABC", true),
            ("abc", "abcd", false),
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a*c", "abb", false),
            ("*b*d*", "abcde", true),
            ("*d*b*", "abcde", false),
            ("ab*ab", "ab", false),
        ] {
            assert_eq!(matches_pattern(pattern, name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn a_wrong_file_is_refused_with_the_parsers_word() {
        for text in [
            "profile = 1",
            "[[profile]]\nname='x'\nreader='*'\natr='xyz'\ntransport={kind='read_binary_file'}",
            "[[profile]]\nname='x'\nreader='*'\natr='3B8'\ntransport={kind='read_binary_file'}",
            "[[profile]]\nname='x'\nreader='*'\natr='any'\ntransport={kind='telepathy'}",
        ] {
            assert_eq!(
                Profiles::parse(text).unwrap_err().code(),
                "reader.profiles_invalid"
            );
        }
        let prefix = "[[profile]]\nname='x'\nreader='*'\natr='3B8a'\n\
            transport={kind='sdt_over_control', code=2048}";
        let profiles = Profiles::parse(prefix).unwrap();
        assert!(profiles.find("x", &[0x3B, 0x8A, 1]).is_some());
        assert!(profiles.find("x", &[0x3B]).is_none());
    }
}
