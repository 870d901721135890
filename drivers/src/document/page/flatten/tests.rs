//! Strips, sizes, edges and memory.

use super::super::ground;
use super::super::jpeg;
use super::super::wide::plainly;
use super::*;
use crate::hostile::{self, Chance};

fn soft(width: usize, height: usize) -> Plane {
    let wave = |at: usize, by: f64| (at as f64 / by).sin() * 55.0;
    let data = (0..width * height)
        .map(|at| (140.0 + wave(at % width, 21.0) + wave(at / width, 13.0)) as u8)
        .collect();
    Plane {
        width,
        height,
        data,
    }
}

fn sample(width: usize, height: usize) -> Picture {
    let half = || soft(width.div_ceil(2), height.div_ceil(2));
    Picture {
        y: soft(width, height),
        chroma: Some([half(), half()]),
    }
}

fn tilted(picture: &Picture, width: usize, height: usize, finish: Finish) -> Flat {
    let (w, h) = (picture.y.width as f32, picture.y.height as f32);
    // On its side: the page's top left is the picture's bottom left.
    let corners = [(0.1, 0.9), (0.06, 0.08), (0.93, 0.04), (0.97, 0.95)];
    Flat {
        corners: corners.map(|(x, y)| Point { x: x * w, y: y * h }),
        width,
        height,
        finish,
    }
}

/// The same page without strips, tiles or fixed rows: sample by sample, then each row's light.
fn whole(picture: &Picture, flat: &Flat) -> Plane {
    let map = Map::onto(&flat.corners, flat.width, flat.height).unwrap();
    let small = picture.reduced(LIGHT_SIDE);
    let unit = [small.factor as f64; 2];
    let ground = Ground::of(
        &small.picture,
        map.in_units([1.0; 2], unit),
        flat.width,
        flat.height,
    );
    let at = |x: f64, y: f64| {
        let (u, v) = map.at(x, y);
        let (u, v) = ((u - 0.5).max(0.0), (v - 0.5).max(0.0));
        let (fx, fy) = (u.fract(), v.fract());
        let value = |x: usize, y: usize| {
            let y = y.min(picture.y.height - 1);
            f64::from(picture.y.row(y)[x.min(picture.y.width - 1)])
        };
        let (x, y) = (u as usize, v as usize);
        let top = value(x, y) * (1.0 - fx) + value(x + 1, y) * fx;
        let low = value(x, y + 1) * (1.0 - fx) + value(x + 1, y + 1) * fx;
        (top * (1.0 - fy) + low * fy).round() as u8
    };
    let mut out = Plane::filled(flat.width, flat.height, 0);
    let mut gains = Vec::new();
    for (y, row) in out.data.chunks_mut(flat.width).enumerate() {
        for (x, luma) in row.iter_mut().enumerate() {
            *luma = at(x as f64 + 0.5, y as f64 + 0.5);
        }
        if flat.finish != Finish::AsIs {
            ground.as_ref().unwrap().gains(y, &mut gains);
            ground::whiten_luma(row, on_page::<16>(&gains));
        }
    }
    out
}

#[test]
fn strips_are_the_whole_page_to_a_level_or_two() {
    let picture = sample(900, 700);
    for (width, height) in [(300, 421), (129, 64), (200, 65)] {
        for (finish, most) in [(Finish::AsIs, 1), (Finish::Gray, 3)] {
            let flat = tilted(&picture, width, height, finish);
            // Only what is not shrunk can be compared sample by sample.
            let small = picture.reduced_by(shrinks_by(
                &Map::onto(&flat.corners, width, height).unwrap(),
                width,
                height,
            ));
            let scale = small.y.width as f32 / picture.y.width as f32;
            let near = Flat {
                corners: flat.corners.map(|p| Point {
                    x: p.x * scale,
                    y: p.y * scale,
                }),
                ..flat
            };
            let got = super::picture(&small, &near).unwrap();
            let want = whole(&small, &near);
            let far = got
                .y
                .data
                .iter()
                .zip(&want.data)
                .map(|(a, b)| a.abs_diff(*b))
                .max();
            assert!(far <= Some(most), "{width} x {height} {finish:?}: {far:?}");
        }
    }
}

#[test]
fn any_processor_makes_the_same_page() {
    let picture = sample(901, 703);
    for finish in [Finish::Color, Finish::Gray, Finish::AsIs] {
        let flat = tilted(&picture, 333, 441, finish);
        let make = || super::picture(&picture, &flat).unwrap();
        assert_eq!(make(), plainly(make), "{finish:?}");
    }
}

#[test]
fn every_sampling_of_chroma_gives_half_size_chroma_of_the_same_look() {
    let base = sample(640, 480);
    let of = |w: usize, h: usize| Some([soft(w, h), soft(w, h)]);
    for (w, h) in [(640, 480), (320, 480), (640, 240), (320, 240)] {
        let picture = Picture {
            y: base.y.clone(),
            chroma: of(w, h).map(|planes| planes.map(|_| Plane::filled(w, h, 90))),
        };
        let page = super::picture(&picture, &tilted(&picture, 201, 305, Finish::AsIs)).unwrap();
        let [cb, cr] = page.chroma.unwrap();
        assert_eq!((cb.width, cb.height), (101, 153));
        assert!(cb.data.iter().chain(&cr.data).all(|value| *value == 90));
    }
}

#[test]
fn a_picture_much_finer_than_the_page_is_averaged_not_skipped() {
    // A fine grid: every second column black.
    let data = (0..1200 * 900)
        .map(|at| if at % 2 == 0 { 0 } else { 200 })
        .collect();
    let picture = Picture {
        y: Plane {
            width: 1200,
            height: 900,
            data,
        },
        chroma: None,
    };
    let corners = [(0.0, 0.0), (1200.0, 0.0), (1200.0, 900.0), (0.0, 900.0)];
    let flat = Flat {
        corners: corners.map(|(x, y)| Point { x, y }),
        width: 300,
        height: 225,
        finish: Finish::AsIs,
    };
    let page = super::picture(&picture, &flat).unwrap();
    assert!(page.y.data.iter().all(|luma| luma.abs_diff(100) <= 1));
}

#[test]
fn beyond_the_picture_the_page_is_white() {
    let picture = Picture {
        y: Plane::filled(400, 300, 60),
        chroma: Some([Plane::filled(200, 150, 100), Plane::filled(200, 150, 150)]),
    };
    let corners = [(100.0, 50.0), (500.0, 50.0), (500.0, 250.0), (100.0, 250.0)];
    let flat = Flat {
        corners: corners.map(|(x, y)| Point { x, y }),
        width: 400,
        height: 200,
        finish: Finish::AsIs,
    };
    let page = super::picture(&picture, &flat).unwrap();
    let [cb, _] = page.chroma.as_ref().unwrap();
    assert_eq!((page.y.row(100)[299], page.y.row(100)[300]), (60, 255));
    assert_eq!((cb.row(50)[149], cb.row(50)[150]), (100, 128));
}

#[test]
fn corners_that_are_no_sheets_and_pages_too_large_are_refused() {
    let picture = sample(64, 64);
    let good = tilted(&picture, 50, 50, Finish::Color);
    let mut crossed = good;
    crossed.corners.swap(1, 2);
    assert_eq!(super::picture(&picture, &crossed), Err(PageError::Corners));
    let huge = Flat {
        width: 1 << 20,
        height: 1 << 20,
        ..good
    };
    let limit = PIXELS_LIMIT as u64;
    assert_eq!(
        super::picture(&picture, &huge),
        Err(PageError::TooLarge { limit })
    );
    let dot = sample(1, 1);
    assert_eq!(
        super::picture(&dot, &tilted(&sample(64, 64), 9, 9, Finish::AsIs)),
        Err(PageError::Corners)
    );
}

#[test]
fn a_page_holds_no_more_than_strips_and_what_is_written() {
    let picture = sample(2000, 1500);
    let flat = tilted(&picture, 1654, 2339, Finish::Color);
    let mut bytes = 0;
    let held = hostile::peak_of(|| {
        let mut out = jpeg::Strips::new(flat.width, flat.height, true, 80, Some(200)).unwrap();
        strips(&picture, None, &flat, |strip| out.push(strip)).unwrap();
        bytes = out.finish().len();
    });
    // The page's planes alone would be 5.8 MB.
    assert!(held < 3_000_000 + bytes, "{held} held, {bytes} written");
}

#[test]
fn any_corners_at_all_are_survived() {
    let picture = sample(97, 61);
    let mut chance = Chance::new(5);
    for _ in 0..400 {
        let mut place = || match chance.once_in(12) {
            true => [f32::NAN, f32::INFINITY, 1e30, -1e30][chance.below(4)],
            false => chance.below(300) as f32 - 100.0,
        };
        let corners = [0; 4].map(|_| Point {
            x: place(),
            y: place(),
        });
        let (width, height) = (1 + chance.below(90), 1 + chance.below(90));
        let finish = *chance.of(&[Finish::Color, Finish::Gray, Finish::AsIs]);
        let flat = Flat {
            corners,
            width,
            height,
            finish,
        };
        if let Ok(page) = super::picture(&picture, &flat) {
            assert_eq!(page.y.data.len(), width * height);
        }
    }
}
