//! Asks the picture whether four corners are a sheet's: whether colour steps along each side, all along
//! and always the same way; whether the step ends at the corners, as that of a floor's joint or a
//! cloth's stripe does not; and whether it is calm inside.

use std::collections::HashMap;

use super::Options;
use super::coarse::{Coarse, Colours};
use super::combine::{Combination, is_outside};
use super::shape;
use super::side::{AGREE_MIN, LEVEL, Side, dot, minus, side};
use crate::document::page::Point;

/// A side that is seen is better than a border of the picture.
const BORDER_COST: f32 = 0.22;
/// A sheet that hardly stands out is not busier for it, levels.
const BUSY_STEP_MIN: f32 = 30.0;

/// A combination and what the picture says.
#[derive(Clone, Copy)]
pub(super) struct Verified {
    pub corners: [Point; 4],
    pub sides: [Side; 4],
    pub score: f32,
    /// Mean slope inside, as a share of the mean step at the sides.
    pub busy: f32,
    pub cut: bool,
    /// Sides whose step is against the others'.
    pub mixed: usize,
    /// Corners outside.
    pub out: usize,
}

/// All combinations whose every side is one and whose score may do.
pub(super) fn verify(
    coarse: &Coarse,
    combinations: &[Combination],
    options: &Options,
) -> Vec<Verified> {
    // Many combinations share a side.
    let mut seen: HashMap<[u8; 3], Side> = HashMap::new();
    let mut side_of = |c: &Combination, k: usize| {
        let key = [c.ring[(k + 3) % 4], c.ring[k], c.ring[(k + 1) % 4]];
        let (from, to) = (c.corners[k], c.corners[(k + 1) % 4]);
        *seen
            .entry(key)
            .or_insert_with(|| side(&coarse.colours, from, to))
    };
    let mut all = Vec::with_capacity(combinations.len());
    for combination in combinations {
        let mut sides = [Side::BORDER; 4];
        let is_seen = (0..4).filter(|&k| !combination.border[k]).all(|k| {
            sides[k] = side_of(combination, k);
            sides[k].agree >= AGREE_MIN
        });
        if is_seen {
            all.extend(weigh(coarse, combination, sides, options));
        }
    }
    all
}

fn weigh(
    coarse: &Coarse,
    combination: &Combination,
    sides: [Side; 4],
    options: &Options,
) -> Option<Verified> {
    let corners = combination.corners;
    let (width, height) = coarse.size();
    let frame = (width as f32, height as f32);
    let share = shape::area(&shape::within(&corners, frame)) / (frame.0 * frame.1);
    let out = corners.iter().filter(|c| is_outside(**c, frame)).count();
    let cut = out > 0 || combination.border.contains(&true);
    let least = if cut {
        options.cut_min
    } else {
        options.card_min
    };
    let score = score(&sides, &combination.coverage, share);
    // What is inside costs most to look at, and only takes away.
    if score < least {
        return None;
    }
    let busy = busy(&coarse.colours, &corners, mean_size(&sides));
    let score = score - (busy - 0.15).max(0.0);
    (score >= least).then(|| Verified {
        corners,
        sides,
        score,
        busy,
        cut,
        out,
        mixed: mixed(&sides),
    })
}

fn mean_size(sides: &[Side; 4]) -> f32 {
    let seen: Vec<f32> = sides.iter().filter(|s| !s.border).map(|s| s.size).collect();
    seen.iter().sum::<f32>() / seen.len().max(1) as f32
}

fn score(sides: &[Side; 4], coverage: &[f32; 4], share: f32) -> f32 {
    let seen = || (0..4).filter(|&k| !sides[k].border);
    let each = || seen().map(|k| sides[k].score() * (0.6 + 0.4 * coverage[k]));
    let count = seen().count() as f32;
    let mean = each().sum::<f32>() / count;
    let least = each().fold(1.0, f32::min);
    let going_on: f32 = sides.iter().map(|s| s.going_on()).sum();
    let weak = seen().map(|k| sides[k].weak_ends()).sum::<f32>();
    let against = mixed(sides) as f32;
    let sizes = || seen().map(|k| sides[k].size);
    let even = sizes().fold(f32::INFINITY, f32::min) / sizes().fold(1.0, f32::max);
    0.5 * mean + 0.5 * least + 0.22 * share.max(0.0).sqrt()
        - BORDER_COST * (4.0 - count)
        - 0.07 * going_on
        - 0.08 * weak
        - 0.12 * against
        - 0.6 * (0.25 - even).max(0.0)
}

/// Sides whose step is against the others'.
fn mixed(sides: &[Side; 4]) -> usize {
    let mut sum = [0.0; 3];
    for side in sides {
        let size = (side.size * LEVEL).max(1.0);
        sum = std::array::from_fn(|k| sum[k] + side.step[k] / size);
    }
    let against = |s: &&Side| !s.border && dot(s.step, sum) < 0.3 * s.size * LEVEL;
    sides.iter().filter(against).count()
}

/// The share of places inside that are a good deal darker than they are without writing.
pub(super) fn writing(coarse: &Coarse, corners: &[Point; 4]) -> f32 {
    written_share(coarse, grid(corners))
}

/// The share of places inside that are lighter than this, levels.
pub(super) fn lighter_share(coarse: &Coarse, corners: &[Point; 4], luma: f32) -> f32 {
    let (mut seen, mut lighter) = (0, 0);
    for p in grid(corners) {
        let (x, y) = ((p.x * 2.0).max(0.0) as usize, (p.y * 2.0).max(0.0) as usize);
        if x < coarse.written.width && y < coarse.written.height {
            seen += 1;
            lighter += u32::from(f32::from(coarse.written.row(y)[x]) > luma);
        }
    }
    lighter as f32 / seen.max(1) as f32
}

/// Places all over a quad.
fn grid(corners: &[Point; 4]) -> impl Iterator<Item = Point> {
    const GRID: usize = 40;
    let at = |k: usize| (k as f32 + 0.5) / GRID as f32;
    (0..GRID).flat_map(move |v| {
        let left = shape::between(corners[0], corners[3], at(v));
        let right = shape::between(corners[1], corners[2], at(v));
        (0..GRID).map(move |u| shape::between(left, right, at(u)))
    })
}

/// The same away from the sides, where a shadow looks like writing.
pub(super) fn writing_well_inside(coarse: &Coarse, corners: &[Point; 4]) -> f32 {
    let middle = middle(corners);
    writing(coarse, &corners.map(|p| shape::between(middle, p, 0.75)))
}

fn middle(corners: &[Point; 4]) -> Point {
    shape::between(
        shape::between(corners[0], corners[2], 0.5),
        shape::between(corners[1], corners[3], 0.5),
        0.5,
    )
}

/// The same of what is around, as far as the picture shows it.
pub(super) fn writing_around(coarse: &Coarse, corners: &[Point; 4]) -> f32 {
    const EACH: usize = 50;
    let middle = middle(corners);
    let grown = [1.2, 1.3, 1.4, 1.5].into_iter();
    let places = grown.flat_map(|grown| {
        (0..4 * EACH).map(move |n| {
            let (a, b) = (corners[n / EACH], corners[(n / EACH + 1) % 4]);
            let p = shape::between(a, b, (n % EACH) as f32 / EACH as f32);
            shape::between(middle, p, grown)
        })
    });
    written_share(coarse, places)
}

fn written_share(coarse: &Coarse, places: impl Iterator<Item = Point>) -> f32 {
    let plane = &coarse.written;
    let (mut seen, mut written) = (0, 0);
    for p in places {
        let (x, y) = (p.x * 2.0, p.y * 2.0);
        if x < 0.0 || y < 0.0 || x >= plane.width as f32 || y >= plane.height as f32 {
            continue;
        }
        let k = y as usize * plane.width + x as usize;
        let (bare, here) = (coarse.bare.data[k], plane.data[k]);
        seen += 1;
        written += u32::from(u16::from(here) * 4 < u16::from(bare) * 3);
    }
    written as f32 / seen.max(1) as f32
}

/// The middle of the luma inside, levels.
pub(super) fn luma_inside(colours: &Colours, corners: &[Point; 4]) -> f32 {
    const GRID: usize = 9;
    let mut all = [0.0; GRID * GRID];
    for (k, luma) in all.iter_mut().enumerate() {
        let at = |n: usize| (n as f32 + 0.5) / GRID as f32;
        let left = shape::between(corners[0], corners[3], at(k / GRID));
        let right = shape::between(corners[1], corners[2], at(k / GRID));
        let p = shape::between(left, right, at(k % GRID));
        *luma = colours.at(p.x, p.y)[0] / LEVEL;
    }
    all.sort_unstable_by(f32::total_cmp);
    all[GRID * GRID / 2]
}

/// The mean slope inside, well away from the sides, as a share of the step at the sides.
fn busy(colours: &Colours, corners: &[Point; 4], step: f32) -> f32 {
    const GRID: usize = 12;
    let inner = |k: usize| 0.12 + 0.76 * k as f32 / (GRID - 1) as f32;
    let mut slopes = 0.0;
    for v in 0..GRID {
        let left = shape::between(corners[0], corners[3], inner(v));
        let right = shape::between(corners[1], corners[2], inner(v));
        for u in 0..GRID {
            let p = shape::between(left, right, inner(u));
            let step = |dx: f32, dy: f32| {
                let ahead = colours.at(p.x + dx, p.y + dy);
                let apart = minus(ahead, colours.at(p.x - dx, p.y - dy));
                dot(apart, apart)
            };
            slopes += step(2.0, 0.0).max(step(0.0, 2.0)).sqrt();
        }
    }
    slopes / (GRID * GRID) as f32 / LEVEL / step.max(BUSY_STEP_MIN)
}
