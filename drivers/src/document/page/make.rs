//! The front door: from a picture's bytes to a finished page.
//!
//! Making again from the same bytes with corners moved by hand is the same call. The bytes are kept
//! by whoever called; nothing here is kept.

use super::flatten::{self, Finish, Flat};
use super::sheet::{self, Fineness, Sheet};
use super::{Picture, Point, jpeg, load};
use crate::error::PageError;

/// The page to make.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Output {
    /// What lies on the desk.
    pub sheet: Sheet,
    /// Its colours.
    pub finish: Finish,
    /// Dots an inch, where the sheet's size is known.
    pub dpi: u32,
    /// JPEG quality, 1 to 100.
    pub quality: u8,
    /// Whether the writing is small and close: then the archive asks for more dots.
    pub dense: bool,
}

impl Default for Output {
    /// A4 in colour as the archive takes it, at 300 dots an inch.
    fn default() -> Output {
        Output {
            sheet: Sheet::A4,
            finish: Finish::Color,
            dpi: 300,
            quality: 80,
            dense: false,
        }
    }
}

/// A page that was made.
#[derive(Clone)]
pub struct Made {
    /// The page.
    pub jpeg: Vec<u8>,
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Dots an inch as noted in the page.
    pub dpi: Option<u32>,
    /// The corners it was made from, in the picture's pixels.
    pub corners: [Point; 4],
    /// Dots an inch that the picture really had, where the sheet's size is known.
    pub effective_dpi: Option<f32>,
    /// The picture had fewer dots an inch than the archive asks for.
    pub too_coarse: bool,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (width, height, len) = (self.width, self.height, self.jpeg.len());
        write!(f, "Made {{ {width} x {height}, {len} bytes }}")
    }
}

/// Makes a page from a picture's bytes. Without corners the whole picture is the sheet.
///
/// Fails as [`load::picture`] does, and with [`PageError::Corners`] when the corners are not a
/// sheet's.
pub fn make(bytes: &[u8], corners: Option<[Point; 4]>, output: &Output) -> Result<Made, PageError> {
    page(&load::picture(bytes)?, corners, output)
}

/// The same from a picture that is decoded already.
pub fn page(
    picture: &Picture,
    corners: Option<[Point; 4]>,
    output: &Output,
) -> Result<Made, PageError> {
    let (across, down) = (picture.y.width, picture.y.height);
    let corners = corners.unwrap_or_else(|| whole(across, down));
    let size = sheet::size(output.sheet, &corners, (across, down), output.dpi);
    let flat = Flat {
        corners,
        width: size.width,
        height: size.height,
        finish: output.finish,
    };
    let color = picture.chroma.is_some() && output.finish != Finish::Gray;
    let quality = output.quality;
    let mut out = jpeg::Strips::new(size.width, size.height, color, quality, size.dpi)?;
    flatten::strips(picture, None, &flat, |strip| out.push(strip))?;
    let too_coarse = size
        .effective_dpi
        .is_some_and(|dpi| match sheet::fineness(dpi) {
            Fineness::Dense => false,
            Fineness::Ordinary => output.dense,
            Fineness::TooCoarse => true,
        });
    Ok(Made {
        jpeg: out.finish(),
        width: size.width,
        height: size.height,
        dpi: size.dpi,
        corners,
        effective_dpi: size.effective_dpi,
        too_coarse,
    })
}

/// The corners of a whole picture.
#[must_use]
pub fn whole(width: usize, height: usize) -> [Point; 4] {
    let (right, bottom) = (width as f32, height as f32);
    [(0.0, 0.0), (right, 0.0), (right, bottom), (0.0, bottom)].map(|(x, y)| Point { x, y })
}

#[cfg(test)]
#[path = "make/tests.rs"]
mod tests;
