//! A camera's MJPEG frame made a JPEG that any decoder takes; pure.
//!
//! What cameras send: no Huffman tables (the AVI habit: the standard ones are meant), bytes after the
//! end, the end of the last frame before the beginning of this one, two pictures in a buffer (a
//! small one beside the large one), and whole other video streams in APP segments. What gets lost on
//! the way: the end of a frame, or a part of its middle, which restart markers give away.
//!
//! A picture that is not whole is refused: decoders paint what is missing grey and say nothing.

mod parse;
mod tables;

use super::rotation::Rotation;
use crate::error::PageError;
use parse::{Image, parse};
use std::borrow::Cow;

/// More pictures in one buffer are not looked at.
const IMAGES_LIMIT: usize = 8;

/// A whole picture in a buffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    image: Image,
}

impl Found {
    /// Width, pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        u32::from(self.image.width)
    }

    /// Height, pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        u32::from(self.image.height)
    }

    /// Whether the buffer is this picture and nothing else, its tables in it.
    fn is_plain(&self, bytes: &[u8]) -> bool {
        let image = &self.image;
        let all = image.start == 0 && image.end == bytes.len();
        all && image.has_tables && image.segments.iter().all(parse::Segment::is_needed)
    }
}

/// The largest whole picture of a buffer, and of several of one size the last: it is the newest.
///
/// # Errors
/// [`PageError::NotAnImage`] when none begins, [`PageError::Truncated`] when none is whole,
/// [`PageError::TooLarge`] past the limit of pixels.
pub fn find(bytes: &[u8]) -> Result<Found, PageError> {
    let (mut best, mut why) = (None::<Image>, PageError::NotAnImage);
    let mut at = 0;
    for _ in 0..IMAGES_LIMIT {
        let Some(start) = begin(bytes, at) else { break };
        match parse(bytes, start) {
            Ok(image) => {
                at = image.end;
                if best.as_ref().is_none_or(|best| image.area() >= best.area()) {
                    best = Some(image);
                }
            }
            Err(broken) => {
                at = broken.at.max(start + 2);
                why = broken.why;
            }
        }
    }
    best.map(|image| Found { image }).ok_or(why)
}

/// Where the next picture begins: `FF D8 FF`.
fn begin(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let at = rest
        .windows(3)
        .position(|three| three == [0xFF, 0xD8, 0xFF]);
    at.map(|at| from + at)
}

/// The frames of a recording, one behind the other; each runs up to the next one's beginning.
/// Damaged ones are among them as they are.
pub fn split(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut at = begin(bytes, 0);
    std::iter::from_fn(move || {
        let start = at?;
        let end = match parse(bytes, start) {
            Ok(image) => image.end,
            Err(broken) => broken.at.max(start + 2),
        };
        at = begin(bytes, end);
        Some(&bytes[start..at.unwrap_or(bytes.len())])
    })
}

/// The picture of a buffer as a JPEG of its own. A buffer that is one already stays byte for byte
/// what it is.
///
/// # Errors
/// As [`find`].
pub fn repair(bytes: Vec<u8>) -> Result<Vec<u8>, PageError> {
    let written = match repaired(&bytes)? {
        Cow::Borrowed(_) => None,
        Cow::Owned(written) => Some(written),
    };
    Ok(written.unwrap_or(bytes))
}

/// The same without taking the buffer.
///
/// # Errors
/// As [`find`].
pub fn repaired(bytes: &[u8]) -> Result<Cow<'_, [u8]>, PageError> {
    let found = find(bytes)?;
    if found.is_plain(bytes) {
        return Ok(Cow::Borrowed(bytes));
    }
    Ok(Cow::Owned(write(bytes, &found.image, Rotation::None)))
}

/// The same with the mark (Exif) that viewers turn it by; pixels stay.
///
/// # Errors
/// As [`find`].
pub fn repair_and_mark(bytes: Vec<u8>, rotation: Rotation) -> Result<Vec<u8>, PageError> {
    if rotation == Rotation::None {
        return repair(bytes);
    }
    let found = find(&bytes)?;
    Ok(write(&bytes, &found.image, rotation))
}

fn write(bytes: &[u8], image: &Image, rotation: Rotation) -> Vec<u8> {
    let room = tables::STANDARD_LEN + EXIF_LEN;
    let mut out = Vec::with_capacity(image.end - image.start + room);
    out.extend([0xFF, 0xD8]);
    if rotation != Rotation::None {
        out.extend(exif(rotation));
    }
    let mut has_tables = image.has_tables;
    for segment in &image.segments {
        if !segment.is_needed() || (rotation != Rotation::None && segment.is_exif(bytes)) {
            continue;
        }
        if segment.is_scan() && !has_tables {
            out.extend(tables::standard());
            has_tables = true;
        }
        out.extend_from_slice(&bytes[segment.range.clone()]);
    }
    out.extend([0xFF, 0xD9]);
    out
}

const EXIF_LEN: usize = 36;

/// An APP1 segment with one tag, the orientation.
///
/// ```text
/// FF E1  0022  "Exif" 00 00  "MM" 002A  00000008   header of TIFF, the directory follows it
/// 0001                                             one entry:
///   0112  0003  00000001  00vv 0000                orientation, SHORT, one, its value
/// 00000000                                         no further directory
/// ```
fn exif(rotation: Rotation) -> [u8; EXIF_LEN] {
    let mut segment = *b"\xFF\xE1\0\x22Exif\0\0MM\0\x2A\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x01\0\0\0\0\0\0";
    segment[29] = rotation.exif();
    segment
}

#[cfg(test)]
#[path = "mjpeg/tests.rs"]
mod tests;
