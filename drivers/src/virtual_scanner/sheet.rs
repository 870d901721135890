//! Sheets that tell their number: sixteen squares in a row, dark for 1, on white paper with grey
//! lines, A4.

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, GrayImage};

/// A4 in 1/300 inch, the area that [`super::words`] announces.
pub const A4: (u32, u32) = (2480, 3508);
/// The same in tenths of an inch, for the places of things.
const SIZE: (u32, u32) = (83, 117);
/// Squares in the row.
const BITS: u32 = 16;
/// The row's place: the upper edge and the side of a square, in tenths of an inch.
const ROW: (u32, u32) = (10, 5);

const PAPER: u8 = 245;
const LINE: u8 = 150;
const DARK: u8 = 30;

/// The sheet of a number as JPEG.
pub fn jpeg(number: u32, dpi: u32, gray: bool) -> Vec<u8> {
    let (width, height) = (A4.0 * dpi / 300, A4.1 * dpi / 300);
    // Row by row, not pixel by pixel: tests draw hundreds.
    let bits: Vec<u8> = (0..width)
        .map(|x| match x * SIZE.0 / (width * ROW.1) {
            column if column < BITS && number >> column & 1 == 1 => DARK,
            _ => PAPER,
        })
        .collect();
    let blank = vec![PAPER; width as usize];
    let mut line = blank.clone();
    line[width as usize / 16..width as usize * 15 / 16].fill(LINE);
    let mut pixels = Vec::with_capacity((width * height) as usize);
    for y in 0..height {
        let tenth = y * SIZE.1 / height;
        pixels.extend_from_slice(match tenth {
            _ if (ROW.0..ROW.0 + ROW.1).contains(&tenth) => &bits,
            21.. if tenth.is_multiple_of(4) => &line,
            _ => &blank,
        });
    }
    let picture = GrayImage::from_raw(width, height, pixels);
    let picture = DynamicImage::from(picture.expect("the rows make up the height"));
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 80);
    let done = match gray {
        true => picture.write_with_encoder(encoder),
        false => picture.to_rgb8().write_with_encoder(encoder),
    };
    done.expect("a picture of a fixed size is written to memory");
    bytes
}

/// The number on a sheet, from a picture of the whole sheet in any size; `None` when the squares
/// are no squares.
#[must_use]
pub fn number_of(picture: &DynamicImage) -> Option<u32> {
    let picture = picture.to_luma8();
    let (width, height) = picture.dimensions();
    let y = height * (2 * ROW.0 + ROW.1) / (2 * SIZE.1);
    let mut number = 0;
    for bit in 0..BITS {
        let x = width * (2 * bit + 1) * ROW.1 / (2 * SIZE.0);
        match picture.get_pixel_checked(x, y)?.0[0] {
            0..=90 => number |= 1 << bit,
            180.. => {}
            _ => return None,
        }
    }
    Some(number)
}
