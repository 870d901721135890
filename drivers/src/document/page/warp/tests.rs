//! The map and the samples.

use super::super::wide::plainly;
use super::*;
use crate::hostile::Chance;

fn corners(places: [(f32, f32); 4]) -> [Point; 4] {
    places.map(|(x, y)| Point { x, y })
}

fn noise(width: usize, height: usize) -> Plane {
    let data = Chance::new(11).bytes(width * height);
    Plane {
        width,
        height,
        data,
    }
}

#[test]
fn corners_lead_to_corners() {
    let quad = corners([(10.0, 20.0), (400.0, 5.0), (420.0, 300.0), (-8.0, 280.0)]);
    let map = Map::onto(&quad, 210, 297).unwrap();
    for (place, corner) in [(0.0, 0.0), (210.0, 0.0), (210.0, 297.0), (0.0, 297.0)]
        .into_iter()
        .zip(quad)
    {
        let (x, y) = map.at(place.0, place.1);
        assert!((x - f64::from(corner.x)).abs() < 1e-6, "{x} {corner:?}");
        assert!((y - f64::from(corner.y)).abs() < 1e-6, "{y} {corner:?}");
        let (x, y) = map.inverted().at(x, y);
        assert!((x - place.0).abs() < 1e-6 && (y - place.1).abs() < 1e-6);
    }
}

#[test]
fn four_places_that_are_no_sheet_are_refused() {
    let upright = [(0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0)];
    assert!(Map::onto(&corners(upright), 5, 5).is_some());
    assert!(Map::onto(&corners(upright), 0, 5).is_none());
    let [a, b, c, d] = upright;
    for wrong in [
        [a, d, c, b],
        [a, c, b, d],
        [a, b, c, (8.0, 1.0)],
        [a, a, c, d],
        [a, (4.0, 0.0), b, (3.0, 0.0)],
        [a, b, (f32::NAN, 9.0), d],
        [a, b, (f32::INFINITY, 9.0), d],
    ] {
        assert!(Map::onto(&corners(wrong), 5, 5).is_none(), "{wrong:?}");
    }
}

#[test]
fn a_page_that_is_the_picture_comes_out_as_it_is() {
    let plane = noise(67, 41);
    let whole = corners([(0.0, 0.0), (67.0, 0.0), (67.0, 41.0), (0.0, 41.0)]);
    let map = Map::onto(&whole, 67, 41).unwrap();
    let source = Source::new([&plane], map).unwrap();
    for y in 0..41 {
        let mut row = vec![0; 67];
        source.sample(0, y, [&mut row]);
        let worst = row
            .iter()
            .zip(plane.row(y))
            .map(|(a, b)| a.abs_diff(*b))
            .max();
        // The last row and column keep a 1/64 of their neighbour.
        assert!(worst <= Some(4), "row {y}: {worst:?}");
    }
}

/// By definition, in real numbers.
fn slowly(plane: &Plane, map: &Map, x: usize, y: usize) -> f64 {
    let (u, v) = map.at(x as f64 + 0.5, y as f64 + 0.5);
    let u = (u - 0.5).clamp(0.0, plane.width as f64 - 1.0);
    let v = (v - 0.5).clamp(0.0, plane.height as f64 - 1.0);
    let (x0, y0) = (u as usize, v as usize);
    let (x1, y1) = (
        (x0 + 1).min(plane.width - 1),
        (y0 + 1).min(plane.height - 1),
    );
    let (fx, fy) = (u.fract(), v.fract());
    let at = |x: usize, y: usize| f64::from(plane.row(y)[x]);
    let top = at(x0, y0) * (1.0 - fx) + at(x1, y0) * fx;
    let low = at(x0, y1) * (1.0 - fx) + at(x1, y1) * fx;
    top * (1.0 - fy) + low * fy
}

/// Soft as a photograph is: neighbours differ by little, so that a 1/64 of a pixel is nothing.
fn soft(width: usize, height: usize) -> Plane {
    let wave = |at: usize, by: f64| (at as f64 / by).sin() * 60.0;
    let data = (0..width * height)
        .map(|at| (127.0 + wave(at % width, 9.0) + wave(at / width, 7.0)) as u8)
        .collect();
    Plane {
        width,
        height,
        data,
    }
}

#[test]
fn samples_are_those_of_real_numbers_to_a_level() {
    let plane = soft(640, 480);
    // Lying on its side, seen from a corner, and beyond the picture's edge.
    let quad = corners([(600.0, 30.0), (630.0, 440.0), (20.0, 490.0), (60.0, -9.0)]);
    let map = Map::onto(&quad, 300, 420).unwrap();
    let source = Source::new([&plane], map).unwrap();
    let mut row = vec![0; 300];
    for y in 0..420 {
        source.sample(0, y, [&mut row]);
        for (x, got) in row.iter().enumerate() {
            let want = slowly(&plane, &map, x, y);
            assert!(
                (f64::from(*got) - want).abs() < 1.5,
                "{x} {y}: {got} {want}"
            );
        }
    }
}

#[test]
fn eight_at_a_time_gives_the_bytes_of_one_at_a_time() {
    let mut chance = Chance::new(3);
    for (width, height) in [(2, 2), (3, 2), (64, 33), (501, 257)] {
        let planes = [noise(width, height), soft(width, height)];
        for _ in 0..40 {
            let mut place = |limit: usize| chance.below(2 * limit + 8) as f32 - limit as f32 / 2.0;
            let quad = corners([0; 4].map(|_| (place(width), place(height))));
            let Some(map) = Map::onto(&quad, 90, 70) else {
                continue;
            };
            let source = Source::new([&planes[0], &planes[1]], map).unwrap();
            for (x, y) in [(0, 0), (3, 35), (0, 69)] {
                let take = || {
                    let (mut a, mut b) = (vec![0; 90 - x], vec![0; 90 - x]);
                    source.sample(x, y, [&mut a, &mut b]);
                    (a, b)
                };
                assert_eq!(take(), plainly(take), "{quad:?}");
            }
        }
    }
}
