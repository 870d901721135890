//! Two sides, true size.

use super::*;

fn photographed(luma: u8, red: u8) -> Picture {
    Picture {
        y: Plane::filled(1200, 900, luma),
        chroma: Some([Plane::filled(600, 450, 128), Plane::filled(600, 450, red)]),
    }
}

fn corners(width: f32, height: f32) -> [Point; 4] {
    let (w, h) = (width / 2.0, height / 2.0);
    [(-w, -h), (w, -h), (w, h), (-w, h)].map(|(x, y)| Point {
        x: 600.0 + x,
        y: 450.0 + y,
    })
}

#[test]
fn both_sides_lie_on_a4_at_true_size() {
    let (front, back) = (photographed(100, 128), photographed(180, 200));
    let side = |picture| Side {
        picture,
        corners: corners(1027.2, 647.8),
    };
    let made = card(&side(&front), &side(&back), 300, 90).unwrap();
    assert_eq!((made.width, made.height, made.dpi), (2480, 3508, Some(300)));
    assert!(!made.too_coarse, "{:?}", made.effective_dpi);
    let page = jpeg::decode(&made.jpeg).unwrap();
    let is = |value: u8, want: u8| value.abs_diff(want) < 6;
    let dark = |column: usize| {
        let luma = |y: &usize| page.y.row(*y)[column];
        let rows = |want| (0..3508).filter(|y| is(luma(y), want)).count();
        (rows(100), rows(180))
    };
    // 53.98 mm each, to a row or two that the blocks of JPEG blur.
    let (front, back) = dark(1240);
    assert!(
        front.abs_diff(638) < 3 && back.abs_diff(638) < 3,
        "{front} {back}"
    );
    let across = (0..2480).filter(|x| is(page.y.row(1087)[*x], 100)).count();
    assert!(across.abs_diff(1011) < 3, "{across}");
    let [_, cr] = page.chroma.unwrap();
    assert!(is(cr.row(2031 / 2)[620], 200) && is(cr.row(1087 / 2)[620], 128));
    assert!(page.y.row(20)[20] == 255);
}

#[test]
fn a_card_seen_too_small_is_said_to_be() {
    let picture = photographed(100, 128);
    let side = || Side {
        picture: &picture,
        corners: corners(400.0, 252.0),
    };
    let made = card(&side(), &side(), 300, 90).unwrap();
    assert!(made.too_coarse);
    assert!((made.effective_dpi.unwrap() - 118.7).abs() < 1.0);
    assert!(card(&side(), &side(), 3000, 90).is_err());
}
