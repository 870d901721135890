//! The 256-byte text block of an identity card: UTF-16LE, space padded, four layouts.
//!
//! The unit at byte 248 says which: `' '` citizen, `'J'` residence permit for Hong Kong, Macau
//! and Taiwan residents, `'I'` foreigner (2017), `'Y'` foreigner (2023); anything else is a
//! citizen, since old cards may leave the reserve zero. The dates of validity and the flag stand
//! at the same place in all. The layouts are the tables in `layout`, offsets in bytes; source:
//! the structures published with several vendors' kits, which agree.
//!
//! Names may hold surrogate pairs and private-use code points: both are kept. What is not
//! Unicode at all (half a pair) becomes U+FFFD here and stays as it was in [`IdCard::raw`].
//! Not here: the names of the ethnic groups (catalogue), the check digit of a number (`domain`).

mod layout;

use crate::error::CardError;
use chrono::NaiveDate;
use layout::{Field, Slot};
use serde::{Deserialize, Serialize};

pub use super::sdt::TEXT_LEN;

/// What 长期, "for ever", looks like where a date of expiry would stand.
const LONG_TERM: &str = "长期";

/// The four kinds of card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Citizen's identity card.
    Citizen,
    /// Residence permit for Hong Kong, Macau and Taiwan residents, flag `J`.
    HkMacauTaiwan,
    /// Foreigner's permanent residence card of 2017, flag `I`: number of 15 characters.
    Foreigner2017,
    /// Foreigner's permanent residence card of 2023, flag `Y`: number of 18 characters.
    Foreigner2023,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 4] = [
        Self::Citizen,
        Self::HkMacauTaiwan,
        Self::Foreigner2017,
        Self::Foreigner2023,
    ];
}

/// Sex as coded in GB/T 2261.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sex {
    /// 0: unknown; also what stands for a code outside the standard.
    Unknown,
    /// 1.
    Male,
    /// 2.
    Female,
    /// 9: not stated.
    NotStated,
}

/// Until when a card is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValidTo {
    /// 长期: no date of expiry.
    LongTerm,
    /// The last day of validity.
    Date(NaiveDate),
}

/// An identity card, to its last field. What a kind does not have is `None`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdCard {
    /// Which of the four kinds.
    pub kind: Kind,
    /// Name in Chinese characters; a foreigner's may be empty.
    pub name: String,
    /// Foreigners: name in Latin letters, with its inner spaces.
    pub english_name: Option<String>,
    /// Sex.
    pub sex: Sex,
    /// Citizens: ethnic group, two digits of GB/T 3304.
    pub ethnic_code: Option<String>,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Address as printed on the card when it was made.
    pub address: Option<String>,
    /// An address written to the card later; not part of the text block.
    pub appended_address: Option<String>,
    /// The number: 18 characters, on a foreigner's card of 2017 15.
    pub id_number: String,
    /// Issuing authority; on a foreigner's card of 2017 the code of the accepting one.
    pub issuing_authority: Option<String>,
    /// First day of validity.
    pub valid_from: NaiveDate,
    /// Last day of validity.
    pub valid_to: ValidTo,
    /// `J`: number of the travel permit.
    pub pass_number: Option<String>,
    /// `J`: how often issued, two digits.
    pub issue_count: Option<String>,
    /// Foreigners: nationality, three letters (ISO 3166).
    pub nationality: Option<String>,
    /// Foreigners 2017: version of the card, two characters.
    pub card_version: Option<String>,
    /// Foreigners 2023: how often renewed, two digits.
    pub renewal_count: Option<String>,
    /// Foreigners 2023: the relation to the old number of 15 characters.
    pub former_number: Option<String>,
    /// The block as read, 256 bytes; empty for a card that was never read.
    #[serde(with = "hex_bytes")]
    pub raw: Vec<u8>,
}

impl std::fmt::Debug for IdCard {
    /// Says the kind only: a card must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "IdCard {{ kind: {:?}, .. }}", self.kind)
    }
}

/// Reads a text block. Refuses a block with a missing or impossible date: a faulty read.
pub fn decode(block: &[u8]) -> Result<IdCard, CardError> {
    let block: &[u8; TEXT_LEN] = block
        .try_into()
        .map_err(|_| CardError::ContentLength { got: block.len() })?;
    let kind = layout::kind_of(block);
    let optional = |field| units(&layout::gather(kind, field, block));
    let text = |field| optional(field).unwrap_or_default();
    Ok(IdCard {
        kind,
        name: text(Field::Name),
        english_name: optional(Field::EnglishName),
        sex: match text(Field::Sex).as_str() {
            "1" => Sex::Male,
            "2" => Sex::Female,
            "9" => Sex::NotStated,
            _ => Sex::Unknown,
        },
        ethnic_code: optional(Field::Ethnic),
        birth: date(&text(Field::Birth), "birth")?,
        address: optional(Field::Address),
        appended_address: None,
        id_number: optional(Field::Number).ok_or(CardError::FaultyRead { field: "id_number" })?,
        issuing_authority: optional(Field::Authority),
        valid_from: date(&text(Field::ValidFrom), "valid_from")?,
        valid_to: match text(Field::ValidTo).as_str() {
            LONG_TERM => ValidTo::LongTerm,
            digits => ValidTo::Date(date(digits, "valid_to")?),
        },
        pass_number: optional(Field::Pass),
        issue_count: optional(Field::IssueCount),
        nationality: optional(Field::Nationality),
        card_version: optional(Field::Version),
        renewal_count: optional(Field::RenewalCount),
        former_number: optional(Field::Former),
        raw: block.to_vec(),
    })
}

/// Writes a text block, for the virtual card. `raw` and the appended address play no part.
pub fn encode(card: &IdCard) -> Result<[u8; TEXT_LEN], CardError> {
    let mut block = [0; TEXT_LEN];
    block
        .chunks_exact_mut(2)
        .for_each(|unit| unit.copy_from_slice(&[0x20, 0]));
    let day = |date: NaiveDate| date.format("%Y%m%d").to_string();
    for Slot { field, .. } in layout::slots(card.kind) {
        let text = match field {
            Field::Name => Some(card.name.clone()),
            Field::EnglishName => card.english_name.clone(),
            Field::Sex => Some(sex_code(card.sex).to_string()),
            Field::Ethnic => card.ethnic_code.clone(),
            Field::Birth => Some(day(card.birth)),
            Field::Address => card.address.clone(),
            Field::Number => Some(card.id_number.clone()),
            Field::Authority => card.issuing_authority.clone(),
            Field::ValidFrom => Some(day(card.valid_from)),
            Field::ValidTo => Some(match card.valid_to {
                ValidTo::LongTerm => LONG_TERM.to_string(),
                ValidTo::Date(date) => day(date),
            }),
            Field::Pass => card.pass_number.clone(),
            Field::IssueCount => card.issue_count.clone(),
            Field::Nationality => card.nationality.clone(),
            Field::Version => card.card_version.clone(),
            Field::RenewalCount => card.renewal_count.clone(),
            Field::Former => card.former_number.clone(),
        };
        layout::scatter(card.kind, *field, &text.unwrap_or_default(), &mut block)?;
    }
    layout::set_kind(card.kind, &mut block);
    Ok(block)
}

fn sex_code(sex: Sex) -> char {
    match sex {
        Sex::Unknown => '0',
        Sex::Male => '1',
        Sex::Female => '2',
        Sex::NotStated => '9',
    }
}

/// The text of UTF-16LE bytes without its padding; `None` when nothing else is there.
///
/// Only spaces and zeros at the end are padding. A control character inside (a database would
/// refuse a zero) shows as U+FFFD, like half a surrogate pair.
pub(super) fn units(bytes: &[u8]) -> Option<String> {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|b| u16::from_le_bytes([b[0], b[1]]))
        .collect();
    let end = units.iter().rposition(|unit| !matches!(unit, 0 | 0x20))? + 1;
    let text: String = char::decode_utf16(units[..end].iter().copied())
        .map(|unit| match unit {
            Ok(c) if !c.is_control() => c,
            _ => char::REPLACEMENT_CHARACTER,
        })
        .collect();
    Some(text)
}

fn date(text: &str, field: &'static str) -> Result<NaiveDate, CardError> {
    if text.chars().all(|c| c == '0') {
        return Err(CardError::FaultyRead { field });
    }
    let digits = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    let parts = digits.then(|| (text[..4].parse(), text[4..6].parse(), text[6..].parse()));
    match parts {
        Some((Ok(year), Ok(month), Ok(day))) => NaiveDate::from_ymd_opt(year, month, day),
        _ => None,
    }
    .ok_or(CardError::BadDate { field })
}

/// Raw bytes as hexadecimal text.
mod hex_bytes {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(
            &bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>(),
        )
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(from)?;
        if !text.is_ascii() || text.len() % 2 != 0 {
            return Err(D::Error::custom("not hexadecimal"));
        }
        (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16).map_err(D::Error::custom))
            .collect()
    }
}

#[cfg(test)]
mod tests;
