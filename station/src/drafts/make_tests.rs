//! Pages from pictures: size, colour, which way up, doubts.

use super::*;
use drivers::document::page::{Plane, jpeg};

const DENSE: How = How {
    dense: true,
    turn: true,
};
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
    let page = page(&[picture(&A4)], &[Some(A4)], DENSE).unwrap();
    assert_eq!(
        size_of(&page),
        (1654, 2339),
        "A4 at 200: the picture has 121"
    );
    let middle = load::picture(&page.bytes).unwrap().y.row(1100)[800];
    assert!(middle > 235, "paper is white: {middle}");
    assert_eq!(page.warnings, [TOO_COARSE]);
    let cut = [(0.0, 80.0), (1000.0, 80.0), (1000.0, 1494.0), (0.0, 1494.0)];
    let page = super::page(&[picture(&cut)], &[Some(cut)], How::default()).unwrap();
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
        page(pictures, &[Some(lies(dpi))], How { dense, turn: true })
            .unwrap()
            .warnings
    };
    assert_eq!(warned(250.0, true), ["page.too_coarse_for_dense"]);
    assert_eq!(warned(250.0, false), [""; 0]);
    assert_eq!(warned(299.5, true), [""; 0]);
    assert_eq!(warned(190.0, true), [TOO_COARSE]);
}

#[test]
fn a_picture_without_a_sheet_stays_what_it_is_and_says_so() {
    let bytes = picture(&A4);
    let page = page(std::slice::from_ref(&bytes), &[None], DENSE).unwrap();
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
    let page = page(&both, &[Some(lying), Some(standing)], DENSE).unwrap();
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

/// Lines of signs, with stops at their feet, that begin at the left and end short at the right.
fn writing(page: &mut Plane, from: (usize, usize), to: (usize, usize)) {
    let mut dot = |x: usize, y: usize, across: usize, down: usize| {
        for row in y..y + down {
            page.data[row * page.width + x..][..across].fill(30);
        }
    };
    for (line, y) in (from.1..to.1).step_by(40).enumerate() {
        let end = if line % 4 == 3 { to.0 / 2 } else { to.0 };
        // Signs of one line do not stand under those of another.
        let first = from.0 + line * 11 % 28;
        for (sign, x) in (first..end).step_by(28).enumerate() {
            if sign % 6 == 5 {
                dot(x + 1, y + 18, 5, 5);
            } else {
                dot(x, y + (sign * 5 + line) % 4, 24, 3);
                dot(x + (sign * 7 + line) % 20, y, 4, 24);
                dot(x, y + 12 + (sign * 3 + line) % 9, 24, 3);
            }
        }
    }
}

#[test]
fn a_page_that_lies_upside_down_is_made_upright_unless_somebody_said_how_it_lies() {
    let mut y = Plane::filled(1200, 1600, 70);
    for row in 80..1494 {
        y.data[row * 1200 + 100..row * 1200 + 1100].fill(225);
    }
    // A mark in the page's top left corner, as it is read.
    writing(&mut y, (180, 400), (1020, 1400));
    for row in 120..200 {
        y.data[row * 1200 + 150..row * 1200 + 300].fill(20);
    }
    y.data.reverse();
    let bytes = jpeg::encode(&Picture { y, chroma: None }, 90, None).unwrap();
    // The same sheet in the picture turned by half.
    let lies = A4.map(|(x, y)| (1200.0 - x, 1600.0 - y));
    let found = turned_by(lies, 2);
    let pictures = std::slice::from_ref(&bytes);
    let made = page(pictures, &[Some(found)], DENSE).unwrap();
    assert_eq!(made.turned, 2);
    let mark = |page: &Page| {
        let made = load::picture(&page.bytes).unwrap().y;
        let dark = |x: usize, y: usize| made.row(y * made.height / 100)[x * made.width / 100] < 90;
        (dark(10, 5), dark(90, 95))
    };
    assert_eq!(mark(&made), (true, false));
    let by_hand = How {
        turn: false,
        ..DENSE
    };
    let made = page(pictures, &[Some(found)], by_hand).unwrap();
    assert_eq!((made.turned, mark(&made)), (0, (false, true)));
}

fn turned_by(mut corners: Corners, quarters: usize) -> Corners {
    corners.rotate_right(quarters);
    corners
}

/// A page with a QR code of five pixels a square.
fn page_with(text: &str) -> Page {
    let mut y = Plane::filled(1200, 1600, 225);
    let code = qr::Modules::new(text).unwrap();
    for (row, from, squares) in code.runs() {
        for line in 0..5 {
            let at = (300 + row * 5 + line) * 1200 + 300 + from * 5;
            y.data[at..at + squares * 5].fill(30);
        }
    }
    let bytes = jpeg::encode(&Picture { y, chroma: None }, 90, None).unwrap();
    let all = [(0.0, 0.0), (1200.0, 0.0), (1200.0, 1600.0), (0.0, 1600.0)];
    page(&[bytes], &[Some(all)], DENSE).unwrap()
}

#[test]
fn the_codes_on_a_page_are_kept_but_not_what_may_be_somebodys_number() {
    let receipt = format!(
        "YZ1.320302001005.320302001005-26-000017.AB12CD34.{}",
        "5".repeat(128)
    );
    assert_eq!(page_with(&receipt).codes, [receipt]);
    assert_eq!(
        page_with("https://example.com/a").codes,
        ["https://example.com/a"]
    );
    assert_eq!(page_with("32039019880312113X").codes, [""; 0]);
}
