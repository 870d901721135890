//! What the QR code says, and how it is verified.
//!
//! ```text
//! YZ1.{station code}.{serial}.{first 8 digits of the command's link}.{signature}
//! ```
//!
//! The signature is Ed25519 by the log's key over everything before the last dot, in hex. All of it
//! is upper case: a QR code packs capital letters, digits and dots closely. The key also signs the
//! log's links, which are 32 bytes; no text beginning with `YZ1.` is as short.

use domain::Division;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use qrcode::{Color, EcLevel, QrCode};

use super::bug;
use crate::error::Result;

const VERSION: &str = "YZ1";
/// Digits of the link: enough to find the command, and to tell a changed one.
const LINK_DIGITS: usize = 8;

/// What a verified code says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The station's community.
    pub station: Division,
    /// Station code and local serial.
    pub serial: String,
    /// How the command's link begins, lower case hex.
    pub link: String,
}

/// The text of the code.
pub fn text(station: &Division, serial: &str, link: &str, key: &SigningKey) -> String {
    let link: String = link.chars().take(LINK_DIGITS).collect();
    let claim = format!("{VERSION}.{station}.{serial}.{link}").to_uppercase();
    let signature = hex::encode_upper(key.sign(claim.as_bytes()).to_bytes());
    format!("{claim}.{signature}")
}

/// Whether a code looks like a receipt's; whose, only [`verify`] tells.
pub fn is_ours(text: &str) -> bool {
    text.strip_prefix(VERSION)
        .is_some_and(|rest| rest.starts_with('.'))
}

/// What a code says, when it was signed with this installation's log key.
pub fn verify(text: &str, key: &VerifyingKey) -> Option<Claim> {
    let text = text.trim();
    let (claim, signature) = text.rsplit_once('.')?;
    let mut bytes = [0; 64];
    hex::decode_to_slice(signature, &mut bytes).ok()?;
    key.verify_strict(claim.as_bytes(), &Signature::from_bytes(&bytes))
        .ok()?;
    let (version, rest) = claim.split_once('.')?;
    let (station, rest) = rest.split_once('.')?;
    let (serial, link) = rest.rsplit_once('.')?;
    (version == VERSION).then(|| Claim {
        station: Division(station.to_owned()),
        serial: serial.to_owned(),
        link: link.to_lowercase(),
    })
}

/// The dark and light squares of a code, without the margin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modules {
    /// Squares a side.
    pub side: usize,
    /// Row by row; true is dark.
    pub dark: Vec<bool>,
}

impl Modules {
    /// A code that survives a crease: a seventh of it may be unreadable.
    pub fn new(text: &str) -> Result<Modules> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).map_err(bug)?;
        let dark = code
            .to_colors()
            .into_iter()
            .map(|color| color == Color::Dark);
        Ok(Modules {
            side: code.width(),
            dark: dark.collect(),
        })
    }

    /// Dark squares side by side as one: row, first column, number.
    pub fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut runs = Vec::new();
        for (row, squares) in self.dark.chunks(self.side).enumerate() {
            let mut column = 0;
            for group in squares.chunk_by(|one, next| one == next) {
                if group[0] {
                    runs.push((row, column, group.len()));
                }
                column += group.len();
            }
        }
        runs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SERIAL: &str = "320302001005-26-000017";

    fn key(seed: u8) -> SigningKey {
        SigningKey::from_bytes(&[seed; 32])
    }

    fn sample() -> String {
        let station = Division("320302001005".to_owned());
        text(&station, SERIAL, &"ab12cd34".repeat(8), &key(7))
    }

    #[test]
    fn a_code_verifies_with_the_stations_key_and_no_other() {
        let claim = verify(&sample(), &key(7).verifying_key()).unwrap();
        assert_eq!(claim.station.0, "320302001005");
        assert_eq!(
            (claim.serial.as_str(), claim.link.as_str()),
            (SERIAL, "ab12cd34")
        );
        assert_eq!(verify(&sample(), &key(8).verifying_key()), None);
    }

    #[test]
    fn a_code_with_any_character_changed_or_cut_is_refused() {
        let (good, key) = (sample(), key(7).verifying_key());
        for at in 0..good.len() {
            let mut changed = good.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            assert_eq!(
                verify(&String::from_utf8(changed).unwrap(), &key),
                None,
                "at {at}"
            );
            assert_eq!(verify(&good[..at], &key), None, "cut at {at}");
        }
    }

    #[test]
    fn a_code_stays_small_enough_to_be_read_from_paper() {
        // 53 squares on 34 mm are 0.64 mm each.
        assert!(Modules::new(&sample()).unwrap().side <= 53);
    }

    #[test]
    fn runs_cover_the_dark_squares_and_nothing_else() {
        let modules = Modules::new(&sample()).unwrap();
        let mut covered = vec![false; modules.dark.len()];
        for (row, column, length) in modules.runs() {
            covered[row * modules.side + column..][..length].fill(true);
        }
        assert_eq!(covered, modules.dark);
    }
}
