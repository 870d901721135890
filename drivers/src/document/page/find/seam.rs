//! Two sheets side by side: the desk shows through a gap between them, too narrow to be left when
//! writing is taken off, so that both look like one.

use super::coarse::Coarse;
use super::doubt::is_bar;
use super::shape;
use super::side::{Side, dot, minus};
use super::verify::Verified;
use crate::document::page::Point;

/// Places along a gap.
const PLACES: usize = 24;
/// Places near an end of it.
const ENDS: usize = 6;
/// A gap is at least this dark, as a share of the step from the desk to the sheet.
const DEEP: f32 = 0.5;
const DEEP_MIN: f32 = 12.0;
/// One broader than this many fine samples is so dark.
const NARROW: usize = 6;
const BROAD_DEEP: f32 = 0.8;
/// One broader than this is not looked for here.
const BROADEST: usize = 40;
/// Leans that are tried to either side, and how far each is from the next, fine samples.
const LEANS: i32 = 4;
const LEAN_STEP: f32 = 3.0;
/// Places along a gap that are dark at least, and what leaves a doubt.
const DARK_MIN: usize = 15;
const DOUBT_MIN: usize = 6;
/// Paper is at least so light, as a share of what it is at the sheet's sides.
const PALE: f32 = 0.85;
/// A part smaller than this share of the whole is no sheet of its own.
const PART_MIN: f32 = 0.2;
/// So far beyond a gap's end the desk is looked for, coarse samples, and is of one colour, levels.
const OUTSIDE: f32 = 5.0;
const DESK_APART: f32 = 40.0;
/// A gap's edge falls this share of its depth within three samples; a fold's does not.
const SHARP: f32 = 0.6;

/// The two sheets when there is a gap, none when there may be one, else the one.
pub(super) fn parted(coarse: &Coarse, whole: Verified) -> Vec<Verified> {
    let seen = whole.sides.iter().filter(|s| !s.border).count();
    let step = whole.sides.iter().map(|s| s.step[0]).sum::<f32>() / seen.max(1) as f32 / 64.0;
    let deep = (DEEP * step).max(DEEP_MIN);
    if step < DEEP_MIN {
        return vec![whole];
    }
    let doubtful = whole.cut || is_bar(&whole);
    for turn in 0..2 {
        let turned = rotated(&whole, turn);
        let is_sure = |gap: &[(f32, f32); 2]| !doubtful && is_open(coarse, &turned, *gap, deep);
        if let Some(gap) = gap(coarse, &turned, deep, DARK_MIN).filter(is_sure) {
            return parts(&turned, gap).to_vec();
        }
        if gap(coarse, &turned, deep, DOUBT_MIN).is_some() {
            return Vec::new();
        }
    }
    vec![whole]
}

/// The same quad, its corners counted from another one.
fn rotated(v: &Verified, by: usize) -> Verified {
    Verified {
        corners: std::array::from_fn(|k| v.corners[(k + by) % 4]),
        sides: std::array::from_fn(|k| v.sides[(k + by) % 4]),
        ..*v
    }
}

/// Before and after a gap that runs from the first side to the third.
fn parts(v: &Verified, [near, far]: [(f32, f32); 2]) -> [Verified; 2] {
    let [a, b, c, d] = v.corners;
    let (upper, lower) = (|t| shape::between(a, b, t), |t| shape::between(d, c, t));
    let mut parts = [*v; 2];
    parts[0].corners = [a, upper(near.0), lower(far.0), d];
    parts[0].sides[1] = Side::BORDER;
    parts[1].corners = [upper(near.1), b, c, lower(far.1)];
    parts[1].sides[3] = Side::BORDER;
    parts
}

/// Where on the first side and the third a gap's line may end: at this, and at this plus a lean.
#[derive(Clone, Copy)]
struct Across {
    at: f32,
    lean: f32,
}

impl Across {
    fn ends(self, corners: &[Point; 4]) -> (Point, Point) {
        let [a, b, c, d] = *corners;
        let (near, far) = (self.at - self.lean / 2.0, self.at + self.lean / 2.0);
        (shape::between(a, b, near), shape::between(d, c, far))
    }
}

/// Where along the first side and the third a gap begins and ends.
fn gap(coarse: &Coarse, v: &Verified, deep: f32, least: usize) -> Option<[(f32, f32); 2]> {
    let [a, b, c, d] = v.corners;
    let length = shape::distance(a, b).max(shape::distance(c, d)) * 2.0;
    let paper = v.sides.iter().map(|s| s.inside[0]).sum::<f32>() / 4.0;
    let leans = (-LEANS..=LEANS).map(|n| LEAN_STEP * n as f32 / length);
    let spans = leans.filter_map(|lean| {
        let (first, last) = span(coarse, v, (length as usize, lean), (deep, paper, least))?;
        Some((last - first, first, last, lean))
    });
    // Sheets lie a little askew: the lean at which most of the gap is straight.
    let (wide, first, last, lean) = spans.max_by_key(|s| s.0)?;
    let count = length as usize;
    let at = |k: usize| k as f32 / count as f32;
    let middle = Across {
        at: at((first + last) / 2),
        lean,
    };
    let ends = middle.ends(&v.corners);
    // Through a broad gap the desk itself is seen; of a narrow one blur leaves less.
    let seen = deep / DEEP - (1.0 - PALE) * paper;
    if wide > NARROW && !is_dark(coarse, ends, (BROAD_DEEP * seen, paper, least)) {
        return None;
    }
    let way = ((b.x - a.x) * 2.0 / length, (b.y - a.y) * 2.0 / length);
    let reach = wide as f32 / 2.0 + 8.0;
    let (from, to) = (at(first), at(last + 1));
    let half = lean / 2.0;
    (is_sharp(coarse, ends, way, (reach, paper))
        && is_between_sheets(coarse, v, ends, way, (reach, deep, paper)))
    .then_some([(from - half, to - half), (from + half, to + half)])
}

/// The first and the last place of a gap, of `count` along the first side.
fn span(
    coarse: &Coarse,
    v: &Verified,
    (count, lean): (usize, f32),
    deep: (f32, f32, usize),
) -> Option<(usize, usize)> {
    let is_gap = |&k: &usize| {
        let at = k as f32 / count as f32;
        is_dark(coarse, Across { at, lean }.ends(&v.corners), deep)
    };
    let low = (count as f32 * PART_MIN) as usize;
    let first = (low..count.saturating_sub(low)).find(is_gap)?;
    let last = (first..count).take_while(is_gap).last()?;
    (last - first <= BROADEST && last + low < count).then_some((first, last))
}

/// Whether a line is dark from one end of it on, all along or to where the sheets touch. A rule of a
/// table ends at margins.
fn is_dark(
    coarse: &Coarse,
    (from, to): (Point, Point),
    (deep, paper, least): (f32, f32, usize),
) -> bool {
    match dark_from(coarse, (from, to), (deep, paper)) {
        0 => dark_from(coarse, (to, from), (deep, paper)) >= least,
        ahead => ahead >= least,
    }
}

/// How many places of a line are dark, from its start on.
fn dark_from(coarse: &Coarse, (from, to): (Point, Point), (deep, paper): (f32, f32)) -> usize {
    let dark = |n: &usize| {
        let along = 0.01 + 0.98 * *n as f32 / (PLACES - 1) as f32;
        depth(coarse, shape::between(from, to, along), paper) >= deep
    };
    (0..PLACES).take_while(dark).count()
}

/// How much darker a place is than without writing, or than the sheet is at its sides, levels; 0
/// outside.
fn depth(coarse: &Coarse, p: Point, paper: f32) -> f32 {
    let (x, y) = ((p.x * 2.0) as usize, (p.y * 2.0) as usize);
    let plane = &coarse.written;
    if x >= plane.width || y >= plane.height {
        return 0.0;
    }
    let k = y * plane.width + x;
    f32::from(coarse.bare.data[k]).max(PALE * paper) - f32::from(plane.data[k])
}

/// Whether paper lies on both sides of a line, near an end where the line is dark. Beside a finger's edge
/// there is paper on one, beside a sheet's shadow as well.
fn is_between_sheets(
    coarse: &Coarse,
    v: &Verified,
    (from, to): (Point, Point),
    way: (f32, f32),
    (reach, deep, paper): (f32, f32, f32),
) -> bool {
    let half_way = |side: &Side| side.inside[0] - side.step[0] / 64.0 / 2.0;
    let is_paper = |near: Point, far: Point, shift: f32, least: f32| {
        let lumas = (1..=ENDS).map(|n| {
            let p = shape::between(near, far, 0.02 * n as f32);
            let (x, y) = (p.x + way.0 * shift, p.y + way.1 * shift);
            coarse.colours.at(x, y)[0] / 64.0
        });
        lumas.filter(|luma| *luma > least).count() > ENDS / 2
    };
    let ends = [(from, to, &v.sides[0]), (to, from, &v.sides[2])];
    ends.into_iter().any(|(near, far, side)| {
        let mut beside = [-reach / 2.0, reach / 2.0].into_iter();
        dark_from(coarse, (near, far), (deep, paper)) > 0
            && beside.all(|shift| is_paper(near, far, shift, half_way(side)))
    })
}

/// Whether the desk lies beyond an end from which a line is dark, as it does beyond both sheets: what
/// lies over the edge, a clip or a finger, begins such a line as well.
fn is_open(coarse: &Coarse, v: &Verified, [near, far]: [(f32, f32); 2], deep: f32) -> bool {
    let [a, b, c, d] = v.corners;
    let paper = v.sides.iter().map(|s| s.inside[0]).sum::<f32>() / 4.0;
    let from = shape::between(a, b, (near.0 + near.1) / 2.0);
    let to = shape::between(d, c, (far.0 + far.1) / 2.0);
    let ends = [(from, to, &v.sides[0]), (to, from, &v.sides[2])];
    ends.into_iter().any(|(near, far, side)| {
        let length = shape::distance(near, far).max(1e-3);
        let p = shape::between(near, far, -OUTSIDE / length);
        let here = coarse.colours.at(p.x, p.y).map(|value| value / 64.0);
        let apart = minus(here, side.outside());
        dark_from(coarse, (near, far), (deep, paper)) > 0 && dot(apart, apart).sqrt() < DESK_APART
    })
}

/// Whether depth falls steeply somewhere across a line, fine samples away from it: near one of the
/// line's ends, where little is printed.
fn is_sharp(
    coarse: &Coarse,
    (from, to): (Point, Point),
    way: (f32, f32),
    (reach, paper): (f32, f32),
) -> bool {
    [(from, to), (to, from)].into_iter().any(|(near, far)| {
        let across = (-reach as i32..=reach as i32).map(|away| {
            let shift = away as f32 / 2.0;
            let mut depths: [f32; ENDS] = std::array::from_fn(|n| {
                let p = shape::between(near, far, 0.012 * (n + 1) as f32);
                let (x, y) = (p.x + way.0 * shift, p.y + way.1 * shift);
                depth(coarse, Point { x, y }, paper)
            });
            depths.sort_unstable_by(f32::total_cmp);
            depths[ENDS / 2 - 1]
        });
        let across: Vec<f32> = across.collect();
        let deepest = across.iter().copied().fold(0.0, f32::max);
        let steepest = across.windows(4).map(|w| (w[3] - w[0]).abs());
        let steepest = steepest.fold(0.0, f32::max);
        deepest >= DEEP_MIN && steepest > SHARP * deepest
    })
}
