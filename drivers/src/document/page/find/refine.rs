//! Moves sides to where the fine luma steps: at many places along a side the steepest point across it,
//! and through these a curve that a few wrong points do not bend. A lens bows edges a little; the
//! corners are where the curves end, so a bow costs no exactness there. What is darker than what it lies on
//! has a shadow that looks like its edge: there places vote.

use super::coarse::Coarse;
use super::curve::{Curve, fit};
use super::shape;
use super::side::{LEVEL, Side};
use super::verify::Verified;
use super::vote::Votes;
use crate::document::page::{Plane, Point};

/// Places along a side.
const PLACES: usize = 64;
/// How far across the side the step is looked for, fine samples.
const REACH: i32 = 6;
/// Samples taken together on each side of a step.
const WIDE: i32 = 3;
/// A step of colour that says more than one of luma, 64ths.
const COLOUR_MIN: f32 = 10.0 * LEVEL;
/// A place agrees that is so near, fine samples.
const AGREES: f32 = 1.5;
/// Without this many places that agree a side stays as it was.
const AGREE_MIN: usize = 14;
/// With so large a share that agrees nothing else is tried.
const SURE: f32 = 0.8;
/// So large a share of places with a shadow's inner end is where the side is.
const SHADOWED: f32 = 0.75;
/// What a place weighs at most when it votes, levels.
const RISE_CAP: f32 = 8.0;
const FALL_CAP: f32 = 5.0;

/// The corners in fine samples, moved to the edges, and the share of places that agree with where the
/// side is that fewest agree with.
pub(super) fn refine(coarse: &Coarse, verified: &Verified) -> ([Point; 4], f32) {
    let corners = verified.corners.map(|p| Point {
        x: p.x * 2.0,
        y: p.y * 2.0,
    });
    let mut lines = [(Point::default(), Point::default()); 4];
    let mut agreed = 1.0f32;
    for k in 0..4 {
        let (a, b) = (corners[k], corners[(k + 1) % 4]);
        let side = &verified.sides[k];
        if side.border {
            lines[k] = (a, b);
            continue;
        }
        let (line, share) = moved(coarse, a, b, side).unwrap_or(((a, b), 0.0));
        lines[k] = line;
        agreed = agreed.min(share);
    }
    let mut out = corners;
    for k in 0..4 {
        let meeting = meet(lines[(k + 3) % 4], lines[k]);
        // A corner that runs away was a bad fit.
        if let Some(p) = meeting.filter(|&p| shape::distance(p, corners[k]) < 4.0 * REACH as f32) {
            out[k] = p;
        }
    }
    match shape::is_convex(&out) {
        true => (out, agreed),
        false => (corners, 0.0),
    }
}

/// The side from `a` to `b`, moved to the edge, and the share of places that agree.
fn moved(coarse: &Coarse, a: Point, b: Point, side: &Side) -> Option<((Point, Point), f32)> {
    let length = shape::distance(a, b);
    if length < 24.0 {
        return None;
    }
    let inward = (-(b.y - a.y) / length, (b.x - a.x) / length);
    let (curve, share) = located(coarse, (a, b), inward, side, length)?;
    let end = |p: Point, shift: f32| Point {
        x: p.x + inward.0 * shift,
        y: p.y + inward.1 * shift,
    };
    Some(((end(a, curve.at(0.0)), end(b, curve.at(1.0))), share))
}

/// Where a side is, and the share of places that agree.
fn located(
    coarse: &Coarse,
    ends: (Point, Point),
    inward: (f32, f32),
    side: &Side,
    length: f32,
) -> Option<(Curve, f32)> {
    let stepped = curve(steps_along(coarse, ends, inward, side), length);
    if side.step[0] >= 0.0 {
        return stepped;
    }
    let share = |of: &Option<(Curve, f32)>| of.as_ref().map_or(0.0, |of| of.1);
    let risen = curve(rises(coarse, ends, inward).along_the_best(), length);
    if share(&risen) >= SHADOWED {
        return risen;
    }
    if share(&stepped) >= SURE {
        return stepped;
    }
    let fallen = curve(falls(coarse, ends, inward).along_the_best(), length);
    let all = [stepped, risen, fallen].into_iter();
    all.max_by(|a, b| share(a).total_cmp(&share(b)))?
}

/// The curve through steps along a side, and the share of places that agree.
fn curve(mut seen: Vec<(f32, f32, f32)>, length: f32) -> Option<(Curve, f32)> {
    let mut steps: Vec<f32> = seen.iter().map(|s| s.2).collect();
    steps.sort_unstable_by(f32::total_cmp);
    let usual = *steps.get(steps.len() / 2)?;
    seen.retain(|s| s.2 > 0.35 * usual);
    if seen.len() < AGREE_MIN {
        return None;
    }
    let curve = fit(&seen, 6.0 * length / 1_000.0)?;
    let agree = seen.iter().filter(|s| (s.1 - curve.at(s.0)).abs() < AGREES);
    let share = agree.count() as f32 / PLACES as f32;
    Some((curve, share))
}

/// Where written luma rises inward, out of a line that is darker than what is outside: from a shadow to
/// what throws it.
fn rises(coarse: &Coarse, (a, b): (Point, Point), inward: (f32, f32)) -> Votes {
    const FIRST: i32 = -4;
    const COUNT: usize = 17;
    /// Samples outside, and in a shadow's breadth.
    const OUTSIDE: usize = 8;
    const BROAD: usize = 4;
    let weights = |p: Point| -> Option<Vec<f32>> {
        let mut luma = [0.0; OUTSIDE + COUNT + 1];
        for (k, luma) in luma.iter_mut().enumerate() {
            let away = (FIRST + k as i32 - OUTSIDE as i32) as f32;
            let (x, y) = (p.x + inward.0 * away, p.y + inward.1 * away);
            *luma = sample(&coarse.written, x, y)?;
        }
        let outside = middle(&luma[..OUTSIDE - 1]);
        let rise = |k: usize| {
            let before = luma[k - BROAD..k].iter().copied();
            let dip = outside - before.fold(f32::INFINITY, f32::min);
            (luma[k + 1] - luma[k - 1]).min(dip)
        };
        Some((OUTSIDE..OUTSIDE + COUNT).map(rise).collect())
    };
    votes(FIRST, RISE_CAP, (a, b), weights)
}

/// Where luma without writing falls inward: from a sheet to what lies on it.
fn falls(coarse: &Coarse, (a, b): (Point, Point), inward: (f32, f32)) -> Votes {
    let weights = |p: Point| -> Option<Vec<f32>> {
        let values = profile(p, inward, |x, y| sample(&coarse.bare, x, y))?;
        let fall = |shift: i32| {
            let middle = (shift + REACH + WIDE) as usize;
            (values[middle - 2] + values[middle - 1] - values[middle + 1] - values[middle + 2])
                / 2.0
        };
        Some((-REACH..=REACH).map(fall).collect())
    };
    votes(-REACH, FALL_CAP, (a, b), weights)
}

fn votes(
    first: i32,
    cap: f32,
    (a, b): (Point, Point),
    weights: impl Fn(Point) -> Option<Vec<f32>>,
) -> Votes {
    let places = places().filter_map(|at| Some((at, weights(shape::between(a, b, at))?)));
    let places = places.collect();
    Votes { first, cap, places }
}

fn places() -> impl Iterator<Item = f32> {
    (0..PLACES).map(|k| 0.03 + 0.94 * k as f32 / (PLACES - 1) as f32)
}

/// At places along a side: where (from 0 to 1), how far inward the step is, and how great.
fn steps_along(
    coarse: &Coarse,
    (a, b): (Point, Point),
    inward: (f32, f32),
    side: &Side,
) -> Vec<(f32, f32, f32)> {
    let all = |step: &dyn Fn(Point) -> Option<(f32, f32)>| -> Vec<(f32, f32, f32)> {
        let seen = places().filter_map(|at| {
            let (shift, step) = step(shape::between(a, b, at))?;
            (step > 2.0).then_some((at, shift, step))
        });
        seen.collect()
    };
    let [luma, cb, cr] = side.step;
    let colour = cb.hypot(cr);
    if colour > COLOUR_MIN && colour > luma.abs() {
        // A shadow steps in luma as well; colour is the sheet's alone.
        let way = [0.0, cb / colour / LEVEL, cr / colour / LEVEL];
        return all(&|p| {
            let values = profile(p, inward, |x, y| {
                coarse.colours.along(x / 2.0, y / 2.0, way)
            })?;
            Some(greatest(&values, -REACH, REACH, 1.0))
        });
    }
    if luma < 0.0 {
        // A sheet darker than what it lies on: its shadow is darker still and fills up when
        // writing is taken off, so the step there is the shadow's. With writing it is a dip.
        let dips = all(&|p| beyond_dip(&coarse.written, p, inward));
        if dips.len() >= PLACES / 2 {
            return dips;
        }
    }
    all(&|p| {
        let values = profile(p, inward, |x, y| sample(&coarse.bare, x, y))?;
        Some(greatest(&values, -REACH, REACH, luma.signum()))
    })
}

const LEN: usize = (2 * (REACH + WIDE) + 1) as usize;

/// Values along a line across the side, the side in the middle, from outside to inside.
fn profile(
    at: Point,
    inward: (f32, f32),
    value: impl Fn(f32, f32) -> Option<f32>,
) -> Option<[f32; LEN]> {
    let mut values = [0.0; LEN];
    for (k, out) in values.iter_mut().enumerate() {
        let away = k as f32 - (REACH + WIDE) as f32;
        *out = value(at.x + inward.0 * away, at.y + inward.1 * away)?;
    }
    Some(values)
}

/// The greatest step between two shifts, to a part of a sample.
fn greatest(values: &[f32; LEN], from: i32, to: i32, way: f32) -> (f32, f32) {
    let step = |shift: i32| {
        let middle = (shift + REACH + WIDE) as usize;
        let wide = (WIDE as usize).min(middle).min(LEN - 1 - middle).max(1);
        let inside: f32 = values[middle + 1..=(middle + wide).min(LEN - 1)]
            .iter()
            .sum();
        let outside: f32 = values[middle.saturating_sub(wide)..middle].iter().sum();
        way * (inside - outside) / wide as f32
    };
    let best = (from..=to)
        .max_by(|&a, &b| step(a).total_cmp(&step(b)))
        .unwrap_or(from);
    let top = step(best);
    if best == from || best == to {
        return (best as f32, top);
    }
    let (before, after) = (step(best - 1), step(best + 1));
    let bend = before - 2.0 * top + after;
    let shift = if bend < -1e-3 {
        0.5 * (before - after) / bend
    } else {
        0.0
    };
    (best as f32 + shift.clamp(-0.5, 0.5), top)
}

/// The rise on the inner side of a dark dip, if the dip is clearly darker than both sides. The side
/// lies at the dip's outer end, and a shadow may be broad: it is looked for farther inward.
fn beyond_dip(plane: &Plane, at: Point, inward: (f32, f32)) -> Option<(f32, f32)> {
    const BEFORE: usize = (REACH + WIDE) as usize;
    const AFTER: usize = 18;
    let mut values = [0.0; BEFORE + 1 + AFTER];
    for (k, value) in values.iter_mut().enumerate() {
        let away = k as f32 - BEFORE as f32;
        *value = sample(plane, at.x + inward.0 * away, at.y + inward.1 * away)?;
    }
    let outside = middle(&values[..5]);
    let inside = middle(&values[BEFORE + AFTER - 7..]);
    let low = (BEFORE - 4..BEFORE + 12).min_by(|&a, &b| values[a].total_cmp(&values[b]))?;
    let deep = inside.min(outside) - values[low];
    if deep < 4.0 || deep < 0.3 * (outside - inside).abs() {
        return None;
    }
    // A narrow step: the dip itself is only a few samples wide.
    let rise = |k: usize| values[k + 1] - values[k - 1];
    let best = (low..low + 5).max_by(|&a, &b| rise(a).total_cmp(&rise(b)))?;
    let (before, top, after) = (rise(best - 1), rise(best), rise(best + 1));
    let bend = before - 2.0 * top + after;
    let shift = if bend < -1e-3 {
        (0.5 * (before - after) / bend).clamp(-0.5, 0.5)
    } else {
        0.0
    };
    Some((best as f32 + shift - BEFORE as f32, deep))
}

fn middle(values: &[f32]) -> f32 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    sorted[sorted.len() / 2]
}

/// Fine luma between samples; `None` outside.
fn sample(plane: &Plane, x: f32, y: f32) -> Option<f32> {
    let (x, y) = (x - 0.5, y - 0.5);
    if x < 0.0 || y < 0.0 {
        return None;
    }
    let (left, top) = (x as usize, y as usize);
    if left + 1 >= plane.width || top + 1 >= plane.height {
        return None;
    }
    let (fx, fy) = (x - left as f32, y - top as f32);
    let (upper, lower) = (&plane.row(top)[left..], &plane.row(top + 1)[left..]);
    let mix = |row: &[u8]| f32::from(row[0]) * (1.0 - fx) + f32::from(row[1]) * fx;
    Some(mix(upper) * (1.0 - fy) + mix(lower) * fy)
}

/// Where two lines, each through two points, cross.
fn meet((a, b): (Point, Point), (c, d): (Point, Point)) -> Option<Point> {
    let (first, second) = (shape::turn(c, d, a), shape::turn(c, d, b));
    let apart = first - second;
    (apart.abs() > 1e-3).then(|| shape::between(a, b, first / apart))
}
