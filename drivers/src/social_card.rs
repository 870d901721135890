//! Social-security cards (社会保障卡): from a card's records to a [`SocialCard`].
//!
//! - [`records`]: the records of the card's two files, pure both ways.
//! - `exchange`: selecting the application and fetching its records.
//! - [`number`]: the check digit of a citizen's number.
//!
//! The application is 社会保障 of the ministry's card standard (SSSE), the same over a contact
//! reader (T=0) and over the antenna of a card of the third generation. What needs a key (account,
//! fund, PIN) is never asked for.
//!
//! Not here: connecting to a card (`id_card::pcsc`) and waiting for one (`id_card::monitor`).
//! No real card has answered this code: it is tried with the virtual one only.

mod exchange;
pub mod number;
pub mod records;

use crate::error::CardError;
use crate::id_card::reading::Evidence;
use crate::id_card::text::Sex;
use crate::id_card::transport::Exchange;
use chrono::NaiveDate;
use std::time::{Instant, SystemTime};

pub use exchange::AID;

/// What a social-security card says of itself and of its holder. What the card lacks is `None`.
#[derive(Clone, PartialEq, Eq)]
pub struct SocialCard {
    /// 卡识别码, 32 hexadecimal digits; the first six are an area code.
    pub identification: Option<String>,
    /// 卡的类别, one character.
    pub class: Option<String>,
    /// 规范版本, such as `2.00` or `3.00`.
    pub version: Option<String>,
    /// 初始化机构编号, 24 hexadecimal digits.
    pub issuer: Option<String>,
    /// 发卡日期.
    pub issued: Option<NaiveDate>,
    /// 卡有效期.
    pub valid_to: Option<NaiveDate>,
    /// 卡号, nine characters.
    pub card_number: Option<String>,
    /// 社会保障号码: for citizens the number of the identity card.
    pub id_number: String,
    /// 姓名.
    pub name: String,
    /// 性别.
    pub sex: Sex,
    /// 民族, two digits of GB/T 3304.
    pub ethnic_code: Option<String>,
    /// 出生地, six digits of GB/T 2260.
    pub birth_place: Option<String>,
    /// 出生日期.
    pub birth: NaiveDate,
}

impl std::fmt::Debug for SocialCard {
    /// Says the version only: a card must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SocialCard {{ version: {:?}, .. }}", self.version)
    }
}

/// A social-security card, read.
#[derive(Clone)]
pub struct Reading {
    /// Name of the reader.
    pub reader: String,
    /// The card.
    pub card: SocialCard,
    /// The records as they came, one after the other; see [`records::decode`].
    pub raw: Vec<u8>,
    /// When the last byte had come.
    pub taken_at: Instant,
    /// The same by the wall clock.
    pub read_at: SystemTime,
    /// From connecting to the last byte, milliseconds.
    pub exchange_ms: u32,
}

impl Reading {
    /// What proves the read.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        Evidence::of(&self.reader, None, self.read_at, &self.raw)
    }
}

impl std::fmt::Debug for Reading {
    /// Leaves the content out: a card must not get into a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("social_card::Reading")
            .field("reader", &self.reader)
            .field("card", &self.card)
            .field("exchange_ms", &self.exchange_ms)
            .finish_non_exhaustive()
    }
}

/// Reads the social-security application of the card at the other end; `None` when it has none.
/// `started` is when the card was connected to.
pub fn read(
    link: &mut dyn Exchange,
    reader: &str,
    started: Instant,
) -> Result<Option<Reading>, CardError> {
    let Some(raw) = exchange::read(link)? else {
        return Ok(None);
    };
    let (taken_at, read_at) = (Instant::now(), SystemTime::now());
    let exchange = taken_at.duration_since(started).as_millis();
    Ok(Some(Reading {
        reader: reader.to_string(),
        card: records::decode(&raw)?,
        raw,
        taken_at,
        read_at,
        exchange_ms: u32::try_from(exchange).unwrap_or(u32::MAX),
    }))
}
