//! Front and back of a card on one sheet of A4, at true size, as offices copy them.

use super::flatten::{self, Finish, Flat};
use super::sheet::{self, Sheet};
use super::{Made, Picture, Plane, Point, jpeg, make};
use crate::error::PageError;

/// A4, millimetres.
const A4_MM: (f64, f64) = (210.0, 297.0);
/// Where the middles of front and back are, millimetres from the top.
const MIDDLES_MM: [f64; 2] = [92.0, 172.0];
const INCH_MM: f64 = 25.4;

/// One side of a card: a picture, and where in it the card is.
pub struct Side<'a> {
    /// The picture.
    pub picture: &'a Picture,
    /// The card's corners in it.
    pub corners: [Point; 4],
}

/// The A4 page at `dpi`, in colour as photographed, the front above the back. A card that lies in
/// the picture upright stands on the page upright.
pub fn card(front: &Side<'_>, back: &Side<'_>, dpi: u32, quality: u8) -> Result<Made, PageError> {
    let pixels = |mm: f64| (mm / INCH_MM * f64::from(dpi)).round() as usize;
    let (width, height) = (pixels(A4_MM.0), pixels(A4_MM.1));
    let limit = 30_000_000;
    if width.saturating_mul(height) > limit {
        let limit = limit as u64;
        return Err(PageError::TooLarge { limit });
    }
    let half = (width.div_ceil(2), height.div_ceil(2));
    let mut page = Picture {
        y: Plane::filled(width, height, 255),
        chroma: Some([(); 2].map(|()| Plane::filled(half.0, half.1, 128))),
    };
    let mut least = f32::INFINITY;
    for (side, middle) in [front, back].into_iter().zip(MIDDLES_MM) {
        let whole = (side.picture.y.width, side.picture.y.height);
        let size = sheet::size(Sheet::Card, &side.corners, whole, dpi);
        least = least.min(size.effective_dpi.unwrap_or(f32::INFINITY));
        let flat = Flat {
            corners: side.corners,
            width: size.width,
            height: size.height,
            finish: Finish::AsIs,
        };
        let card = flatten::picture(side.picture, &flat)?;
        // An even place keeps chroma with its luma.
        let left = (width.saturating_sub(card.y.width) / 2) & !1;
        let top = (pixels(middle).saturating_sub(card.y.height / 2)) & !1;
        lay(&mut page, &card, left, top);
    }
    Ok(Made {
        jpeg: jpeg::encode(&page, quality, Some(dpi))?,
        width,
        height,
        dpi: Some(dpi),
        corners: make::whole(width, height),
        found: None,
        effective_dpi: Some(least),
        too_coarse: sheet::fineness(least) == sheet::Fineness::TooCoarse,
    })
}

fn lay(page: &mut Picture, card: &Picture, left: usize, top: usize) {
    put(&mut page.y, &card.y, left, top);
    let chroma = page.chroma.as_mut().zip(card.chroma.as_ref());
    for (page, card) in chroma
        .into_iter()
        .flat_map(|(page, card)| page.iter_mut().zip(card))
    {
        put(page, card, left / 2, top / 2);
    }
}

fn put(page: &mut Plane, card: &Plane, left: usize, top: usize) {
    let width = card.width.min(page.width - left.min(page.width));
    for y in 0..card.height.min(page.height - top.min(page.height)) {
        let at = (top + y) * page.width + left;
        page.data[at..at + width].copy_from_slice(&card.row(y)[..width]);
    }
}

#[cfg(test)]
#[path = "compose/tests.rs"]
mod tests;
