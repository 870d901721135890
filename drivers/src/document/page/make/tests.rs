//! From bytes to a page.

use super::*;
use crate::document::page::Plane;
use crate::hostile;

/// A white A4 sheet with a black bar near its top edge, seen at these corners on a grey desk.
fn desk(corners: &[Point; 4]) -> Picture {
    let mut picture = Picture {
        y: Plane::filled(1040, 780, 90),
        chroma: Some([Plane::filled(520, 390, 120), Plane::filled(520, 390, 136)]),
    };
    // Walk the sheet finely and paint what is met.
    let map = super::super::warp::Map::onto(corners, 2100, 2970).unwrap();
    for y in 0..2970 {
        for x in 0..2100 {
            let (u, v) = map.at(f64::from(x) + 0.5, f64::from(y) + 0.5);
            let bar = (300..500).contains(&y) && (200..1900).contains(&x);
            let (u, v) = (u as usize, v as usize);
            picture.y.data[v * 1040 + u] = if bar { 20 } else { 230 };
            for plane in picture.chroma.iter_mut().flatten() {
                plane.data[v / 2 * 520 + u / 2] = 128;
            }
        }
    }
    picture
}

fn corners() -> [Point; 4] {
    let places = [(900.0, 90.0), (930.0, 700.0), (90.0, 670.0), (120.0, 60.0)];
    places.map(|(x, y)| Point { x, y })
}

fn luma(made: &Made, x: usize, y: usize) -> u8 {
    jpeg::decode(&made.jpeg).unwrap().y.row(y)[x]
}

#[test]
fn a_sheet_on_its_side_becomes_an_upright_page_of_true_size() {
    let bytes = jpeg::encode(&desk(&corners()), 92, None).unwrap();
    let output = Output {
        dpi: 100,
        ..Output::default()
    };
    let made = make(&bytes, Where::At(corners()), &output).unwrap();
    assert_eq!((made.width, made.height, made.dpi), (827, 1169, Some(100)));
    // The bar is 30 to 50 mm from the top, 20 mm from the side.
    assert!(luma(&made, 413, 157) < 30);
    assert!(luma(&made, 413, 90) > 240 && luma(&made, 413, 230) > 240);
    assert!(luma(&made, 50, 157) > 240);
    let dpi = made.effective_dpi.unwrap();
    assert!(made.too_coarse && (60.0..75.0).contains(&dpi), "{dpi}");
}

#[test]
fn corners_moved_by_hand_are_obeyed() {
    let bytes = jpeg::encode(&desk(&corners()), 92, None).unwrap();
    let output = Output {
        sheet: Sheet::Free,
        finish: Finish::AsIs,
        ..Output::default()
    };
    let whole = make(&bytes, Where::Whole, &output).unwrap();
    assert_eq!((whole.width, whole.height), (1040, 780));
    assert!(luma(&whole, 5, 5).abs_diff(90) < 4);
    let sheet = make(&bytes, Where::At(corners()), &output).unwrap();
    assert!(luma(&sheet, 30, 30) > 220);
    let mut crossed = corners();
    crossed.swap(0, 1);
    assert_eq!(
        make(&bytes, Where::At(crossed), &output).unwrap_err(),
        PageError::Corners
    );
}

#[test]
fn a_sheet_is_found_where_it_lies_and_nothing_is_the_whole_picture() {
    let output = Output {
        sheet: Sheet::Free,
        ..Output::default()
    };
    let bytes = jpeg::encode(&desk(&corners()), 92, None).unwrap();
    let made = make(&bytes, Where::Found, &output).unwrap();
    let near = |a: &Point| corners().iter().any(|b| (a.x - b.x).hypot(a.y - b.y) < 6.0);
    assert!(
        made.found.is_some() && made.corners.iter().all(near),
        "{:?}",
        made.corners
    );
    let even = Picture {
        y: Plane::filled(800, 600, 90),
        chroma: None,
    };
    let made = page(&even, Where::Found, &output).unwrap();
    assert_eq!((made.found, made.corners), (None, whole(800, 600)));
}

#[test]
fn a_gray_page_is_a_gray_jpeg() {
    let output = Output {
        finish: Finish::Gray,
        dpi: 72,
        ..Output::default()
    };
    let made = page(&desk(&corners()), Where::At(corners()), &output).unwrap();
    assert_eq!(jpeg::decode(&made.jpeg).unwrap().chroma, None);
}

#[test]
fn a_page_of_thirteen_megapixels_stays_far_below_its_memory_limit() {
    let picture = Picture {
        y: Plane::filled(4160, 3120, 200),
        chroma: Some([
            Plane::filled(2080, 1560, 128),
            Plane::filled(2080, 1560, 128),
        ]),
    };
    let bytes = jpeg::encode(&picture, 92, None).unwrap();
    drop(picture);
    let held = hostile::peak_of(|| drop(make(&bytes, Where::Whole, &Output::default()).unwrap()));
    // The picture's planes are 19.5 MB; the limit for all of it is 120.
    assert!(held < 30 << 20, "{held}");
}
