//! QR codes and barcodes on a page: Code 128, Code 39, EAN and interleaved 2 of 5.
//!
//! rqrr reads QR, because it gives bytes: without a mark of their encoding they are taken as UTF-8,
//! else as GB 18030, never guessed from other countries' habits. rxing reads bars, as they lie or
//! turned by a quarter; a page that was flattened has them so.

use std::collections::HashSet;

use encoding_rs::GB18030;
use rxing::{BarcodeFormat, DecodeHints, RXingResult};

use super::{Plane, Point};

/// The longest side that is searched: A4 at 300 dots an inch. A larger page is reduced first.
const SIDE_LIMIT: usize = 3600;
/// The smallest side that can hold a code.
const SIDE_MIN: usize = 20;
/// The most codes given for a page.
pub const CODES_LIMIT: usize = 16;

/// What kind of code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// QR.
    Qr,
    /// Code 128.
    Code128,
    /// Code 39, its check character not verified: where it has one is not in the code.
    Code39,
    /// EAN-13.
    Ean13,
    /// EAN-8.
    Ean8,
    /// Interleaved 2 of 5.
    Itf,
}

/// A code on a page.
#[derive(Clone, PartialEq)]
pub struct Code {
    /// Its kind.
    pub kind: Kind,
    /// What it says.
    pub text: String,
    /// Its middle on the page, pixels.
    pub at: Point,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What it says may be anybody's.
        write!(f, "Code {{ {:?}, {} bytes }}", self.kind, self.text.len())
    }
}

const BARS: [(BarcodeFormat, Kind); 5] = [
    (BarcodeFormat::CODE_128, Kind::Code128),
    (BarcodeFormat::CODE_39, Kind::Code39),
    (BarcodeFormat::EAN_13, Kind::Ean13),
    (BarcodeFormat::EAN_8, Kind::Ean8),
    (BarcodeFormat::ITF, Kind::Itf),
];

/// The codes on a page, from the top; each text of a kind once.
#[must_use]
pub fn read(luma: &Plane) -> Vec<Code> {
    let longer = luma.width.max(luma.height);
    if luma.width.min(luma.height) < SIDE_MIN {
        return Vec::new();
    }
    let mut codes = Vec::new();
    // Half size first: its noise is less, and most codes are printed large.
    let factor = longer.div_ceil(SIDE_LIMIT).max(1);
    for factor in [2 * factor, factor] {
        let small = luma.reduced_by(factor, factor);
        if small.width.min(small.height) < SIDE_MIN {
            continue;
        }
        for code in squares(&small, factor)
            .into_iter()
            .chain(bars(small, factor))
        {
            let known = |old: &Code| old.kind == code.kind && old.text == code.text;
            if codes.len() < CODES_LIMIT && !codes.iter().any(known) {
                codes.push(code);
            }
        }
    }
    codes.sort_by(|a, b| a.at.y.total_cmp(&b.at.y));
    codes
}

/// QR codes.
fn squares(luma: &Plane, factor: usize) -> Vec<Code> {
    let at = |x: usize, y: usize| luma.data[y * luma.width + x];
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(luma.width, luma.height, at);
    let mut codes = Vec::new();
    for grid in image.detect_grids() {
        let mut bytes = Vec::new();
        if grid.decode_to(&mut bytes).is_err() {
            continue;
        }
        let corners = grid.bounds.map(|p| (p.x as f32, p.y as f32));
        codes.extend(words(bytes).map(|text| Code {
            kind: Kind::Qr,
            text,
            at: middle(&corners, factor),
        }));
    }
    codes
}

/// What the bytes of a QR code say, in the two encodings in use here.
fn words(bytes: Vec<u8>) -> Option<String> {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return Some(text),
        Err(error) => error.into_bytes(),
    };
    let text = GB18030.decode_without_bom_handling_and_without_replacement(&bytes);
    text.map(std::borrow::Cow::into_owned)
}

/// Barcodes.
fn bars(luma: Plane, factor: usize) -> Vec<Code> {
    let formats: HashSet<BarcodeFormat> = BARS.iter().map(|(format, _)| *format).collect();
    let mut hints = DecodeHints {
        PossibleFormats: Some(formats),
        TryHarder: Some(true),
        ..DecodeHints::default()
    };
    let (width, height) = (luma.width as u32, luma.height as u32);
    let search = rxing::helpers::detect_multiple_in_luma_with_hints;
    // That nothing is found is said by an error.
    let found = search(luma.data, width, height, &mut hints).unwrap_or_default();
    let code = |found: &RXingResult| {
        let format = found.getBarcodeFormat();
        let (_, kind) = BARS.iter().find(|(one, _)| one == format)?;
        let places = found.getPoints().iter().map(|p| (p.x, p.y));
        Some(Code {
            kind: *kind,
            text: found.getText().to_owned(),
            at: middle(&places.collect::<Vec<_>>(), factor),
        })
    };
    found.iter().filter_map(code).collect()
}

/// The middle of some places, in the page's pixels.
fn middle(places: &[(f32, f32)], factor: usize) -> Point {
    let scale = factor as f32 / places.len().max(1) as f32;
    Point {
        x: places.iter().map(|place| place.0).sum::<f32>() * scale,
        y: places.iter().map(|place| place.1).sum::<f32>() * scale,
    }
}

#[cfg(test)]
#[path = "codes/tests.rs"]
mod tests;
