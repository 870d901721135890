//! The photo: an optional decoder in a process of its own, and a placeholder without it.
//!
//! No open decoder of WLT exists, and the closed ones crash, hang, and want 32 bits; so a decoder
//! is a program of its own that this module only knows by its pipes:
//!
//! ```text
//! standard input    1,024 bytes, WLT, then the end
//! standard output   a Windows bitmap of 102 by 126 points, 24 bits, not compressed (38,862 bytes)
//! exit status       0
//! ```
//!
//! It has 3 s, is killed when it is not done, and what it writes is checked to the last byte before
//! anybody shows it. One process per photo: a crash costs one picture.

use super::process::{Fault, Process};
use super::sdt::PHOTO_LEN;
use crate::error::PhotoError;
use serde::Deserialize;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Points across.
pub const WIDTH: usize = 102;
/// Points down.
pub const HEIGHT: usize = 126;
/// A row in the bitmap: 3 bytes a point, filled up to a multiple of 4.
const ROW_LEN: usize = (WIDTH * 3).next_multiple_of(4);
/// Both headers of the bitmap, bytes.
const HEAD_LEN: usize = 54;
/// The whole bitmap, bytes.
pub const BITMAP_LEN: usize = HEAD_LEN + ROW_LEN * HEIGHT;
/// How long a decoder may take.
const LIMIT: Duration = Duration::from_secs(3);

/// A decoder program; in a file of profiles the table `[photo]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decoder {
    /// The program.
    pub program: PathBuf,
    /// What it is started with.
    #[serde(default)]
    pub arguments: Vec<String>,
    /// How long it may take.
    #[serde(skip, default = "limit")]
    pub limit: Duration,
}

fn limit() -> Duration {
    LIMIT
}

impl Decoder {
    /// A program that is started without arguments and given 3 s.
    #[must_use]
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            arguments: Vec::new(),
            limit: LIMIT,
        }
    }

    /// The bitmap of a photo as it is on the card.
    pub fn decode(&self, wlt: &[u8]) -> Result<Vec<u8>, PhotoError> {
        // A photo is 1024 bytes or no photo; what decoders do with less nobody knows.
        if wlt.len() != PHOTO_LEN {
            return Err(PhotoError::NotThePicture);
        }
        let until = Instant::now() + self.limit;
        let mut process = Process::start(&self.program, &self.arguments).map_err(error_of)?;
        process.give(wlt.to_vec()).map_err(error_of)?;
        process.give_no_more();
        let (bitmap, ended_well) = process.take_all(BITMAP_LEN, until).map_err(error_of)?;
        match (ended_well, is_the_picture(&bitmap)) {
            (false, _) => Err(PhotoError::Crashed),
            (true, false) => Err(PhotoError::NotThePicture),
            (true, true) => Ok(bitmap),
        }
    }
}

fn error_of(fault: Fault) -> PhotoError {
    match fault {
        Fault::NotStarted => PhotoError::NotInstalled,
        Fault::Late => PhotoError::Hung,
        Fault::Ended => PhotoError::Crashed,
    }
}

/// Whether bytes are a bitmap of the one form that is shown. Height may be negative: rows from the
/// top then.
#[must_use]
pub fn is_the_picture(bitmap: &[u8]) -> bool {
    if bitmap.len() != BITMAP_LEN || !bitmap.starts_with(b"BM") {
        return false;
    }
    let word = |at: usize| u16::from_le_bytes([bitmap[at], bitmap[at + 1]]);
    let long = |at: usize| u32::from(word(at)) | u32::from(word(at + 2)) << 16;
    let height = long(22).cast_signed().unsigned_abs();
    // Start of the points, length of the second header, planes, bits a point, compression.
    (long(10), long(14), word(26), word(28), long(30)) == (54, 40, 1, 24, 0)
        && (long(18), height) == (WIDTH as u32, HEIGHT as u32)
}

/// What is shown without a decoder or a photo: head and shoulders in grey, as a bitmap.
#[must_use]
pub fn placeholder() -> Vec<u8> {
    let mut bitmap = head();
    for y in (0..HEIGHT).rev() {
        let row = (0..WIDTH).flat_map(|x| [if in_figure(x, y) { 0xA8 } else { 0xE8 }; 3]);
        bitmap.extend(row);
        bitmap.resize(HEAD_LEN + ROW_LEN * (HEIGHT - y), 0);
    }
    bitmap
}

fn head() -> Vec<u8> {
    let mut head = b"BM".to_vec();
    let len = |len: usize| u32::try_from(len).expect("a photo is small").to_le_bytes();
    for long in [BITMAP_LEN, 0, HEAD_LEN, 40, WIDTH, HEIGHT] {
        head.extend_from_slice(&len(long));
    }
    head.extend_from_slice(&[1, 0, 24, 0]);
    head.resize(HEAD_LEN, 0);
    head
}

fn in_figure(x: usize, y: usize) -> bool {
    let within = |cx: i64, cy: i64, rx: i64, ry: i64| {
        let (dx, dy) = (x as i64 - cx, y as i64 - cy);
        dx * dx * ry * ry + dy * dy * rx * rx <= rx * rx * ry * ry
    };
    within(51, 48, 23, 28) || within(51, 126, 44, 42)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_placeholder_is_a_bitmap_that_any_program_reads() {
        let bitmap = placeholder();
        assert_eq!(bitmap.len(), 38_862);
        assert!(is_the_picture(&bitmap));
        // The corner is ground, the middle is figure.
        assert_eq!(bitmap[HEAD_LEN + ROW_LEN * (HEIGHT - 1)], 0xE8);
        assert_eq!(bitmap[HEAD_LEN + ROW_LEN * 60 + 3 * 51], 0xA8);
    }

    #[test]
    fn every_truncation_and_every_other_form_is_refused() {
        let good = placeholder();
        for cut in (0..HEAD_LEN).chain([HEAD_LEN + 1, BITMAP_LEN - 1]) {
            assert!(!is_the_picture(&good[..cut]), "{cut}");
        }
        for (at, byte) in [
            (0, b'X'),
            (10, 55),
            (14, 108),
            (18, 101),
            (22, 127),
            (28, 32),
            (30, 1),
        ] {
            let mut other = good.clone();
            other[at] = byte;
            assert!(!is_the_picture(&other), "byte {at}");
        }
        let mut from_top = good.clone();
        from_top[22..26].copy_from_slice(&(-126_i32).to_le_bytes());
        assert!(is_the_picture(&from_top));
    }

    #[test]
    fn hostile_pictures_never_panic() {
        let made_up = |chance: &mut crate::hostile::Chance| {
            let mut bitmap = placeholder();
            for _ in 0..chance.below(4) {
                let at = chance.below(HEAD_LEN);
                bitmap[at] = chance.bits() as u8;
            }
            bitmap
        };
        crate::hostile::parser(&[placeholder()], made_up, 1 << 16, |bytes| {
            let _ = is_the_picture(bytes);
        });
    }
}
