//! Plane geometry of four-cornered shapes: area, what two have in common, what lies inside.

use crate::document::page::Point;

/// Twice the area of a triangle, positive when its corners run clockwise as seen (y points down).
pub(super) fn turn(a: Point, b: Point, c: Point) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

pub(super) fn distance(a: Point, b: Point) -> f32 {
    (a.x - b.x).hypot(a.y - b.y)
}

/// Between two points: `a` at 0, `b` at 1.
pub(super) fn between(a: Point, b: Point, at: f32) -> Point {
    Point {
        x: a.x + (b.x - a.x) * at,
        y: a.y + (b.y - a.y) * at,
    }
}

/// Area of a shape whose corners run clockwise as seen; negative when they run the other way.
#[must_use]
pub fn area(corners: &[Point]) -> f32 {
    let Some(&last) = corners.last() else {
        return 0.0;
    };
    let mut before = last;
    let mut twice = 0.0;
    for &corner in corners {
        twice += before.x * corner.y - before.y * corner.x;
        before = corner;
    }
    twice / 2.0
}

/// Whether the corners run clockwise as seen and every one of them points outward.
#[must_use]
pub fn is_convex(corners: &[Point; 4]) -> bool {
    (0..4).all(|k| turn(corners[k], corners[(k + 1) % 4], corners[(k + 2) % 4]) > 0.0)
}

/// What two convex shapes have in common; the corners of both run clockwise as seen.
#[must_use]
pub fn common(a: &[Point], b: &[Point]) -> Vec<Point> {
    let mut kept = a.to_vec();
    for k in 0..b.len() {
        let (from, to) = (b[k], b[(k + 1) % b.len()]);
        kept = cut(&kept, from, to);
    }
    kept
}

/// The part of a shape on the inner side of a line.
fn cut(shape: &[Point], from: Point, to: Point) -> Vec<Point> {
    let mut kept = Vec::with_capacity(shape.len() + 1);
    for k in 0..shape.len() {
        let (here, next) = (shape[k], shape[(k + 1) % shape.len()]);
        let (inside, next_inside) = (turn(from, to, here), turn(from, to, next));
        if inside >= 0.0 {
            kept.push(here);
        }
        if (inside >= 0.0) != (next_inside >= 0.0) {
            kept.push(between(here, next, inside / (inside - next_inside)));
        }
    }
    kept
}

/// Intersection over union of two convex shapes, both as far as they lie in the frame.
#[must_use]
pub fn overlap(a: &[Point; 4], b: &[Point; 4], frame: (f32, f32)) -> f32 {
    let (a, b) = (within(a, frame), within(b, frame));
    let shared = area(&common(&a, &b));
    let all = area(&a) + area(&b) - shared;
    if all > 0.0 { shared / all } else { 0.0 }
}

/// A shape as far as it lies in a frame of this width and height.
#[must_use]
pub fn within(shape: &[Point; 4], (width, height): (f32, f32)) -> Vec<Point> {
    let corner = |x, y| Point { x, y };
    let frame = [
        corner(0.0, 0.0),
        corner(width, 0.0),
        corner(width, height),
        corner(0.0, height),
    ];
    common(shape, &frame)
}

/// The way from a place to where side `k` and the opposite one meet, of length 1: as a line runs there
/// that is parallel to them on the sheet.
pub(super) fn towards_meeting(corners: &[Point; 4], k: usize, at: Point) -> (f32, f32) {
    // Lines as a x + b y + c = 0, about the place, so that lines that hardly meet cost no exactness.
    let line = |n: usize| {
        let (p, q) = (corners[n % 4], corners[(n + 1) % 4]);
        let (p, q) = ((p.x - at.x, p.y - at.y), (q.x - at.x, q.y - at.y));
        (p.1 - q.1, q.0 - p.0, p.0 * q.1 - p.1 * q.0)
    };
    let (f, g) = (line(k), line(k + 2));
    let (x, y) = (f.1 * g.2 - f.2 * g.1, f.2 * g.0 - f.0 * g.2);
    let length = x.hypot(y).max(1e-6);
    (x / length, y / length)
}

/// How far a point lies inside a convex shape: the least distance to its sides, negative outside.
#[must_use]
pub fn depth(corners: &[Point; 4], point: Point) -> f32 {
    let sides = (0..4).map(|k| {
        let (a, b) = (corners[k], corners[(k + 1) % 4]);
        turn(a, b, point) / distance(a, b).max(1e-3)
    });
    sides.fold(f32::INFINITY, f32::min)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x: f32, y: f32, side: f32) -> [Point; 4] {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(dx, dy)| Point {
            x: x + dx * side,
            y: y + dy * side,
        })
    }

    #[test]
    fn the_overlap_of_two_squares_is_what_a_ruler_says() {
        let (a, b) = (square(0.0, 0.0, 10.0), square(5.0, 0.0, 10.0));
        assert!(is_convex(&a));
        assert!((area(&a) - 100.0).abs() < 1e-3);
        assert!((overlap(&a, &b, (100.0, 100.0)) - 1.0 / 3.0).abs() < 1e-4);
        assert!(
            (overlap(&a, &b, (10.0, 100.0)) - 0.5).abs() < 1e-4,
            "as far as the frame goes"
        );
        assert_eq!(overlap(&a, &square(50.0, 50.0, 5.0), (100.0, 100.0)), 0.0);
    }

    #[test]
    fn parallels_of_a_leaning_sheet_meet_where_its_sides_do() {
        let leaning = [(2.0, 0.0), (8.0, 0.0), (10.0, 10.0), (0.0, 10.0)];
        let leaning = leaning.map(|(x, y)| Point { x, y });
        let at = Point { x: 6.5, y: 10.0 };
        // The longer sides meet at (5, -15).
        let (x, y) = towards_meeting(&leaning, 1, at);
        assert!((x.abs() / y.abs() - 1.5 / 25.0).abs() < 1e-4, "{x} {y}");
        let (x, y) = towards_meeting(&leaning, 0, at);
        assert!(x.abs() > 0.999 && y.abs() < 1e-4, "{x} {y}");
    }

    #[test]
    fn depth_is_measured_from_the_nearest_side() {
        let shape = square(0.0, 0.0, 10.0);
        assert!((depth(&shape, Point { x: 3.0, y: 5.0 }) - 3.0).abs() < 1e-4);
        assert!((depth(&shape, Point { x: 12.0, y: 5.0 }) + 2.0).abs() < 1e-4);
    }
}
