//! A page from bytes: checked, turned, made small, made JPEG.
//!
//! The bytes of a good page are kept as they are; only turning and converting write new ones.

use super::{Format, pnm};
use crate::error::PageError;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

/// The longest file taken as a page, bytes.
pub const BYTES_LIMIT: u64 = 32 << 20;
/// The most pixels a page may have: A3 at 600 dpi is 70 million.
pub const PIXELS_LIMIT: u64 = 100_000_000;
/// The longest uncompressed page from a scanner, bytes: the most pixels, in colour, 16 bits.
pub const RAW_LIMIT: u64 = PIXELS_LIMIT * 6;
/// PNG's compression never makes more than this out of a byte.
const PNG_BYTES_A_BYTE: u64 = 1032;
/// JPEG quality of pages we encode.
const PAGE_QUALITY: u8 = 85;
/// JPEG quality of thumbnails.
const THUMBNAIL_QUALITY: u8 = 75;

/// What a good page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// Its form.
    pub format: Format,
    /// Width, pixels, as stored.
    pub width: u32,
    /// Height, pixels, as stored.
    pub height: u32,
}

/// Checks that bytes are a page: JPEG, PNG or PNM, whole, decodable, within the limits.
pub fn check(bytes: &[u8]) -> Result<Info, PageError> {
    let (picture, format) = decode(bytes)?;
    Ok(Info {
        format,
        width: picture.width(),
        height: picture.height(),
    })
}

/// The form of a picture that runs to its end mark. Cheap: nothing is decoded, so that damage in
/// the middle is not found; [`check`] finds it.
pub fn whole(bytes: &[u8]) -> Result<Format, PageError> {
    let format = sniff(bytes)?;
    let is_whole = match format {
        Format::Jpeg => jpeg_is_whole(bytes),
        Format::Png => png_is_whole(bytes),
        Format::Pnm => {
            let header = pnm::header(bytes)?;
            (bytes.len() - header.data_at) as u64 >= header.data_len()
        }
    };
    is_whole.then_some(format).ok_or(PageError::Truncated)
}

/// The same page as JPEG; a JPEG stays byte for byte what it is.
pub fn to_jpeg(bytes: Vec<u8>) -> Result<Vec<u8>, PageError> {
    let (picture, format) = decode(&bytes)?;
    if format == Format::Jpeg {
        Ok(bytes)
    } else {
        encode_jpeg(&picture, PAGE_QUALITY)
    }
}

/// The same page as a JPEG that lies as it is stored, for programs that know of no note about turning;
/// one that lies so already stays byte for byte what it is.
pub fn to_upright_jpeg(bytes: Vec<u8>) -> Result<Vec<u8>, PageError> {
    let (mut picture, format, orientation) = decode_with_orientation(&bytes)?;
    if format == Format::Jpeg && orientation == image::metadata::Orientation::NoTransforms {
        return Ok(bytes);
    }
    picture.apply_orientation(orientation);
    encode_jpeg(&picture, PAGE_QUALITY)
}

/// A small JPEG, upright, its longer side at most `side` pixels.
pub fn thumbnail(bytes: &[u8], side: u32) -> Result<Vec<u8>, PageError> {
    let picture = decode_upright(bytes)?.0;
    let small = if picture.width().max(picture.height()) > side {
        picture.thumbnail(side.max(1), side.max(1))
    } else {
        picture
    };
    encode_jpeg(&small, THUMBNAIL_QUALITY)
}

/// The page turned clockwise by quarters (0 to 3, more go round); PNG stays PNG, others become
/// JPEG. What a camera noted about turning is carried out first, since it is not kept.
pub fn rotate(bytes: &[u8], quarters: u8) -> Result<Vec<u8>, PageError> {
    let (picture, format) = decode_upright(bytes)?;
    let turned = match quarters % 4 {
        0 => picture,
        1 => picture.rotate90(),
        2 => picture.rotate180(),
        _ => picture.rotate270(),
    };
    if format != Format::Png {
        return encode_jpeg(&turned, PAGE_QUALITY);
    }
    let mut out = Cursor::new(Vec::new());
    turned
        .write_to(&mut out, ImageFormat::Png)
        .map_err(|_| PageError::Encode)?;
    Ok(out.into_inner())
}

/// The form of bytes by their beginning.
pub fn sniff(bytes: &[u8]) -> Result<Format, PageError> {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => Ok(Format::Jpeg),
        [0x89, b'P', b'N', b'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] => Ok(Format::Png),
        [b'P', b'4'..=b'6', byte, ..] if byte.is_ascii_whitespace() => Ok(Format::Pnm),
        _ => Err(PageError::NotAnImage),
    }
}

fn decode(bytes: &[u8]) -> Result<(DynamicImage, Format), PageError> {
    let (picture, format, _) = decode_with_orientation(bytes)?;
    Ok((picture, format))
}

fn decode_upright(bytes: &[u8]) -> Result<(DynamicImage, Format), PageError> {
    let (mut picture, format, orientation) = decode_with_orientation(bytes)?;
    picture.apply_orientation(orientation);
    Ok((picture, format))
}

fn decode_with_orientation(
    bytes: &[u8],
) -> Result<(DynamicImage, Format, image::metadata::Orientation), PageError> {
    let format = sniff(bytes)?;
    let limit = if format == Format::Pnm {
        RAW_LIMIT
    } else {
        BYTES_LIMIT
    };
    if bytes.len() as u64 > limit {
        return Err(PageError::TooLarge { limit });
    }
    let upright = image::metadata::Orientation::NoTransforms;
    let form = match format {
        Format::Pnm => {
            let header = pnm::header(bytes)?;
            within_pixels(header.width, header.height)?;
            return Ok((pnm::decode(bytes)?, format, upright));
        }
        Format::Jpeg if !jpeg_is_whole(bytes) => return Err(PageError::Truncated),
        Format::Jpeg => ImageFormat::Jpeg,
        Format::Png if !png_is_whole(bytes) => return Err(PageError::Truncated),
        Format::Png => ImageFormat::Png,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), form);
    let mut limits = Limits::default();
    limits.max_alloc = Some(RAW_LIMIT);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| PageError::NotAnImage)?;
    let (width, height) = decoder.dimensions();
    within_pixels(width, height)?;
    if form == ImageFormat::Png {
        png_can_hold(bytes, decoder.total_bytes())?;
    }
    let orientation = decoder.orientation().unwrap_or(upright);
    let picture = DynamicImage::from_decoder(decoder).map_err(|_| PageError::NotAnImage)?;
    Ok((picture, format, orientation))
}

fn within_pixels(width: u32, height: u32) -> Result<(), PageError> {
    if u64::from(width) * u64::from(height) > PIXELS_LIMIT {
        return Err(PageError::TooLarge {
            limit: PIXELS_LIMIT,
        });
    }
    Ok(())
}

/// Whether a JPEG's scans run to its end marker.
///
/// Decoders fill the missing rest of a cut picture with grey and say nothing. Segments are
/// `FF marker length`; in the data of a scan `FF` is followed by 00 or a restart marker.
pub(super) fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    while let Some(&[0xFF, marker]) = bytes.get(at..at + 2) {
        match marker {
            0xFF => at += 1,
            0xD9 => return true,
            0xD0..=0xD7 | 0x01 => at += 2,
            _ => {
                let Some(&[high, low]) = bytes.get(at + 2..at + 4) else {
                    return false;
                };
                at += 2 + usize::from(u16::from_be_bytes([high, low]));
                if marker == 0xDA {
                    let rest = bytes.get(at..).unwrap_or_default();
                    let is_end = |pair: &[u8]| {
                        pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF | 0xD0..=0xD7)
                    };
                    let Some(data) = rest.windows(2).position(is_end) else {
                        return false;
                    };
                    at += data;
                }
            }
        }
    }
    false
}

/// Whether a PNG runs to its end chunk: decoders do not mind when it is missing.
pub(super) fn png_is_whole(bytes: &[u8]) -> bool {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let len = u32::from_be_bytes([head[0], head[1], head[2], head[3]]);
        at = at.saturating_add(len as usize).saturating_add(12);
        if &head[4..] == b"IEND" {
            return at <= bytes.len();
        }
        if at > bytes.len() {
            return false;
        }
    }
    false
}

/// Before a picture of so many bytes is made room for: whether the file can hold it at all.
pub(super) fn png_can_hold(bytes: &[u8], picture: u64) -> Result<(), PageError> {
    match picture > bytes.len() as u64 * PNG_BYTES_A_BYTE {
        true => Err(PageError::Truncated),
        false => Ok(()),
    }
}

fn encode_jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, PageError> {
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new_with_quality(&mut out, quality);
    let done = match picture.color().channel_count() {
        1 => encoder.encode_image(&picture.to_luma8()),
        _ => encoder.encode_image(&picture.to_rgb8()),
    };
    done.map_err(|_| PageError::Encode)?;
    Ok(out)
}

#[cfg(test)]
#[path = "file/tests.rs"]
mod tests;
