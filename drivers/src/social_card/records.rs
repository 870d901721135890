//! The records of a social-security card: `tag(1) length(1) value`, thirteen of them.
//!
//! | file | id | no | item | bytes | coding |
//! |---|---|---|---|---|---|
//! | EF05 | 01 | 1 | card identification | 16 | hexadecimal |
//! | EF05 | 02 | 2 | class | 1 | ASCII |
//! | EF05 | 03 | 3 | version of the standard | 4 | ASCII |
//! | EF05 | 04 | 4 | issuer | 12 | hexadecimal |
//! | EF05 | 05 | 5 | day of issue | 4 | BCD YYYYMMDD |
//! | EF05 | 06 | 6 | last day of validity | 4 | BCD YYYYMMDD |
//! | EF05 | 07 | 7 | card number | 9 | ASCII |
//! | EF06 | 08 | 1 | social-security number | 18 | ASCII |
//! | EF06 | 09 | 2 | name | 30 | GBK, padded with zeros or blanks |
//! | EF06 | 0A | 3 | sex | 1 | ASCII |
//! | EF06 | 0B | 4 | ethnic group | 1 | BCD |
//! | EF06 | 0C | 5 | place of birth | 3 | BCD |
//! | EF06 | 0D | 6 | day of birth | 4 | BCD YYYYMMDD |
//!
//! Source: several public implementations that agree. Beyond them, and unconfirmed: the name may be
//! shorter than its 30 bytes; a blank optional item is all 00, FF or spaces. Not here: how the
//! records are fetched.

use super::{SocialCard, number};
use crate::error::CardError;
use crate::id_card::text::Sex;
use chrono::{Datelike, NaiveDate};
use encoding_rs::{GB18030, GBK};

/// The two files that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    /// EF05: the card itself.
    Card,
    /// EF06: its holder.
    Holder,
}

/// One item of the table above.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    /// The file it stands in.
    pub file: File,
    /// Its tag, which is also its record's identifier.
    pub id: u8,
    /// Its record's number within the file.
    pub number: u8,
    /// Length of its value, bytes.
    pub len: u8,
    /// Its name in failures.
    pub field: &'static str,
}

const fn item(file: File, id: u8, number: u8, len: u8, field: &'static str) -> Item {
    Item {
        file,
        id,
        number,
        len,
        field,
    }
}

/// All items, in the order they are read and kept.
pub static ITEMS: [Item; 13] = [
    item(File::Card, 0x01, 1, 16, "identification"),
    item(File::Card, 0x02, 2, 1, "class"),
    item(File::Card, 0x03, 3, 4, "version"),
    item(File::Card, 0x04, 4, 12, "issuer"),
    item(File::Card, 0x05, 5, 4, "issued"),
    item(File::Card, 0x06, 6, 4, "valid_to"),
    item(File::Card, 0x07, 7, 9, "card_number"),
    item(File::Holder, ID_NUMBER, 1, 18, "id_number"),
    item(File::Holder, NAME, 2, 30, "name"),
    item(File::Holder, 0x0A, 3, 1, "sex"),
    item(File::Holder, 0x0B, 4, 1, "ethnic"),
    item(File::Holder, 0x0C, 5, 3, "birth_place"),
    item(File::Holder, 0x0D, 6, 4, "birth"),
];

const ID_NUMBER: u8 = 0x08;
const NAME: u8 = 0x09;

impl Item {
    /// Whether a card without it is of no use.
    #[must_use]
    pub fn is_needed(&self) -> bool {
        matches!(self.id, ID_NUMBER | NAME)
    }
}

/// Splits the first record off: its value and what follows. Refuses another item's record and a
/// length the item cannot have; length 0 stands for an item the card lacks.
pub fn split_record<'a>(bytes: &'a [u8], item: &Item) -> Result<(&'a [u8], &'a [u8]), CardError> {
    let [tag, len, rest @ ..] = bytes else {
        return Err(CardError::FrameTruncated {
            got: bytes.len(),
            want: 2,
        });
    };
    if *tag != item.id {
        return Err(CardError::WrongRecord { tag: *tag });
    }
    let fits = *len == item.len || *len == 0 || (item.id == NAME && *len < item.len);
    let len = usize::from(*len);
    if !fits {
        return Err(CardError::ContentLength { got: len });
    }
    if rest.len() < len {
        return Err(CardError::FrameTruncated {
            got: bytes.len(),
            want: len + 2,
        });
    }
    Ok(rest.split_at(len))
}

/// Reads the thirteen records, one after the other in the order of [`ITEMS`] and nothing behind
/// them; an item the card lacks is a record of length 0.
pub fn decode(raw: &[u8]) -> Result<SocialCard, CardError> {
    let (mut values, mut rest) = ([&raw[..0]; ITEMS.len()], raw);
    for (value, item) in values.iter_mut().zip(&ITEMS) {
        (*value, rest) = split_record(rest, item)?;
    }
    if !rest.is_empty() {
        return Err(CardError::ContentLength { got: raw.len() });
    }
    let [
        identification,
        class,
        version,
        issuer,
        issued,
        valid_to,
        card_number,
        ..,
    ] = values;
    let [.., id_number, name, sex, ethnic, birth_place, birth] = values;
    let id_number = text(id_number).ok_or(CardError::FaultyRead { field: "id_number" })?;
    if number::is_citizens(&id_number) && !number::checks(&id_number) {
        return Err(CardError::BadNumber);
    }
    let name = gbk(name).ok_or(CardError::FaultyRead { field: "name" })?;
    let birth = match date(birth, "birth")? {
        Some(birth) => birth,
        None => birth_of(&id_number).ok_or(CardError::FaultyRead { field: "birth" })?,
    };
    Ok(SocialCard {
        identification: hexadecimal(identification),
        class: text(class),
        version: text(version),
        issuer: hexadecimal(issuer),
        issued: date(issued, "issued")?,
        valid_to: date(valid_to, "valid_to")?,
        card_number: text(card_number),
        id_number,
        name,
        sex: match sex {
            b"1" => Sex::Male,
            b"2" => Sex::Female,
            b"9" => Sex::NotStated,
            _ => Sex::Unknown,
        },
        ethnic_code: bcd(ethnic).filter(|code| code != "00"),
        birth_place: bcd(birth_place).filter(|code| code != "000000"),
        birth,
    })
}

/// Writes the thirteen records, for the virtual card.
pub fn encode(card: &SocialCard) -> Result<Vec<u8>, CardError> {
    let optional = |text: &Option<String>| text.clone().unwrap_or_default().into_bytes();
    let digits = |text: &Option<String>| packed(text.as_deref().unwrap_or_default());
    let day = |date: Option<NaiveDate>| packed(&date.map(digits_of).unwrap_or_default());
    let values = [
        digits(&card.identification),
        optional(&card.class),
        optional(&card.version),
        digits(&card.issuer),
        day(card.issued),
        day(card.valid_to),
        optional(&card.card_number),
        card.id_number.clone().into_bytes(),
        padded(GB18030.encode(&card.name).0.into_owned(), ITEMS[8].len),
        vec![match card.sex {
            Sex::Unknown => b'0',
            Sex::Male => b'1',
            Sex::Female => b'2',
            Sex::NotStated => b'9',
        }],
        digits(&card.ethnic_code),
        digits(&card.birth_place),
        day(Some(card.birth)),
    ];
    let mut raw = Vec::new();
    for (item, value) in ITEMS.iter().zip(values) {
        if !value.is_empty() && value.len() != usize::from(item.len) {
            return Err(CardError::FieldTooLong { field: item.field });
        }
        raw.extend([item.id, if value.is_empty() { 0 } else { item.len }]);
        raw.extend(value);
    }
    Ok(raw)
}

fn padded(mut bytes: Vec<u8>, len: u8) -> Vec<u8> {
    bytes.resize(bytes.len().max(usize::from(len)), 0);
    bytes
}

fn digits_of(date: NaiveDate) -> String {
    format!("{:04}{:02}{:02}", date.year(), date.month(), date.day())
}

/// Two hexadecimal digits to a byte.
fn packed(digits: &str) -> Vec<u8> {
    let nibbles: Vec<u8> = digits
        .chars()
        .map(|digit| digit.to_digit(16).unwrap_or(0) as u8)
        .collect();
    nibbles
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0))
        .collect()
}

/// A value without its padding at the end; `None` when it is nothing but padding.
fn unpadded(value: &[u8]) -> Option<&[u8]> {
    let end = value
        .iter()
        .rposition(|byte| !matches!(byte, 0x00 | 0x20 | 0xFF))?;
    Some(&value[..=end])
}

/// ASCII text. What is not printable ASCII shows as U+FFFD.
fn text(value: &[u8]) -> Option<String> {
    let printable = |byte: &u8| match byte {
        0x20..=0x7E => char::from(*byte),
        _ => char::REPLACEMENT_CHARACTER,
    };
    unpadded(value).map(|value| value.iter().map(printable).collect())
}

/// Text in GBK (or GB 18030, which goes on from it). No character ends in 00, 20 or FF, so padding
/// is told from text. A control character (a database would refuse a zero) and half a character
/// show as U+FFFD.
fn gbk(value: &[u8]) -> Option<String> {
    let (text, _) = GBK.decode_without_bom_handling(unpadded(value)?);
    let shown = |c: char| match c.is_control() {
        true => char::REPLACEMENT_CHARACTER,
        false => c,
    };
    Some(text.chars().map(shown).collect())
}

fn hexadecimal(value: &[u8]) -> Option<String> {
    unpadded(value)?;
    Some(value.iter().map(|byte| format!("{byte:02X}")).collect())
}

/// Decimal digits; `None` for anything with another digit in it, such as FF for blank.
fn bcd(value: &[u8]) -> Option<String> {
    let digits: String = value.iter().map(|byte| format!("{byte:02X}")).collect();
    let decimal = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
    decimal.then_some(digits)
}

fn date(value: &[u8], field: &'static str) -> Result<Option<NaiveDate>, CardError> {
    if unpadded(value).is_none() {
        return Ok(None);
    }
    let digits = bcd(value).ok_or(CardError::BadDate { field })?;
    day_of(&digits)
        .map(Some)
        .ok_or(CardError::BadDate { field })
}

/// The day of eight decimal digits.
fn day_of(digits: &str) -> Option<NaiveDate> {
    let part = |from: usize, to: usize| digits.get(from..to)?.parse().ok();
    NaiveDate::from_ymd_opt(part(0, 4)? as i32, part(4, 6)?, part(6, 8)?)
}

/// The day of birth in a citizen's number.
fn birth_of(id_number: &str) -> Option<NaiveDate> {
    number::is_citizens(id_number).then(|| day_of(&id_number[6..14]))?
}

#[cfg(test)]
mod tests;
