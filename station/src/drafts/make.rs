//! From pictures to one page: `drivers` straightens and cleans; what kind of sheet lies there is
//! judged here by its proportions, and what may be wrong with the page is said by code.

use drivers::PageError;
use drivers::document::file;
use drivers::document::page::compose::Side;
use drivers::document::page::make::{self, whole};
use drivers::document::page::quality::{self, Warning};
use drivers::document::page::sheet::{Fineness, Size};
use drivers::document::page::{
    Finish, Flat, Output, Picture, Point, Sheet, compose, flatten, load, sheet,
};

use super::shape::Corners;

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
const TOO_COARSE: &str = "page.too_coarse";

/// A page that was made.
pub struct Page {
    /// JPEG, or as the device gave it.
    pub bytes: Vec<u8>,
    /// What may be wrong with it, by code.
    pub warnings: Vec<&'static str>,
}

/// Width and height of a picture the right way up, pixels.
pub fn size(bytes: &[u8]) -> Result<(u32, u32), PageError> {
    let picture = load::picture(bytes)?;
    let length = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    Ok((length(picture.y.width), length(picture.y.height)))
}

/// The page of one picture, or of two as the front and back of a card on one A4 sheet. Without
/// corners a picture is the page as it is. `dense`: its writing is small and close.
pub fn page(
    pictures: &[Vec<u8>],
    corners: &[Option<Corners>],
    dense: bool,
) -> Result<Page, PageError> {
    match (pictures, corners) {
        ([bytes], [None]) => Ok(Page {
            bytes: file::to_jpeg(bytes.clone())?,
            warnings: vec!["page.no_sheet"],
        }),
        ([bytes], [Some(corners)]) => one(bytes, points(corners), dense),
        ([front, back], [front_at, back_at]) => composed([(front, front_at), (back, back_at)]),
        _ => Err(PageError::NotAnImage),
    }
}

fn one(bytes: &[u8], corners: [Point; 4], dense: bool) -> Result<Page, PageError> {
    let picture = load::picture(bytes)?;
    let size = (picture.y.width, picture.y.height);
    let lies = kind_of(&corners, size);
    let becomes = sheet::size(lies, &corners, size, DPI);
    let fineness = becomes.effective_dpi.map(sheet::fineness);
    let coarse = fineness == Some(Fineness::TooCoarse);
    let output = Output {
        sheet: lies,
        finish: match lies {
            Sheet::Card => Finish::AsIs,
            _ => Finish::Color,
        },
        dpi: if coarse { DPI_COARSE } else { DPI },
        dense,
        ..Output::default()
    };
    let made = make::page(&picture, make::Where::At(corners), &output)?;
    Ok(Page {
        bytes: made.jpeg,
        warnings: doubts(&picture, &corners, becomes, dense)?,
    })
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
    })
}

/// A card lies on its long side.
fn lying(mut corners: [Point; 4], picture: (usize, usize)) -> [Point; 4] {
    if sheet::proportion(&corners, picture) < 1.0 {
        corners.rotate_right(1);
    }
    corners
}

/// What may be wrong with how the sheet was taken: measured as it lies, since whitening hides
/// reflections.
fn doubts(
    picture: &Picture,
    corners: &[Point; 4],
    size: Size,
    dense: bool,
) -> Result<Vec<&'static str>, PageError> {
    let scale = MEASURED as f64 / size.width.max(size.height) as f64;
    let pixels = |side: usize| ((side as f64 * scale.min(1.0)) as usize).max(1);
    let flat = Flat {
        corners: *corners,
        width: pixels(size.width),
        height: pixels(size.height),
        finish: Finish::AsIs,
    };
    let lies = flatten::picture(picture, &flat)?;
    // Where the sheet's size is not known, nobody knows how coarse it is.
    let fineness = size.effective_dpi.map_or(Fineness::Dense, sheet::fineness);
    let cut = is_cut(corners, (picture.y.width, picture.y.height));
    let code = |warning: &Warning| match warning {
        Warning::Blurred => "page.blurred",
        Warning::Moved => "page.moved",
        Warning::Glare => "page.glare",
        Warning::CutOff => "page.cut",
        Warning::Coarse => TOO_COARSE,
        Warning::CoarseForDense => "page.too_coarse_for_dense",
    };
    Ok(quality::warnings(&lies.y, fineness, dense, cut)
        .iter()
        .map(code)
        .collect())
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
mod tests {
    use super::*;
    use drivers::document::page::{Plane, jpeg};

    const A4: Corners = [
        (100.0, 80.0),
        (1100.0, 80.0),
        (1100.0, 1494.0),
        (100.0, 1494.0),
    ];

    /// A desk with a sheet on it.
    fn picture(corners: &Corners) -> Vec<u8> {
        let mut y = Plane::filled(1200, 1600, 70);
        let [(left, top), _, (right, bottom), _] = *corners;
        for row in top as usize..bottom as usize {
            y.data[row * 1200 + left as usize..row * 1200 + right as usize].fill(225);
        }
        jpeg::encode(&Picture { y, chroma: None }, 90, None).unwrap()
    }

    fn size_of(page: &Page) -> (usize, usize) {
        let made = load::picture(&page.bytes).unwrap();
        (made.y.width, made.y.height)
    }

    #[test]
    fn a_sheet_is_cut_out_at_its_size_and_white_and_its_doubts_are_told() {
        let page = page(&[picture(&A4)], &[Some(A4)], true).unwrap();
        assert_eq!(
            size_of(&page),
            (1654, 2339),
            "A4 at 200: the picture has 121"
        );
        let middle = load::picture(&page.bytes).unwrap().y.row(1100)[800];
        assert!(middle > 235, "paper is white: {middle}");
        assert_eq!(page.warnings, [TOO_COARSE]);
        let cut = [(0.0, 80.0), (1000.0, 80.0), (1000.0, 1494.0), (0.0, 1494.0)];
        let page = super::page(&[picture(&cut)], &[Some(cut)], false).unwrap();
        assert!(page.warnings.contains(&"page.cut"), "{:?}", page.warnings);
    }

    #[test]
    fn small_and_close_writing_needs_more_dots_than_ordinary_pages() {
        // An A4 at 250 dots an inch, and one at 300 but for a corner that is a pixel off.
        let lies = |dpi: f32| -> Corners {
            let (right, bottom) = (20.0 + 210.0 / 25.4 * dpi, 20.0 + 297.0 / 25.4 * dpi);
            [(20.0, 20.0), (right, 20.0), (right, bottom), (20.0, bottom)]
        };
        let y = Plane::filled(2600, 3700, 200);
        let bytes = jpeg::encode(&Picture { y, chroma: None }, 90, None).unwrap();
        let warned = |dpi, dense| {
            let pictures = std::slice::from_ref(&bytes);
            page(pictures, &[Some(lies(dpi))], dense).unwrap().warnings
        };
        assert_eq!(warned(250.0, true), ["page.too_coarse_for_dense"]);
        assert_eq!(warned(250.0, false), [""; 0]);
        assert_eq!(warned(299.5, true), [""; 0]);
        assert_eq!(warned(190.0, true), [TOO_COARSE]);
    }

    #[test]
    fn a_picture_without_a_sheet_stays_what_it_is_and_says_so() {
        let bytes = picture(&A4);
        let page = page(std::slice::from_ref(&bytes), &[None], true).unwrap();
        assert_eq!(page.bytes, bytes);
        assert_eq!(page.warnings, ["page.no_sheet"]);
    }

    #[test]
    fn two_sides_of_a_card_lie_on_one_sheet_also_when_one_was_laid_upright() {
        let lying = [
            (100.0, 200.0),
            (1100.0, 200.0),
            (1100.0, 830.0),
            (100.0, 830.0),
        ];
        let standing = [
            (200.0, 100.0),
            (830.0, 100.0),
            (830.0, 1100.0),
            (200.0, 1100.0),
        ];
        let both = [picture(&lying), picture(&standing)];
        let page = page(&both, &[Some(lying), Some(standing)], false).unwrap();
        assert_eq!(size_of(&page), (2480, 3508));
        let made = load::picture(&page.bytes).unwrap();
        let ink = |row: usize| made.y.row(row).iter().filter(|level| **level < 245).count();
        let (front, back) = (1087, 2031);
        assert!(ink(front) > 900 && ink(back) > 900);
        assert_eq!(
            (ink((front + back) / 2), ink(100)),
            (0, 0),
            "white beside them"
        );
        assert!(page.warnings.is_empty(), "296 dots an inch are enough");
    }
}
