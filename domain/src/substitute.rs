//! A substitute from another station, let in while the line is down: the code that an officer reads
//! out over the phone, and what station and centre say of it while there is a line.
//!
//! The code is 25 digits in five groups of five, the last of each group checking the others *and* their
//! place. Sixteen digits open a wrap in the station's key file; the other four say for whom the code
//! was given, so that nobody else can sit down with it.
//!
//! ```text
//! SSSSc SSSSc SSSSc SSSSc TTTTc     S secret, T the person's tag, c check (ISO/IEC 7064, MOD 11,10)
//! ```

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalog::Source;
use crate::{Id, Staff};

/// Digits of the secret.
pub const SECRET_DIGITS: usize = 16;
/// Digits of the tag.
pub const TAG_DIGITS: usize = 4;
/// Digits of a code with its checks.
pub const CODE_DIGITS: usize = GROUPS * GROUP;
/// Characters of why somebody is let in.
pub const REASON_LIMIT: usize = 200;

const GROUPS: usize = 5;
const GROUP: usize = 5;

/// What the city allows a substitute: `catalog/policy/substitute.toml`, read by both sides.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// First day it holds.
    pub valid_from: NaiveDate,
    /// Hours that somebody works with one code.
    pub hours: u32,
    /// Days after which a station makes a new code.
    pub code_days: u32,
    /// Hours after which a station asks anew who may be let in.
    pub people_hours: u32,
    /// People that one station is told of.
    pub people: u32,
    /// Days after a code was given that filings of who used it are taken without a person's look.
    pub accepted_days: u32,
    /// Where it comes from.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

impl Terms {
    /// Reads the policy's file; what is wrong with it otherwise.
    pub fn read(text: &str) -> Result<Terms, String> {
        let terms: Terms = toml::from_str(text).map_err(|error| error.to_string())?;
        match terms.hours > 0 && terms.code_days > 0 && !terms.sources.is_empty() {
            true => Ok(terms),
            false => Err("hours and days are more than 0, and have a source".to_owned()),
        }
    }
}

/// A code in its parts.
#[derive(Clone, PartialEq, Eq)]
pub struct SpokenCode {
    /// [`SECRET_DIGITS`] digits.
    pub secret: String,
    /// [`TAG_DIGITS`] digits: see [`tag`].
    pub tag: String,
}

/// Why a text is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misheard {
    /// Too few or too many digits.
    Length {
        /// Digits that were typed.
        found: usize,
    },
    /// A digit of this group is wrong, or the groups are in another order; the first is 1.
    Group(usize),
}

impl SpokenCode {
    /// As it is shown and read out.
    pub fn to_text(&self) -> String {
        let digits = [self.secret.as_str(), self.tag.as_str()].concat();
        let groups = digits.as_bytes().chunks(GROUP - 1).enumerate();
        let spoken = groups.map(|(at, group)| {
            let text = String::from_utf8_lossy(group);
            format!("{text}{}", check(at, group))
        });
        spoken.collect::<Vec<_>>().join(" ")
    }

    /// As somebody typed it: blanks and dashes do not matter.
    pub fn read(typed: &str) -> Result<SpokenCode, Misheard> {
        let digits = crate::recovery::digits(typed);
        if digits.len() != CODE_DIGITS {
            let found = digits.len();
            return Err(Misheard::Length { found });
        }
        let mut carried = String::with_capacity(SECRET_DIGITS + TAG_DIGITS);
        for (at, group) in digits.as_bytes().chunks(GROUP).enumerate() {
            let (carrying, last) = group.split_at(GROUP - 1);
            if last != check(at, carrying).to_string().as_bytes() {
                return Err(Misheard::Group(at + 1));
            }
            carried.push_str(&String::from_utf8_lossy(carrying));
        }
        let tag = carried.split_off(SECRET_DIGITS);
        Ok(SpokenCode {
            secret: carried,
            tag,
        })
    }
}

impl std::fmt::Debug for SpokenCode {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SpokenCode")
    }
}

/// The four digits that stand for one person under one code. `bind` is known to the centre and to whoever
/// has opened the code's wrap.
pub fn tag(bind: &[u8; 32], staff: Id) -> String {
    let mut hash = Sha256::new();
    hash.update(b"yizhan substitute tag 1");
    hash.update(bind);
    hash.update(staff.as_bytes());
    let hash = hash.finalize();
    let number = u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]);
    format!("{:04}", number % 10_000)
}

/// ISO/IEC 7064, hybrid system MOD 11,10, over the group's place and its digits: every single wrong digit
/// shows, and nearly every exchange of two neighbours.
fn check(place: usize, digits: &[u8]) -> u32 {
    let place = u32::try_from(place + 1).unwrap_or_default();
    let all = std::iter::once(place).chain(digits.iter().map(|digit| u32::from(digit - b'0')));
    let product = all.fold(10, |product, digit| {
        let sum = (product + digit) % 10;
        let sum = if sum == 0 { 10 } else { sum };
        sum * 2 % 11
    });
    (11 - product) % 10
}

/// `POST /substitute`: what a station says, and asks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// A code that opens its key file from now on; the ones before it open nothing once this is
    /// acknowledged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<NewCode>,
    /// The code that it takes the centre to have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holds: Option<Id>,
    /// Who was let in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub used: Option<Used>,
}

/// A code for the centre to keep.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCode {
    /// Made by the station.
    pub id: Id,
    /// See [`SpokenCode::secret`].
    pub secret: String,
    /// What [`tag`] is made with, hex.
    pub bind: String,
}

impl std::fmt::Debug for NewCode {
    /// Without the code.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "NewCode({})", self.id)
    }
}

impl NewCode {
    /// The secret and the binding key; None of what no station can mean.
    pub fn parts(&self) -> Option<(&str, [u8; 32])> {
        let is_digits = self.secret.bytes().all(|byte| byte.is_ascii_digit());
        let mut bind = [0; 32];
        hex::decode_to_slice(&self.bind, &mut bind).ok()?;
        (is_digits && self.secret.len() == SECRET_DIGITS).then_some((&self.secret, bind))
    }
}

/// Somebody was let in by a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Which code.
    pub code: Id,
    /// Who.
    pub staff: Id,
    /// By the station's clock, for people to read.
    pub at: DateTime<Utc>,
}

/// The answer to [`Word`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    /// Who may be let in as a substitute, until the next word.
    pub people: Vec<Neighbour>,
    /// The code that would be read out now; None when there is none, so that a new one is needed.
    #[serde(default)]
    pub code: Option<Id>,
    /// Whether the code was given for whoever used it; None where no use was told.
    #[serde(default)]
    pub confirmed: Option<bool>,
}

/// Somebody of another station.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Neighbour {
    /// Who, and for which area they work.
    pub staff: Staff,
    /// Log-in name.
    pub login: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code() -> SpokenCode {
        SpokenCode {
            secret: "0918273645546372".into(),
            tag: "0042".into(),
        }
    }

    #[test]
    fn a_code_is_read_as_it_was_spoken_however_it_was_typed() {
        let text = code().to_text();
        assert_eq!((text.len(), text.matches(' ').count()), (29, 4));
        assert_eq!(SpokenCode::read(&text), Ok(code()));
        let typed = format!(" {} ", text.replace(' ', "-"));
        assert_eq!(SpokenCode::read(&typed), Ok(code()));
        assert_eq!(format!("{:?}", code()), "SpokenCode");
    }

    #[test]
    fn every_misheard_digit_names_its_group() {
        let text = code().to_text();
        for (at, digit) in text.bytes().enumerate().filter(|(_, d)| *d != b' ') {
            for other in (b'0'..=b'9').filter(|other| *other != digit) {
                let mut typed = text.clone().into_bytes();
                typed[at] = other;
                let typed = String::from_utf8(typed).unwrap();
                assert_eq!(SpokenCode::read(&typed), Err(Misheard::Group(at / 6 + 1)));
            }
        }
    }

    #[test]
    fn groups_in_another_order_and_digits_left_out_are_noticed() {
        let text = code().to_text();
        let mut groups: Vec<_> = text.split(' ').collect();
        groups.swap(1, 2);
        assert_eq!(SpokenCode::read(&groups.join(" ")), Err(Misheard::Group(2)));
        let short = SpokenCode::read(&text[1..]);
        assert_eq!(short, Err(Misheard::Length { found: 24 }));
    }

    #[test]
    fn a_tag_is_of_one_person_under_one_code() {
        let [one, two] = [1, 2].map(|n| Id(uuid::Uuid::from_u128(n)));
        let tags = [tag(&[7; 32], one), tag(&[7; 32], two), tag(&[8; 32], one)];
        assert!(tags.iter().all(|tag| tag.len() == TAG_DIGITS));
        assert_ne!(tags[0], tags[1]);
        assert_ne!(tags[0], tags[2]);
    }

    #[test]
    fn the_shipped_terms_can_be_read() {
        let shipped = include_str!("../../catalog/policy/substitute.toml");
        assert_eq!(Terms::read(shipped).unwrap().hours, 12);
        assert!(Terms::read(&shipped.replace("hours = 12", "hours = 0")).is_err());
    }

    #[test]
    fn a_new_code_that_no_station_can_mean_is_none() {
        let new = |secret: &str, bind: &str| NewCode {
            id: Id(uuid::Uuid::from_u128(1)),
            secret: secret.into(),
            bind: bind.into(),
        };
        let bind = "07".repeat(32);
        assert!(new("0918273645546372", &bind).parts().is_some());
        assert!(new("091827364554637", &bind).parts().is_none());
        assert!(new("09182736455463七", &bind).parts().is_none());
        assert!(new("0918273645546372", "07").parts().is_none());
    }
}
