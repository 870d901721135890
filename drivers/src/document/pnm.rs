//! PNM, the uncompressed pictures `scanimage` writes: P4 (bits), P5 (grey), P6 (colour).
//!
//! ```text
//! P6  # comments  WIDTH HEIGHT MAXIMUM  (one white space)  pixels
//! ```
//!
//! A scan that ends at once leaves a file with a header, no pixels and no error, so the number of
//! bytes is checked against the header.

use crate::error::PageError;
use image::{DynamicImage, GrayImage, RgbImage};

/// The longest header looked at, bytes.
const HEADER_LIMIT: usize = 4096;

/// What the header says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// '4', '5' or '6'.
    pub kind: u8,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// The largest sample value: 255 or less is one byte a sample, more is two.
    pub maximum: u32,
    /// Where the pixels begin, bytes.
    pub data_at: usize,
}

impl Header {
    /// Bytes of pixels the picture must have.
    #[must_use]
    pub fn data_len(&self) -> u64 {
        let (width, height) = (u64::from(self.width), u64::from(self.height));
        let row = match self.kind {
            b'4' => width.div_ceil(8),
            b'5' => width * self.sample_len(),
            _ => width * 3 * self.sample_len(),
        };
        row.saturating_mul(height)
    }

    fn sample_len(&self) -> u64 {
        if self.maximum > 255 { 2 } else { 1 }
    }
}

/// Reads a header. Refuses what is no PNM of the three binary kinds, and a cut header.
pub fn header(bytes: &[u8]) -> Result<Header, PageError> {
    let kind = match bytes {
        [b'P', kind @ b'4'..=b'6', ..] => *kind,
        _ => return Err(PageError::NotAnImage),
    };
    let (mut at, mut numbers) = (2, [0_u32; 3]);
    let wanted = if kind == b'4' { 2 } else { 3 };
    for number in numbers.iter_mut().take(wanted) {
        at = skip_space(bytes, at)?;
        let digits = bytes[at..]
            .iter()
            .take(10)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let text = std::str::from_utf8(&bytes[at..at + digits]).unwrap_or_default();
        *number = text.parse().map_err(|_| PageError::NotAnImage)?;
        at += digits;
    }
    if !bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        return Err(PageError::Truncated);
    }
    let [width, height, maximum] = numbers;
    let maximum = if kind == b'4' { 1 } else { maximum };
    if width == 0 || height == 0 || !(1..=65_535).contains(&maximum) {
        return Err(PageError::NotAnImage);
    }
    Ok(Header {
        kind,
        width,
        height,
        maximum,
        data_at: at + 1,
    })
}

fn skip_space(bytes: &[u8], mut at: usize) -> Result<usize, PageError> {
    while at < bytes.len().min(HEADER_LIMIT) {
        match bytes[at] {
            b'#' => {
                let line = bytes[at..].iter().position(|byte| *byte == b'\n');
                at += line.ok_or(PageError::Truncated)?;
            }
            byte if byte.is_ascii_whitespace() => at += 1,
            _ => return Ok(at),
        }
    }
    Err(PageError::Truncated)
}

/// The picture with 8 bits a sample. Refuses fewer bytes than the header announces.
pub fn decode(bytes: &[u8]) -> Result<DynamicImage, PageError> {
    let header = header(bytes)?;
    let want = usize::try_from(header.data_len()).map_err(|_| PageError::NotAnImage)?;
    let data = bytes[header.data_at..]
        .get(..want)
        .ok_or(PageError::Truncated)?;
    let (width, height) = (header.width, header.height);
    let picture = match header.kind {
        b'4' => {
            let row_len = width.div_ceil(8) as usize;
            let row = |row: &[u8]| {
                let dark = |x: u32| row[(x / 8) as usize] >> (7 - x % 8) & 1 == 1;
                (0..width)
                    .map(|x| if dark(x) { 0 } else { 255 })
                    .collect::<Vec<u8>>()
            };
            let pixels = data.chunks_exact(row_len).flat_map(row).collect();
            GrayImage::from_raw(width, height, pixels).map(DynamicImage::from)
        }
        b'5' => GrayImage::from_raw(width, height, samples(data, &header)).map(Into::into),
        _ => RgbImage::from_raw(width, height, samples(data, &header)).map(Into::into),
    };
    picture.ok_or(PageError::NotAnImage)
}

fn samples(data: &[u8], header: &Header) -> Vec<u8> {
    let scale = |value: u32| {
        u8::try_from(value.min(header.maximum) * 255 / header.maximum).unwrap_or(u8::MAX)
    };
    match header.maximum {
        255 => data.to_vec(),
        1..255 => data.iter().map(|byte| scale(u32::from(*byte))).collect(),
        _ => {
            let words = data
                .chunks_exact(2)
                .map(|b| u32::from(u16::from_be_bytes([b[0], b[1]])));
            words.map(scale).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile;

    #[test]
    fn the_three_kinds_are_read() {
        let gray = decode(b"P5\n# SANE data follows\n2 1\n255\n\x00\xFF").unwrap();
        assert_eq!(gray.to_luma8().into_raw(), [0, 255]);
        let bits = decode(b"P4\n3 2\n\xA0\x40").unwrap();
        assert_eq!(bits.to_luma8().into_raw(), [0, 255, 0, 255, 0, 255]);
        let color = decode(b"P6 1 1 65535 \xFF\xFF\x80\x00\x00\x00").unwrap();
        assert_eq!(color.to_rgb8().into_raw(), [255, 127, 0]);
        let low = decode(b"P5 2 1 15\n\x0F\x00").unwrap();
        assert_eq!(low.to_luma8().into_raw(), [255, 0]);
    }

    #[test]
    fn every_truncation_is_refused() {
        let whole = b"P6\n# SANE data follows\n2 2\n255\n\x01\x02\x03\x04\x05\x06\x07\x08\x09abc";
        assert!(decode(whole).is_ok());
        for cut in 0..whole.len() {
            assert!(decode(&whole[..cut]).is_err(), "{cut}");
        }
    }

    #[test]
    fn a_header_that_announces_the_impossible_is_refused() {
        for wrong in [
            "P5 0 1 255\n",
            "P5 1 1 0\n",
            "P5 1 1 70000\n",
            "P3 1 1 255\n",
            "P5 x 1 1\n",
        ] {
            assert!(header(wrong.as_bytes()).is_err(), "{wrong}");
        }
        assert_eq!(
            decode(b"P6 4294967295 4294967295 255\n1"),
            Err(PageError::Truncated)
        );
    }

    #[test]
    fn hostile_headers_do_no_harm() {
        let words = [
            "P4",
            "P5",
            "P6",
            " ",
            "\n",
            "#",
            "1",
            "0",
            "65535",
            "4294967295",
            "-1",
            "\0",
            "99",
        ];
        let make = |chance: &mut hostile::Chance| {
            let count = chance.below(60);
            let text: String = (0..count).map(|_| *chance.of(&words)).collect();
            text.into_bytes()
        };
        let samples = [
            b"P6\n# SANE data follows\n2 2\n255\n\x01\x02\x03\x04\x05\x06\x07\x08\x09abc".to_vec(),
            b"P4\n9 2\n\xA0\x40\xA0\x40".to_vec(),
            b"P5 2 1 65535\n\x0F\x00\x0F\x00".to_vec(),
        ];
        hostile::parser(&samples, make, 1 << 16, |bytes| {
            let _ = decode(bytes);
        });
    }
}
