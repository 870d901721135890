//! The receipt (受理回执) as a PDF: what was taken, what is still to be checked, and a QR code by
//! which anybody with the installation's public log key can tell that this station issued it.
//!
//! [`layout`] decides where everything stands, [`draw`] writes the PDF, [`qr`] signs and verifies.
//! Not here: opening the file, and who may have one.

pub mod draw;
pub mod layout;
pub mod qr;
mod words;

use std::path::Path;

use chrono::NaiveDate;
use domain::catalog::Words;
use domain::{Division, Reason};
use ed25519_dalek::SigningKey;

use crate::disk;
use crate::error::{Error, Result};
use crate::view::Receipt;

pub use words::masked_name;

/// Codes of this module.
pub const CODES: &[&str] = &["receipt.no_font", "receipt.not_issued_here"];

/// What a receipt says.
#[derive(Clone, Debug)]
pub struct Content {
    /// The station's community.
    pub station: Division,
    /// Its name.
    pub station_name: String,
    /// Station code and local serial.
    pub serial: String,
    /// The link of the command in the log, hex.
    pub link: String,
    /// The person's name; printed masked.
    pub name: String,
    /// The document's number, masked already.
    pub masked_number: String,
    /// The business.
    pub business: Words,
    /// The business date (受理日) that the law counts from.
    pub acted_on: NaiveDate,
    /// Who took it.
    pub staff: String,
    /// Materials and how many pages of each.
    pub materials: Vec<(Words, usize)>,
    /// What the centre must still check.
    pub pending: Vec<Reason>,
}

/// Writes the receipt to `path`, whole or not at all; `log_key` is the Ed25519 seed of the log.
///
/// Fails with `receipt.no_font` when the system has no font with Chinese characters, and with
/// `store.…` when the file can't be written.
pub fn make(path: &Path, content: &Content, log_key: &[u8; 32]) -> Result<Receipt> {
    let key = SigningKey::from_bytes(log_key);
    let qr = qr::text(&content.station, &content.serial, &content.link, &key);
    let modules = qr::Modules::new(&qr)?;
    let fonts = draw::Fonts::load(draw::FONTS)?;
    let title = format!("{} {}", words::TITLE[0], content.serial);
    let pdf = draw::pdf(&layout::pages(content, modules), &fonts, &title)?;
    disk::write_whole(path, &pdf)?;
    Ok(Receipt {
        path: path.display().to_string(),
        qr,
    })
}

/// A failure of the PDF library: nothing in a receipt can bring it about.
fn bug(what: impl std::fmt::Debug) -> Error {
    Error::Bug(format!("receipt: {what:?}"))
}

#[cfg(test)]
#[path = "receipt_tests.rs"]
mod tests;
