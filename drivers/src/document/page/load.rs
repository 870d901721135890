//! Any page's bytes as a picture the right way up.

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use std::io::Cursor;

use super::{Picture, Plane, jpeg};
use crate::document::file::{
    BYTES_LIMIT, PIXELS_LIMIT, RAW_LIMIT, png_can_hold, png_is_whole, sniff,
};
use crate::document::{Format, pnm};
use crate::error::PageError;

/// Reads JPEG, PNG or PNM; what a camera noted about turning is carried out.
///
/// Fails as [`jpeg::decode`] does; nothing larger than the limits of
/// [`file`](crate::document::file) is unpacked.
pub fn picture(bytes: &[u8]) -> Result<Picture, PageError> {
    match sniff(bytes)? {
        Format::Jpeg => {
            let picture = jpeg::decode(bytes)?;
            Ok(upright(picture, orientation(bytes)))
        }
        Format::Png => png(bytes),
        Format::Pnm => {
            let header = pnm::header(bytes)?;
            within_pixels(header.width, header.height)?;
            Ok(Picture::of_image(&pnm::decode(bytes)?))
        }
    }
}

/// Reads a JPEG small, as [`jpeg::decode_small`] does, and the right way up.
pub fn small(bytes: &[u8], long_side: usize) -> Result<Picture, PageError> {
    let picture = jpeg::decode_small(bytes, long_side)?;
    Ok(upright(picture, orientation(bytes)))
}

fn png(bytes: &[u8]) -> Result<Picture, PageError> {
    if bytes.len() as u64 > BYTES_LIMIT {
        return Err(PageError::TooLarge { limit: BYTES_LIMIT });
    }
    if !png_is_whole(bytes) {
        return Err(PageError::Truncated);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_alloc = Some(RAW_LIMIT);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| PageError::NotAnImage)?;
    let (width, height) = decoder.dimensions();
    within_pixels(width, height)?;
    png_can_hold(bytes, decoder.total_bytes())?;
    let turn = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|_| PageError::NotAnImage)?;
    Ok(upright(Picture::of_image(&image), turn))
}

fn within_pixels(width: u32, height: u32) -> Result<(), PageError> {
    match u64::from(width) * u64::from(height) > PIXELS_LIMIT {
        true => Err(PageError::TooLarge {
            limit: PIXELS_LIMIT,
        }),
        false => Ok(()),
    }
}

impl Picture {
    /// From red, green and blue (or grey), chroma at half size. What is see-through is laid on
    /// white.
    #[must_use]
    pub fn of_image(image: &DynamicImage) -> Picture {
        let (width, height) = (image.width() as usize, image.height() as usize);
        let color = image.color();
        if color.has_alpha() {
            let mut whole = image.to_rgba8();
            for pixel in whole.pixels_mut() {
                let [.., alpha] = pixel.0.map(u16::from);
                let over =
                    |value: u8| ((u16::from(value) * alpha + 255 * (255 - alpha)) / 255) as u8;
                let [red, green, blue, _] = pixel.0;
                pixel.0 = [over(red), over(green), over(blue), 255];
            }
            return of_rgb(&DynamicImage::from(whole).to_rgb8(), width, height);
        }
        match (color.has_color(), image) {
            (true, DynamicImage::ImageRgb8(rgb)) => of_rgb(rgb, width, height),
            (true, _) => of_rgb(&image.to_rgb8(), width, height),
            (false, _) => Picture {
                y: Plane {
                    width,
                    height,
                    data: image.to_luma8().into_raw(),
                },
                chroma: None,
            },
        }
    }
}

/// As JFIF defines it (ITU-T T.871, 7), 16 bits after the point.
fn of_rgb(rgb: &[u8], width: usize, height: usize) -> Picture {
    let mut y = Plane::filled(width, height, 0);
    let half = (width.div_ceil(2), height.div_ceil(2));
    let mut cb = Plane::filled(half.0, half.1, 128);
    let mut cr = cb.clone();
    let pixels = |row: usize| rgb[row * width * 3..][..width * 3].as_chunks::<3>().0;
    for (out, row) in y.data.chunks_exact_mut(width.max(1)).zip(0..) {
        for (luma, [red, green, blue]) in out.iter_mut().zip(pixels(row)) {
            let sum = u32::from(*red) * 19595 + u32::from(*green) * 38470 + u32::from(*blue) * 7471;
            *luma = ((sum + 32768) >> 16) as u8;
        }
    }
    for row in 0..half.1 {
        let rows = [pixels(2 * row), pixels((2 * row + 1).min(height - 1))];
        for column in 0..half.0 {
            let columns = [2 * column, (2 * column + 1).min(width - 1)];
            let four = rows
                .iter()
                .flat_map(|row| columns.map(|column| row[column]));
            let [red, green, blue] = four.fold([0; 3], |sum: [i32; 3], pixel| {
                [0, 1, 2].map(|n| sum[n] + i32::from(pixel[n]))
            });
            // Sums of four: two more bits after the point.
            let level = |sum: i32| (((sum + (1 << 17)) >> 18) + 128).clamp(0, 255) as u8;
            let at = row * half.0 + column;
            cb.data[at] = level(-11059 * red - 21709 * green + 32768 * blue);
            cr.data[at] = level(32768 * red - 27439 * green - 5329 * blue);
        }
    }
    Picture {
        y,
        chroma: Some([cb, cr]),
    }
}

/// What a camera noted about how it was held.
fn orientation(jpeg: &[u8]) -> Orientation {
    const EXIF: &[u8] = b"Exif\0\0";
    let mut at = 2;
    while let Some(&[0xFF, marker, high, low]) = jpeg.get(at..at + 4) {
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let Some(body) = jpeg.get(at + 4..end) else {
            break;
        };
        match (marker, body.strip_prefix(EXIF)) {
            (0xE1, Some(exif)) => {
                return Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms);
            }
            (0xC0..=0xC2 | 0xDA, _) => break,
            _ => at = end,
        }
    }
    Orientation::NoTransforms
}

/// The picture as the camera would have seen it upright.
#[must_use]
pub fn upright(picture: Picture, turn: Orientation) -> Picture {
    if turn == Orientation::NoTransforms {
        return picture;
    }
    let turned = |plane: Plane| turned(&plane, turn);
    Picture {
        y: turned(picture.y),
        chroma: picture.chroma.map(|planes| planes.map(turned)),
    }
}

fn turned(plane: &Plane, turn: Orientation) -> Plane {
    let (w, h) = (plane.width, plane.height);
    // Where the sample at the new column and row comes from.
    let from = |x: usize, y: usize| match turn {
        Orientation::NoTransforms => (x, y),
        Orientation::Rotate90 => (y, h - 1 - x),
        Orientation::Rotate180 => (w - 1 - x, h - 1 - y),
        Orientation::Rotate270 => (w - 1 - y, x),
        Orientation::FlipHorizontal => (w - 1 - x, y),
        Orientation::FlipVertical => (x, h - 1 - y),
        Orientation::Rotate90FlipH => (y, x),
        Orientation::Rotate270FlipH => (w - 1 - y, h - 1 - x),
    };
    let lies = !matches!(
        turn,
        Orientation::NoTransforms
            | Orientation::Rotate180
            | Orientation::FlipHorizontal
            | Orientation::FlipVertical
    );
    let (width, height) = if lies { (h, w) } else { (w, h) };
    let mut out = Plane::filled(width, height, 0);
    // In blocks: the other picture's rows stay in the cache.
    const BLOCK: usize = 64;
    for top in (0..height).step_by(BLOCK) {
        for left in (0..width).step_by(BLOCK) {
            for y in top..(top + BLOCK).min(height) {
                let end = (left + BLOCK).min(width);
                let row = &mut out.data[y * width + left..y * width + end];
                for (sample, x) in row.iter_mut().zip(left..) {
                    let (x, y) = from(x, y);
                    *sample = plane.data[y * w + x];
                }
            }
        }
    }
    out
}

#[cfg(test)]
#[path = "load/tests.rs"]
mod tests;
