//! Who somebody is according to a document that was seen: kind, number and what is printed there.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The documents that name a person here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum DocumentKind {
    /// 居民身份证
    CitizenCard,
    /// 港澳台居民居住证
    HkMoTwPermit,
    /// 外国人永久居留身份证（2017 版，15 位）
    Foreigner2017,
    /// 外国人永久居留身份证（2023 版，18 位）
    Foreigner2023,
}

/// Kind and number: the name by which stations speak of a person.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Document {
    /// Which document.
    pub kind: DocumentKind,
    /// Upper case, no blanks.
    pub number: String,
}

/// GB/T 2261.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Sex {
    /// 0 未知的性别
    Unknown,
    /// 1 男
    Male,
    /// 2 女
    Female,
    /// 9 未说明的性别
    NotStated,
}

/// What the document says, as it says it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Identity {
    /// Kind and number.
    pub document: Document,
    /// The name the person goes by: the Chinese one where there is one.
    pub name: String,
    /// The name in Latin letters on a foreigner's card.
    pub latin_name: Option<String>,
    /// Sex as coded on the document.
    pub sex: Sex,
    /// GB/T 3304 code, where the document has one.
    pub ethnic: Option<String>,
    /// Date of birth.
    pub birth: NaiveDate,
    /// Address as printed; empty where the document has none.
    pub address: String,
    /// Issuing authority; empty where the document has none.
    pub issuer: String,
    /// First day of validity.
    pub valid_from: Option<NaiveDate>,
    /// Last day of validity; None is 长期.
    pub valid_to: Option<NaiveDate>,
    /// Three-letter nationality on a foreigner's card.
    pub nationality: Option<String>,
}

/// How the identity was established; kept with the command, never the raw block itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "how", rename_all = "snake_case")]
#[ts(export)]
pub enum Evidence {
    /// A card was read.
    CardRead {
        /// The reader's name as the system gives it.
        reader: String,
        /// The security module's own number, where the reader tells it.
        sam_id: Option<String>,
        /// SHA-256 of the block as read, hex.
        block_sha256: String,
        /// When its last byte had come, by the station's clock. Programs before 0.2 did not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        read_at: Option<DateTime<Utc>>,
    },
    /// A social-security card was read: it names the person by number and shows no address.
    SocialCardRead {
        /// The reader's name as the system gives it.
        reader: String,
        /// SHA-256 of the records as read, hex.
        block_sha256: String,
        /// When the last byte had come, by the station's clock.
        read_at: DateTime<Utc>,
    },
    /// Copied by hand from a document, or from the known record.
    Typed {
        /// Why there was no card.
        reason: String,
    },
}

impl Evidence {
    /// Whether a chip said who it is.
    #[must_use]
    pub fn is_read(&self) -> bool {
        !matches!(self, Evidence::Typed { .. })
    }
}

impl Identity {
    /// Full years on `day`.
    pub fn age_on(&self, day: NaiveDate) -> i32 {
        full_years(self.birth, day)
    }

    /// Whether the document has run out on `day`.
    pub fn is_expired_on(&self, day: NaiveDate) -> bool {
        self.valid_to.is_some_and(|end| end < day)
    }

    /// Whether two names are the same name: blanks and letter case do not tell people apart, and
    /// neither does the middle dot, which systems write in several ways.
    pub fn same_name(&self, other: &Identity) -> bool {
        normal_name(&self.name) == normal_name(&other.name)
    }
}

/// Full years between two days.
pub fn full_years(from: NaiveDate, to: NaiveDate) -> i32 {
    let years = to.year() - from.year();
    if (to.month(), to.day()) < (from.month(), from.day()) {
        years - 1
    } else {
        years
    }
}

fn normal_name(name: &str) -> String {
    name.chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| {
            if matches!(c, '•' | '．' | '・' | '‧') {
                '·'
            } else {
                c
            }
        })
        .flat_map(char::to_uppercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_birthday_counts_from_the_day_itself() {
        let born = NaiveDate::from_ymd_opt(1980, 2, 29).unwrap();
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(full_years(born, day(1996, 2, 28)), 15);
        assert_eq!(full_years(born, day(1996, 2, 29)), 16);
    }

    #[test]
    fn evidence_of_programs_that_did_not_say_when_is_still_understood() {
        let old = r#"{"how":"card_read","reader":"R 00 00","sam_id":null,"block_sha256":"ab"}"#;
        let evidence: Evidence = serde_json::from_str(old).unwrap();
        let Evidence::CardRead { read_at, .. } = &evidence else {
            panic!("{evidence:?}")
        };
        assert_eq!(*read_at, None);
        assert_eq!(
            serde_json::to_string(&evidence).unwrap(),
            old,
            "word for word: links are made over it"
        );
    }

    #[test]
    fn dots_and_blanks_do_not_tell_people_apart() {
        assert_eq!(
            normal_name("阿依古丽•买买提"),
            normal_name("阿依古丽 · 买买提")
        );
        assert_ne!(normal_name("王芳"), normal_name("王方"));
    }
}
