//! What a station says is a preview, looked at before it is kept: a small JPEG, whole, decoded within
//! bounds. What it shows is the station's word alone; only the page itself is re-hashed.

use std::io::Cursor;

use domain::sync::{PREVIEW_LIMIT_BYTES, PREVIEW_SIDE};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Bytes that decoding may take: the largest preview in colour, and as much again to work with.
const ROOM_BYTES: u64 = 8 * (PREVIEW_SIDE as u64) * (PREVIEW_SIDE as u64);
/// The only coding that is taken: one scan, so that few bytes are never much work.
const BASELINE: u8 = 0xC0;

/// Whether these bytes are a preview.
pub fn is_preview(bytes: &[u8]) -> bool {
    let small = bytes.len() <= PREVIEW_LIMIT_BYTES && is_baseline(bytes);
    small && decoded(bytes).is_some()
}

/// Whether it is a JPEG of one scan, by the marks before its first.
fn is_baseline(bytes: &[u8]) -> bool {
    let mut rest = match bytes.strip_prefix(&[0xFF, 0xD8]) {
        Some(rest) if bytes.ends_with(&[0xFF, 0xD9]) => rest,
        _ => return false,
    };
    let mut found = false;
    while let [0xFF, marker, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        match marker {
            0xDA => return found,
            // Tables, notes, and where coding begins anew.
            0xC4 | 0xDB | 0xDD | 0xFE | 0xE0..=0xEF => {}
            BASELINE if !found => found = true,
            _ => return false,
        }
        match rest.get(2 + length..) {
            Some(after) if length >= 2 => rest = after,
            _ => return false,
        }
    }
    false
}

fn decoded(bytes: &[u8]) -> Option<DynamicImage> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Jpeg);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(PREVIEW_SIDE), Some(PREVIEW_SIDE));
    limits.max_alloc = Some(ROOM_BYTES);
    reader.limits(limits);
    let decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let fits = (1..=PREVIEW_SIDE).contains(&width) && (1..=PREVIEW_SIDE).contains(&height);
    fits.then_some(())?;
    DynamicImage::from_decoder(decoder).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let mut out = Cursor::new(Vec::new());
        let picture = DynamicImage::new_rgb8(width, height);
        picture.write_to(&mut out, ImageFormat::Jpeg).unwrap();
        out.into_inner()
    }

    #[test]
    fn only_a_small_whole_jpeg_of_one_scan_is_a_preview() {
        let good = jpeg(340, 480);
        assert!(is_preview(&good));
        assert!(!is_preview(&jpeg(340, 481)), "too high");
        assert!(!is_preview(&jpeg(481, 20)), "too wide");
        assert!(!is_preview(&good[..good.len() - 1]), "cut");
        assert!(
            !is_preview(b"") && !is_preview(b"GIF89a") && !is_preview(&[0xFF, 0xD8, 0xFF, 0xD9])
        );
        let mut png = Cursor::new(Vec::new());
        let picture = DynamicImage::new_rgb8(8, 8);
        picture.write_to(&mut png, ImageFormat::Png).unwrap();
        assert!(!is_preview(&png.into_inner()));
        // Progressive, by its mark: many scans could hide in few bytes.
        let at = good
            .windows(2)
            .position(|two| two == [0xFF, BASELINE])
            .unwrap();
        let mut progressive = good.clone();
        progressive[at + 1] = 0xC2;
        assert!(!is_preview(&progressive));
        // It says that it is larger than it may be, in front of the same scan.
        let mut lies = good.clone();
        (lies[at + 5], lies[at + 6]) = (0xFF, 0xFF);
        assert!(!is_preview(&lies));
        let mut long = good[..good.len() - 2].to_vec();
        long.resize(PREVIEW_LIMIT_BYTES, 0);
        long.extend([0xFF, 0xD9]);
        assert!(!is_preview(&long), "too many bytes");
    }
}
