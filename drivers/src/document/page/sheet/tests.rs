//! Sizes and proportions against a camera that is computed.

use super::*;

const PICTURE: (usize, usize) = (4160, 3120);

/// A sheet of this size, millimetres, under a camera 500 mm away that leans by these angles.
fn seen(width: f64, height: f64, lean: (f64, f64), turn: f64) -> [Point; 4] {
    let focal = 4200.0;
    let corners = [(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5)];
    corners.map(|(x, y)| {
        let (x, y) = (x * width, y * height);
        let (x, y) = (
            x * turn.cos() - y * turn.sin(),
            x * turn.sin() + y * turn.cos(),
        );
        let (y, z) = (y * lean.0.cos(), y * lean.0.sin());
        let (x, z) = (
            x * lean.1.cos() + z * lean.1.sin(),
            z * lean.1.cos() - x * lean.1.sin(),
        );
        let scale = focal / (500.0 + z);
        Point {
            x: (2080.0 + x * scale) as f32,
            y: (1560.0 + y * scale) as f32,
        }
    })
}

#[test]
fn proportions_survive_perspective() {
    for (width, height) in [
        (210.0, 297.0),
        (297.0, 210.0),
        (85.6, 53.98),
        (143.0, 105.0),
    ] {
        for lean in [
            (0.0, 0.0),
            (0.15, 0.1),
            (0.35, 0.0),
            (0.3, -0.25),
            (0.0, 0.4),
        ] {
            for turn in [0.0, 0.2, 1.6] {
                let corners = seen(width, height, lean, turn);
                let got = proportion(&corners, PICTURE);
                let off = (got / (width / height)).ln().abs();
                assert!(off < 0.03, "{width} x {height} {lean:?} {turn}: {got}");
            }
        }
    }
}

#[test]
fn a_known_sheet_is_of_its_true_size_upright_or_lying() {
    let upright = seen(210.0, 297.0, (0.1, 0.05), 0.1);
    let size = super::size(Sheet::A4, &upright, PICTURE, 300);
    assert_eq!((size.width, size.height, size.dpi), (2480, 3508, Some(300)));
    let lying = seen(297.0, 210.0, (0.1, 0.05), 0.1);
    let size = super::size(Sheet::A4, &lying, PICTURE, 200);
    assert_eq!((size.width, size.height), (2339, 1654));
    let card = seen(85.6, 53.98, (0.1, 0.0), 0.4);
    let size = super::size(Sheet::Card, &card, PICTURE, 300);
    assert_eq!((size.width, size.height), (1011, 638));
    let size = super::size(Sheet::Millimetres(50.8, 25.4), &card, PICTURE, 100);
    assert_eq!((size.width, size.height), (200, 100));
}

#[test]
fn effective_dots_are_those_of_the_side_that_is_farthest() {
    // 8.4 pixels a millimetre, seen from straight above.
    let above = seen(210.0, 297.0, (0.0, 0.0), 0.0);
    let dpi = super::size(Sheet::A4, &above, PICTURE, 300)
        .effective_dpi
        .unwrap();
    assert!((dpi - 213.36).abs() < 0.5, "{dpi}");
    assert_eq!(fineness(dpi), Fineness::Ordinary);
    let leaning = seen(210.0, 297.0, (0.3, 0.0), 0.0);
    let dpi = super::size(Sheet::A4, &leaning, PICTURE, 300)
        .effective_dpi
        .unwrap();
    assert!(dpi < 200.0, "{dpi}");
    assert_eq!(fineness(dpi), Fineness::TooCoarse);
    assert_eq!(fineness(300.0), Fineness::Dense);
}

#[test]
fn a_free_sheet_keeps_its_pixels_and_proportions() {
    let corners = seen(143.0, 105.0, (0.2, 0.1), 0.0);
    let size = super::size(Sheet::Free, &corners, PICTURE, 300);
    let off = size.width as f64 / size.height as f64 / (143.0 / 105.0);
    assert!((off - 1.0).abs() < 0.03, "{size:?}");
    assert!((1150..1500).contains(&size.width), "{size:?}");
    assert_eq!((size.dpi, size.effective_dpi), (None, None));
}

#[test]
fn impossible_corners_give_some_size() {
    let nan = Point {
        x: f32::NAN,
        y: 0.0,
    };
    for corners in [[Point::default(); 4], [nan; 4]] {
        for sheet in [Sheet::A4, Sheet::Free, Sheet::Millimetres(-1.0, 0.0)] {
            let size = super::size(sheet, &corners, (0, 0), 300);
            assert!(size.width >= 1 && size.height >= 1);
        }
    }
}
