//! How large a sheet is: on the desk, in the picture, and as a page.
//!
//! Sheets of a known size come out at true size. Of others the proportions are worked out from the
//! corners: perspective shortens what is far away, and how the sides converge tells how much. This
//! supposes that the picture's middle is where the camera points, as it is in an uncut picture.

use super::Point;

/// Millimetres in an inch.
const INCH_MM: f64 = 25.4;
/// The least resolution of an archived page in colour, dots an inch.
pub const DPI_MIN: f32 = 200.0;
/// The least for dense text.
pub const DPI_DENSE: f32 = 300.0;
/// The longest side of a page of free size, pixels.
const FREE_SIDE_LIMIT: f64 = 8000.0;
/// The focal length of a usual camera, for the longer side of its picture.
const FOCAL_USUAL: f64 = 0.9;
/// A sheet whose sides differ less than this is taken as it lies, not turned.
const SQUARE: f64 = 1.02;

/// What lies on the desk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Sheet {
    /// A4, upright or lying.
    A4,
    /// A card of the size of an identity card (ISO/IEC 7810, ID-1), upright or lying.
    Card,
    /// A sheet of this width and height, millimetres, as its corners are given.
    Millimetres(f32, f32),
    /// Any sheet: its proportions come from the corners, its pixels from the picture.
    Free,
}

/// A page to be made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// Dots an inch to note; `None` when the sheet's size is not known.
    pub dpi: Option<u32>,
    /// Dots an inch that the picture has of it, where it has fewest; `None` as above.
    pub effective_dpi: Option<f32>,
}

/// The size of the page that a sheet at these corners of a picture of `width` by `height` pixels
/// becomes at `dpi`.
#[must_use]
pub fn size(sheet: Sheet, corners: &[Point; 4], picture: (usize, usize), dpi: u32) -> Size {
    let proportion = proportion(corners, picture);
    let known = |short: f64, long: f64| match proportion > SQUARE {
        true => (long, short),
        false => (short, long),
    };
    let millimetres = match sheet {
        Sheet::A4 => Some(known(210.0, 297.0)),
        Sheet::Card => Some(known(53.98, 85.6)),
        Sheet::Millimetres(width, height) => Some((f64::from(width), f64::from(height))),
        Sheet::Free => None,
    };
    let Some((width, height)) = millimetres else {
        return free(corners, proportion);
    };
    let pixels = |mm: f64| ((mm / INCH_MM * f64::from(dpi)).round() as usize).max(1);
    let [top, right, bottom, left] = sides(corners);
    let across = top.min(bottom) / (width / INCH_MM);
    let down = left.min(right) / (height / INCH_MM);
    Size {
        width: pixels(width),
        height: pixels(height),
        dpi: Some(dpi),
        effective_dpi: Some(across.min(down) as f32),
    }
}

/// As many pixels as the picture has of the sheet where it has most.
fn free(corners: &[Point; 4], proportion: f64) -> Size {
    let [top, right, bottom, left] = sides(corners);
    let (across, down) = (top.max(bottom), left.max(right));
    let width = across.max(down * proportion);
    let height = width / proportion;
    let fit = (FREE_SIDE_LIMIT / width.max(height)).min(1.0);
    let pixels = |length: f64| ((length * fit).round() as usize).max(1);
    Size {
        width: pixels(width),
        height: pixels(height),
        dpi: None,
        effective_dpi: None,
    }
}

/// A sheet's width by its height, as it would be measured on the desk.
///
/// With the picture's middle as origin, the corners are a plane's under a camera of one unknown, its
/// focal length; that the sheet's sides are at right angles fixes it (Zhang, He: Whiteboard
/// scanning and image enhancement, 2007, section 3.2). Seen straight from above nothing converges,
/// and the sides in the picture say it themselves.
#[must_use]
pub fn proportion(corners: &[Point; 4], (width, height): (usize, usize)) -> f64 {
    let [top, right, bottom, left] = sides(corners);
    let plain = ((top + bottom) / (left + right).max(f64::MIN_POSITIVE)).clamp(0.01, 100.0);
    let middle = (width as f64 / 2.0, height as f64 / 2.0);
    let m = corners.map(|p| [f64::from(p.x) - middle.0, f64::from(p.y) - middle.1, 1.0]);
    // Top left, top right, bottom left, bottom right.
    let [m1, m2, m4, m3] = m;
    let k2 = dot(cross(m1, m4), m3) / dot(cross(m2, m4), m3);
    let k3 = dot(cross(m1, m4), m2) / dot(cross(m3, m4), m2);
    let across = [0, 1, 2].map(|n| k2 * m2[n] - m1[n]);
    let down = [0, 1, 2].map(|n| k3 * m3[n] - m1[n]);
    let focal = -(across[0] * down[0] + across[1] * down[1]) / (across[2] * down[2]);
    // Lenses of document cameras and telephones are between the first two. Where the corners say
    // anything else they say nothing: the sheet leans about one side only, or not at all.
    let longer = width.max(height) as f64;
    let focal = match ((longer * 0.6).powi(2)..(longer * 2.5).powi(2)).contains(&focal) {
        true => focal,
        false => (longer * FOCAL_USUAL).powi(2),
    };
    let length = |v: [f64; 3]| ((v[0] * v[0] + v[1] * v[1]) / focal + v[2] * v[2]).sqrt();
    let exact = length(across) / length(down);
    // Noise in nearly parallel sides must not undo what the sides say.
    match exact.is_finite() && (0.6..1.7).contains(&(exact / plain)) {
        true => exact,
        false => plain,
    }
}

/// The lengths of the sides in the picture: top, right, bottom, left.
fn sides(corners: &[Point; 4]) -> [f64; 4] {
    [0, 1, 2, 3].map(|n| {
        let (a, b) = (corners[n], corners[(n + 1) % 4]);
        (f64::from(a.x) - f64::from(b.x)).hypot(f64::from(a.y) - f64::from(b.y))
    })
}

fn cross(a: [f64; 3], b: [f64; 3]) -> [f64; 3] {
    [
        a[1] * b[2] - a[2] * b[1],
        a[2] * b[0] - a[0] * b[2],
        a[0] * b[1] - a[1] * b[0],
    ]
}

fn dot(a: [f64; 3], b: [f64; 3]) -> f64 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// Whether a page is fine enough for the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fineness {
    /// 300 dots an inch or more: for anything.
    Dense,
    /// 200 or more: for ordinary pages, not for dense text.
    Ordinary,
    /// Less than the archive takes: come nearer, or use the scanner.
    TooCoarse,
}

/// The archive's rule for dots an inch as the picture really has them.
#[must_use]
pub fn fineness(effective_dpi: f32) -> Fineness {
    // Corners are right to a pixel or so; a page at the limit is within it.
    const SLACK: f32 = 0.995;
    match effective_dpi {
        dpi if dpi >= DPI_DENSE * SLACK => Fineness::Dense,
        dpi if dpi >= DPI_MIN * SLACK => Fineness::Ordinary,
        _ => Fineness::TooCoarse,
    }
}

#[cfg(test)]
#[path = "sheet/tests.rs"]
mod tests;
