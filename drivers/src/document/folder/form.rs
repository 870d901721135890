//! Whether the bytes of a file are a picture we take; pure.

use crate::document::{Format, file};
use crate::error::PageError;
use image::{DynamicImage, ImageFormat, ImageReader};
use std::io::Cursor;

/// The longest file looked at, bytes: 13 million pixels as BMP, three times over.
pub const BYTES_LIMIT: u64 = 128 << 20;
/// File header and the shortest information header of a BMP.
const BMP_HEAD: usize = 54;

/// Why bytes are not a picture we take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It may still be written.
    Unfinished,
    /// No form we take.
    Form,
    /// Whole by its marks, but not decodable.
    Damaged,
    /// More bytes or pixels than this.
    TooLarge(u64),
}

/// The picture in a file: JPEG and PNG byte for byte, BMP as PNM with the same pixels.
pub fn judge(bytes: Vec<u8>) -> Result<(Vec<u8>, Format), Unfit> {
    if bytes.starts_with(b"BM") {
        return Ok((pixels_of_bmp(&bytes)?, Format::Pnm));
    }
    let format = whole(&bytes)?;
    file::check(&bytes).map_err(|error| match error {
        PageError::TooLarge { limit } => Unfit::TooLarge(limit),
        PageError::Truncated => Unfit::Unfinished,
        _ => Unfit::Damaged,
    })?;
    Ok((bytes, format))
}

/// The form of a JPEG or PNG that runs to its end mark.
fn whole(bytes: &[u8]) -> Result<Format, Unfit> {
    /// Enough of a file to know its form by.
    const HEAD: usize = 8;
    match file::whole(bytes) {
        Ok(Format::Pnm) => Err(Unfit::Form),
        Ok(format) => Ok(format),
        Err(PageError::Truncated) => Err(Unfit::Unfinished),
        Err(_) if bytes.len() < HEAD => Err(Unfit::Unfinished),
        Err(_) => Err(Unfit::Form),
    }
}

/// ```text
/// 0 "BM"  2 length of the file  10 where the pixels begin
/// 14 length of this header (40 or more)  18 width  22 height (negative: top row first)
/// 28 bits a pixel  30 compression (0 none, 3 none with masks)
/// ```
/// All little-endian. The length of the file is wrong in many; what the pixels need is not.
fn pixels_of_bmp(bytes: &[u8]) -> Result<Vec<u8>, Unfit> {
    let head = bytes.get(..BMP_HEAD).ok_or(Unfit::Unfinished)?;
    let long = |at: usize| u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]);
    let (begin, width) = (u64::from(long(10)), u64::from(long(18)));
    let height = u64::from(i32::from_le_bytes(long(22).to_le_bytes()).unsigned_abs());
    let bits = u64::from(u16::from_le_bytes([head[28], head[29]]));
    if long(14) < 40 || !matches!(bits, 1 | 4 | 8 | 16 | 24 | 32) || !matches!(long(30), 0 | 3) {
        return Err(Unfit::Form);
    }
    if width == 0 || height == 0 {
        return Err(Unfit::Damaged);
    }
    // Both are below 2^32, so neither the product nor a row overflows.
    if width * height > file::PIXELS_LIMIT {
        return Err(Unfit::TooLarge(file::PIXELS_LIMIT));
    }
    let row = (width * bits).div_ceil(32) * 4;
    if (bytes.len() as u64) < begin + row * height {
        return Err(Unfit::Unfinished);
    }
    let reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Bmp);
    let picture = reader.decode().map_err(|_| Unfit::Damaged)?;
    Ok(pnm(&picture))
}

fn pnm(picture: &DynamicImage) -> Vec<u8> {
    let (width, height) = (picture.width(), picture.height());
    let gray = picture.color().channel_count() == 1;
    let kind = if gray { 5 } else { 6 };
    let mut bytes = format!("P{kind}\n{width} {height}\n255\n").into_bytes();
    match gray {
        true => bytes.extend(picture.to_luma8().into_raw()),
        false => bytes.extend(picture.to_rgb8().into_raw()),
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile;
    use image::{Rgb, RgbImage};

    fn encoded(format: ImageFormat) -> Vec<u8> {
        let picture = RgbImage::from_fn(33, 17, |x, y| Rgb([x as u8 * 7, y as u8 * 9, 90]));
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, format).unwrap();
        out.into_inner()
    }

    #[test]
    fn jpeg_and_png_stay_as_they_are_and_bmp_keeps_its_pixels() {
        for (form, format) in [
            (ImageFormat::Jpeg, Format::Jpeg),
            (ImageFormat::Png, Format::Png),
        ] {
            let bytes = encoded(form);
            assert_eq!(judge(bytes.clone()), Ok((bytes, format)));
        }
        let (pnm, format) = judge(encoded(ImageFormat::Bmp)).unwrap();
        assert_eq!(format, Format::Pnm);
        let picture = crate::document::pnm::decode(&pnm).unwrap().to_rgb8();
        assert_eq!(picture.get_pixel(3, 2).0, [21, 18, 90]);
    }

    #[test]
    fn every_truncation_is_unfinished() {
        for form in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::Bmp] {
            let bytes = encoded(form);
            for cut in 0..bytes.len() {
                let got = judge(bytes[..cut].to_vec());
                assert_eq!(got, Err(Unfit::Unfinished), "{form:?} {cut}");
            }
        }
    }

    #[test]
    fn other_forms_and_damage_are_told_apart() {
        for other in [
            &b"%PDF-1.7 and more"[..],
            b"II*\0 and more of it",
            b"GIF89a and more",
            &[0; 99],
        ] {
            assert_eq!(judge(other.to_vec()), Err(Unfit::Form));
        }
        let mut png = encoded(ImageFormat::Png);
        let middle = png.len() / 2;
        png[middle] ^= 0xFF;
        assert_eq!(judge(png), Err(Unfit::Damaged));
        let mut bmp = encoded(ImageFormat::Bmp);
        bmp[30] = 1;
        assert_eq!(judge(bmp), Err(Unfit::Form));
    }

    #[test]
    fn hostile_files_do_no_harm() {
        let make = |chance: &mut hostile::Chance| {
            let len = chance.below(300);
            let mut bytes = chance.bytes(len);
            let heads: [&[u8]; 3] = [b"BM", b"\xFF\xD8\xFF\xE0", b"\x89PNG\r\n\x1A\n"];
            let head = *chance.of(&heads);
            let at = head.len().min(bytes.len());
            bytes[..at].copy_from_slice(&head[..at]);
            if head == b"BM" && bytes.len() > 34 {
                bytes[14..18].copy_from_slice(&[40, 0, 0, 0]);
                bytes[28..34].copy_from_slice(&[24, 0, 0, 0, 0, 0]);
                bytes[18 + chance.below(3)] = 0;
            }
            bytes
        };
        let samples = [
            encoded(ImageFormat::Bmp),
            encoded(ImageFormat::Jpeg),
            encoded(ImageFormat::Png),
        ];
        // Decoding JPEG and PNG is the `image` crate's, held to the limits of `file`.
        hostile::parser(&samples, make, 1 << 20, |bytes| {
            let _ = whole(bytes);
            let _ = bytes.starts_with(b"BM").then(|| pixels_of_bmp(bytes));
        });
    }
}
