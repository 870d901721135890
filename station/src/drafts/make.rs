//! From pictures to one page: `drivers` straightens and cleans; what kind of sheet lies there is
//! judged here by its proportions, which way up by its writing, and what may be wrong with the page
//! is said by code.

use domain::id_number::stands_in;
use drivers::PageError;
use drivers::document::file;
use drivers::document::page::compose::Side;
use drivers::document::page::make::{self, whole};
use drivers::document::page::quality::{self, Warning};
use drivers::document::page::sheet::{Fineness, Size};
use drivers::document::page::{
    Finish, Flat, Output, Picture, Point, Sheet, codes, compose, flatten, load, orientation, sheet,
};

use super::shape::Corners;
use crate::receipt::qr;

/// Longer to shorter side of A4, and of a card (ISO/IEC 7810 ID-1).
const A4_RATIO: f64 = 297.0 / 210.0;
const CARD_RATIO: f64 = 85.6 / 53.98;
/// How far a sheet's proportions may be from a known one: corners are found to a few pixels.
const RATIO_SLACK: f64 = 0.05;
/// Dots an inch where the picture has them, and where it has fewer.
const DPI: u32 = 300;
const DPI_COARSE: u32 = 200;
/// The longer side at which a page's sharpness is measured, pixels.
const MEASURED: usize = 1754;
/// A corner this near to the picture's edge, pixels, was cut off.
const EDGE: f32 = 1.5;
/// Codes that are kept with a page, and the longest of them, characters: our receipts' have 190.
const CODES: usize = 4;
const CODE_CHARS: usize = 400;
const TOO_COARSE: &str = "page.too_coarse";

/// A page that was made.
pub struct Page {
    /// JPEG, or as the device gave it.
    pub bytes: Vec<u8>,
    /// What may be wrong with it, by code.
    pub warnings: Vec<&'static str>,
    /// What the QR codes and barcodes on it say, from the top.
    pub codes: Vec<String>,
    /// By how many quarters clockwise it was turned to stand upright.
    pub turned: u8,
}

/// How a page is made.
#[derive(Clone, Copy, Debug, Default)]
pub struct How {
    /// Its writing is small and close.
    pub dense: bool,
    /// Nobody said which way up it is: its writing may.
    pub turn: bool,
}

/// Width and height of a picture the right way up, pixels.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), PageError> {
    let picture = load::picture(bytes)?;
    let length = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    Ok((length(picture.y.width), length(picture.y.height)))
}

/// The page of one picture, or of two as the front and back of a card on one A4 sheet. Without
/// corners a picture is the page as it is.
pub fn page(
    pictures: &[Vec<u8>],
    corners: &[Option<Corners>],
    how: How,
) -> Result<Page, PageError> {
    match (pictures, corners) {
        ([bytes], [None]) => Ok(Page {
            bytes: file::to_jpeg(bytes.clone())?,
            warnings: vec!["page.no_sheet"],
            codes: Vec::new(),
            turned: 0,
        }),
        ([bytes], [Some(corners)]) => one(bytes, points(corners), how),
        ([front, back], [front_at, back_at]) => composed([(front, front_at), (back, back_at)]),
        _ => Err(PageError::NotAnImage),
    }
}

/// What may be wrong with a page as a device gave it, by code, and what the codes on it say. `dpi` is
/// what the device was asked for, 0 where nobody knows.
pub fn look(
    bytes: &[u8],
    dpi: u32,
    dense: bool,
) -> Result<(Vec<&'static str>, Vec<String>), PageError> {
    let picture = load::picture(bytes)?;
    let (width, height) = (picture.y.width, picture.y.height);
    let size = sheet::size(Sheet::Free, &whole(width, height), (width, height), DPI);
    let flat = laid_flat(&picture, &whole(width, height), size)?;
    let fineness = match dpi {
        0 => Fineness::Dense,
        dpi => sheet::fineness(dpi as f32),
    };
    Ok((doubts(&flat, fineness, dense, false), codes_on(&flat)))
}

fn one(bytes: &[u8], mut corners: [Point; 4], how: How) -> Result<Page, PageError> {
    let picture = load::picture(bytes)?;
    let size = (picture.y.width, picture.y.height);
    let lies = kind_of(&corners, size);
    let becomes = sheet::size(lies, &corners, size, DPI);
    let flat = laid_flat(&picture, &corners, becomes)?;
    // A card has too little writing to tell by.
    let may_turn = how.turn && lies != Sheet::Card;
    let turned = match may_turn.then(|| orientation::turn_to_upright(&flat.y)) {
        Some(Some(90)) => 1,
        Some(Some(180)) => 2,
        Some(Some(270)) => 3,
        _ => 0,
    };
    corners.rotate_right(usize::from(turned));
    // Where the sheet's size is not known, nobody knows how coarse it is.
    let fineness = becomes.effective_dpi.map(sheet::fineness);
    let coarse = fineness == Some(Fineness::TooCoarse);
    let output = Output {
        sheet: lies,
        finish: match lies {
            Sheet::Card => Finish::AsIs,
            _ => Finish::Color,
        },
        dpi: if coarse { DPI_COARSE } else { DPI },
        dense: how.dense,
        ..Output::default()
    };
    let made = make::page(&picture, make::Where::At(corners), &output)?;
    let fineness = fineness.unwrap_or(Fineness::Dense);
    let cut = is_cut(&corners, size);
    Ok(Page {
        bytes: made.jpeg,
        warnings: doubts(&flat, fineness, how.dense, cut),
        codes: codes_on(&flat),
        turned,
    })
}

/// What the codes on a sheet say: a few, none that is a book, and none that may be somebody's number.
fn codes_on(flat: &Picture) -> Vec<String> {
    let codes = codes::read(&flat.y).into_iter().map(|code| code.text);
    let is_short = |text: &str| text.chars().count() <= CODE_CHARS && !text.trim().is_empty();
    let shown = |text: &String| is_short(text) && (qr::is_ours(text) || !stands_in(text));
    codes.filter(shown).take(CODES).collect()
}

/// What lies there, by its proportions.
fn kind_of(corners: &[Point; 4], picture: (usize, usize)) -> Sheet {
    let proportion = sheet::proportion(corners, picture);
    let ratio = proportion.max(1.0 / proportion);
    let is = |known: f64| (ratio / known - 1.0).abs() < RATIO_SLACK;
    match (is(A4_RATIO), is(CARD_RATIO)) {
        (true, _) => Sheet::A4,
        (_, true) => Sheet::Card,
        _ => Sheet::Free,
    }
}

/// The front above the back of a card, at true size on a white A4.
fn composed(sides: [(&Vec<u8>, &Option<Corners>); 2]) -> Result<Page, PageError> {
    let mut pictures = Vec::new();
    for (bytes, corners) in sides {
        let picture = load::picture(bytes)?;
        let size = (picture.y.width, picture.y.height);
        let corners = corners.as_ref().map_or(whole(size.0, size.1), points);
        pictures.push((picture, lying(corners, size)));
    }
    let [front, back] = [0, 1].map(|at| Side {
        picture: &pictures[at].0,
        corners: pictures[at].1,
    });
    let made = compose::card(&front, &back, DPI, Output::default().quality)?;
    Ok(Page {
        bytes: made.jpeg,
        warnings: Vec::from_iter(made.too_coarse.then_some(TOO_COARSE)),
        codes: Vec::new(),
        turned: 0,
    })
}

/// A card lies on its long side.
fn lying(mut corners: [Point; 4], picture: (usize, usize)) -> [Point; 4] {
    if sheet::proportion(&corners, picture) < 1.0 {
        corners.rotate_right(1);
    }
    corners
}

/// The sheet as it was taken, at the size of measuring: whitening hides reflections.
fn laid_flat(picture: &Picture, corners: &[Point; 4], size: Size) -> Result<Picture, PageError> {
    let scale = MEASURED as f64 / size.width.max(size.height) as f64;
    let pixels = |side: usize| ((side as f64 * scale.min(1.0)) as usize).max(1);
    let flat = Flat {
        corners: *corners,
        width: pixels(size.width),
        height: pixels(size.height),
        finish: Finish::AsIs,
    };
    flatten::picture(picture, &flat)
}

/// What may be wrong with how the sheet was taken.
fn doubts(flat: &Picture, fineness: Fineness, dense: bool, cut: bool) -> Vec<&'static str> {
    let code = |warning: &Warning| match warning {
        Warning::Blurred => "page.blurred",
        Warning::Moved => "page.moved",
        Warning::Glare => "page.glare",
        Warning::CutOff => "page.cut",
        Warning::Coarse => TOO_COARSE,
        Warning::CoarseForDense => "page.too_coarse_for_dense",
    };
    quality::warnings(&flat.y, fineness, dense, cut)
        .iter()
        .map(code)
        .collect()
}

fn points(corners: &Corners) -> [Point; 4] {
    corners.map(|(x, y)| Point { x, y })
}

/// A sheet with a corner on the picture's edge or beyond goes on outside; the whole picture, chosen
/// by hand, does not.
fn is_cut(corners: &[Point; 4], (width, height): (usize, usize)) -> bool {
    let (right, bottom) = (width as f32, height as f32);
    let out = |p: &Point| p.x < EDGE || p.y < EDGE || p.x > right - EDGE || p.y > bottom - EDGE;
    (1..4).contains(&corners.iter().filter(|corner| out(corner)).count())
}

#[cfg(test)]
#[path = "make_tests.rs"]
mod tests;
