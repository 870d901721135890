//! Light is taken away, ink and colours stay.

use super::super::flatten::{self, Finish, Flat};
use super::super::wide::plainly;
use super::super::{Picture, Plane, Point};
use super::*;
use crate::hostile::Chance;

fn flat(width: usize, height: usize, finish: Finish) -> Flat {
    let (w, h) = (width as f32, height as f32);
    let corners = [(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)].map(|(x, y)| Point { x, y });
    Flat {
        corners,
        width,
        height,
        finish,
    }
}

const SIDE: usize = 640;

/// Yellowish paper under light that falls off, with a line of ink every 40 rows and a red stamp.
fn lit_page() -> Picture {
    let light = |x: usize, y: usize| 1.0 - 0.5 * (x + y) as f32 / (2 * SIDE) as f32;
    let ink = |x: usize, y: usize| y % 40 < 8 && x % 10 < 6;
    let stamp = |x: usize, y: usize| (400..480).contains(&x) && (300..380).contains(&y);
    // Luma, Cb, Cr at full light.
    let look = |x: usize, y: usize| match (stamp(x, y), ink(x, y)) {
        (true, _) => (110.0, -10.0, 80.0),
        (_, true) => (35.0, 0.0, 0.0),
        _ => (235.0, -16.0, 6.0),
    };
    let plane = |step: usize, of: &dyn Fn(usize, usize) -> f32| {
        let side = SIDE / step;
        let data = (0..side * side).map(|at| of(at % side * step, at / side * step) as u8);
        Plane {
            width: side,
            height: side,
            data: data.collect(),
        }
    };
    let chroma =
        |of: fn((f32, f32, f32)) -> f32| plane(2, &|x, y| 128.5 + of(look(x, y)) * light(x, y));
    Picture {
        y: plane(1, &|x, y| look(x, y).0 * light(x, y)),
        chroma: Some([chroma(|c| c.1), chroma(|c| c.2)]),
    }
}

#[test]
fn paper_becomes_white_in_light_and_shade_and_ink_stays_black() {
    let page = flatten::picture(&lit_page(), &flat(SIDE, SIDE, Finish::Color)).unwrap();
    let [cb, cr] = page.chroma.as_ref().unwrap();
    for y in (20..SIDE).step_by(40) {
        for x in (8..SIDE - 8)
            .step_by(31)
            .filter(|x| !(380..500).contains(x))
        {
            let luma = page.y.row(y)[x];
            assert!(luma >= 250, "paper at {x} {y}: {luma}");
            let tint = [cb, cr].map(|plane| plane.row(y / 2)[x / 2].abs_diff(128));
            assert!(tint < [3, 3], "paper at {x} {y}: {tint:?}");
        }
    }
    for y in (43..SIDE).step_by(40).filter(|y| !(290..390).contains(y)) {
        for x in (12..SIDE).step_by(40) {
            assert!(
                page.y.row(y)[x] < 40,
                "ink at {x} {y}: {}",
                page.y.row(y)[x]
            );
        }
    }
}

#[test]
fn a_red_stamp_stays_red() {
    let page = flatten::picture(&lit_page(), &flat(SIDE, SIDE, Finish::Color)).unwrap();
    let [_, cr] = page.chroma.as_ref().unwrap();
    let least = (305..375).map(|y| cr.row(y / 2)[220]).min();
    assert!(least > Some(128 + 70), "{least:?}");
}

#[test]
fn as_it_is_stays_as_it_is() {
    let lit = lit_page();
    let page = flatten::picture(&lit, &flat(SIDE, SIDE, Finish::AsIs)).unwrap();
    let far = page
        .y
        .data
        .iter()
        .zip(&lit.y.data)
        .map(|(a, b)| a.abs_diff(*b))
        .max();
    assert!(far <= Some(4), "{far:?}");
    let gray = flatten::picture(&lit, &flat(SIDE, SIDE, Finish::Gray)).unwrap();
    assert_eq!(gray.chroma, None);
    let color = flatten::picture(&lit, &flat(SIDE, SIDE, Finish::Color)).unwrap();
    assert_eq!(gray.y, color.y);
}

#[test]
fn a_large_dark_picture_is_not_taken_for_paper() {
    let mut page = Picture {
        y: Plane::filled(SIDE, SIDE, 230),
        chroma: None,
    };
    for y in 100..500 {
        page.y.data[y * SIDE + 100..y * SIDE + 500].fill(30);
    }
    let page = flatten::picture(&page, &flat(SIDE, SIDE, Finish::Gray)).unwrap();
    assert!(page.y.row(300)[300] < 80, "{}", page.y.row(300)[300]);
    assert!(page.y.row(20)[300] > 250);
}

#[test]
fn light_between_cells_is_a_straight_line() {
    let ground = Ground {
        across: 3,
        down: 2,
        gain: vec![1000, 2000, 4000, 3000, 3000, 3000],
        tint: [vec![0; 6], vec![0; 6]],
    };
    let mut row = Vec::new();
    ground.gains(0, &mut row);
    let row: Vec<i16> = on_page::<CELL>(&row)[..48].to_vec();
    // Before the first centre and after the last it is even.
    assert_eq!((row[0], row[7], row[40], row[47]), (1000, 1000, 4000, 4000));
    assert_eq!((row[8], row[23]), (1031, 1968));
    assert!(row[8..40].is_sorted());
    let mut below = Vec::new();
    ground.gains(31, &mut below);
    assert!(
        on_page::<CELL>(&below)[..48]
            .iter()
            .all(|gain| *gain == 3000)
    );
}

#[test]
fn both_compilations_give_the_same_bytes() {
    let mut chance = Chance::new(9);
    for width in [1, 2, 15, 16, 33, 200] {
        let luma = chance.bytes(width);
        let chroma = chance.bytes(width);
        let gains: Vec<i16> = (0..width).map(|_| (chance.bits() as i16).max(0)).collect();
        let tints: Vec<i16> = (0..width).map(|_| chance.bits() as i16 >> 4).collect();
        let all = || {
            let (mut y, mut c) = (luma.clone(), chroma.clone());
            whiten_luma(&mut y, &gains);
            whiten_chroma(&mut c, &luma, &gains, &tints);
            let mut halved = vec![0; width.div_ceil(2)];
            halve(&mut halved, &luma, &chroma);
            let mut between = vec![0; (width + 1) * 16];
            let mut centres = gains.clone();
            centres.push(7);
            spread(&mut between, &centres, 16);
            spread(&mut between, &centres, 8);
            (y, c, halved, between)
        };
        assert_eq!(all(), plainly(all));
    }
}
