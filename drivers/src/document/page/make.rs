//! The front door: from a picture's bytes to a finished page.
//!
//! Making again from the same bytes with corners moved by hand is the same call. The bytes are kept
//! by whoever called; nothing here is kept.

use super::flatten::{self, Finish, Flat};
use super::sheet::{self, Fineness, Sheet};
use super::{Picture, Point, Quad, Reduced, find, jpeg, load};
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

/// Where in the picture the sheet is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Where {
    /// Where it is found; the whole picture when nothing is sure.
    Found,
    /// At these corners, clockwise from the sheet's own top left.
    At([Point; 4]),
    /// The whole picture, as scanners give it.
    Whole,
}

/// The longer side of the copy in which sheets are found and light is estimated.
const SMALL_SIDE: usize = 1040;

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
    /// The sheet as it was found, if it was looked for and found.
    pub found: Option<Quad>,
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

/// Makes a page from a picture's bytes.
///
/// Fails as [`load::picture`] does, and with [`PageError::Corners`] when the corners are not a
/// sheet's.
pub fn make(bytes: &[u8], place: Where, output: &Output) -> Result<Made, PageError> {
    page(&load::picture(bytes)?, place, output)
}

/// The same from a picture that is decoded already.
pub fn page(picture: &Picture, place: Where, output: &Output) -> Result<Made, PageError> {
    let (across, down) = (picture.y.width, picture.y.height);
    let small = picture.reduced(SMALL_SIDE);
    let found = match place {
        Where::Found => sheet_in(&small),
        Where::At(_) | Where::Whole => None,
    };
    let corners = match (place, &found) {
        (Where::At(corners), _) => corners,
        (_, Some(quad)) => quad.corners,
        (_, None) => whole(across, down),
    };
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
    flatten::strips(picture, Some(&small), &flat, |strip| out.push(strip))?;
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
        found,
        effective_dpi: size.effective_dpi,
        too_coarse,
    })
}

/// The sheet that lies in a picture, in the whole picture's pixels: the first that is found.
#[must_use]
pub fn sheet_in(small: &Reduced) -> Option<Quad> {
    sheets_in(small).into_iter().next()
}

/// All sheets that lie in a picture, in the whole picture's pixels.
#[must_use]
pub fn sheets_in(small: &Reduced) -> Vec<Quad> {
    let mut quads = find::sheets(&small.picture, &find::Options::default());
    let scale = small.factor as f32;
    for quad in &mut quads {
        quad.corners = quad.corners.map(|p| Point {
            x: p.x * scale,
            y: p.y * scale,
        });
    }
    quads
}

/// The same from a picture's bytes. Fails as [`load::picture`] does.
pub fn sheets_of(bytes: &[u8]) -> Result<Vec<Quad>, PageError> {
    Ok(sheets_in(&load::picture(bytes)?.reduced(SMALL_SIDE)))
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
