//! Asks the picture whether four corners are a sheet's: whether colour steps along each side, all along
//! and always the same way; whether the step ends at the corners, as that of a floor's joint or a
//! cloth's stripe does not; and whether it is calm inside.

use super::coarse::{Channel, Coarse};
use super::combine::{Combination, is_outside};
use super::shape;
use crate::document::page::Point;

/// Places along a side.
const PLACES: usize = 48;
/// How far inside and outside colours are taken, coarse samples.
const AWAY: f32 = 3.0;
/// The same close by: a sheet's edge is a step, a shadow's a slope.
const CLOSE: f32 = 1.5;
/// One level, in the channels' unit.
const LEVEL: f32 = 64.0;
/// A step below this many levels is noise.
const STEP_MIN: f32 = 2.2 * LEVEL;

/// What was seen along one side.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Side {
    /// The mean step from outside to inside in each channel.
    pub step: [f32; 3],
    /// Its size, levels.
    pub size: f32,
    /// Share of places where the step is seen.
    pub agree: f32,
    /// Share of the step that is there already close by.
    pub crisp: f32,
    /// How many of the two ends the step goes on beyond, and how many could be looked at.
    pub going_on: f32,
    pub ends: f32,
    /// Share of the places at the first and the last end that agree.
    pub end_agree: [f32; 2],
    /// A border of the picture.
    pub border: bool,
    /// Mean colour just inside, levels.
    pub inside: [f32; 3],
}

impl Side {
    /// Between 0 and 1.
    pub fn score(&self) -> f32 {
        if self.border {
            return 0.35;
        }
        let contrast = (self.size / 14.0).min(1.0);
        self.agree * (0.6 + 0.4 * contrast) * (self.crisp / 0.45).clamp(0.4, 1.0)
    }

    fn weak_ends(&self) -> f32 {
        self.end_agree.iter().filter(|&&share| share < 0.5).count() as f32
    }
}

/// A side that is seen is better than a border of the picture.
const BORDER_COST: f32 = 0.22;
/// A sheet that hardly stands out is not busier for it, levels.
const BUSY_STEP_MIN: f32 = 30.0;
/// Places at an end of a side.
const END: usize = 6;

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
    /// The share of it that is written on.
    pub writing: f32,
}

pub(super) fn verify(coarse: &Coarse, combination: &Combination) -> Verified {
    let corners = combination.corners;
    let mut sides = [Side::default(); 4];
    for k in 0..4 {
        sides[k] = match combination.border[k] {
            true => Side {
                border: true,
                ..Side::default()
            },
            false => side(coarse, corners[k], corners[(k + 1) % 4]),
        };
    }
    let (width, height) = coarse.size();
    let frame = (width as f32, height as f32);
    let share = shape::area(&shape::within(&corners, frame)) / (frame.0 * frame.1);
    let out = corners.iter().filter(|c| is_outside(**c, frame)).count();
    let busy = busy(&coarse.channels, &corners, mean_size(&sides));
    let cut = out > 0 || combination.border.contains(&true);
    let score = score(&sides, &combination.coverage, share, busy);
    Verified {
        corners,
        sides,
        score,
        busy,
        cut,
        out,
        mixed: mixed(&sides),
        writing: writing(coarse, &corners),
    }
}

fn mean_size(sides: &[Side; 4]) -> f32 {
    let seen: Vec<f32> = sides.iter().filter(|s| !s.border).map(|s| s.size).collect();
    seen.iter().sum::<f32>() / seen.len().max(1) as f32
}

fn score(sides: &[Side; 4], coverage: &[f32; 4], share: f32, busy: f32) -> f32 {
    let seen = || (0..4).filter(|&k| !sides[k].border);
    let each = || seen().map(|k| sides[k].score() * (0.6 + 0.4 * coverage[k]));
    let count = seen().count() as f32;
    let mean = each().sum::<f32>() / count;
    let least = each().fold(1.0, f32::min);
    let going_on: f32 = sides.iter().map(|s| s.going_on).sum();
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
        - (busy - 0.15).max(0.0)
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

/// The colour near a place.
fn colour(channels: &[Channel], x: f32, y: f32) -> [f32; 3] {
    let mut colour = [0.0; 3];
    for (value, channel) in colour.iter_mut().zip(channels) {
        *value = channel.at(x, y);
    }
    colour
}

fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    std::array::from_fn(|k| a[k] - b[k])
}

fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/// A line across which steps are taken; `inward` is of length 1.
struct Across<'a> {
    channels: &'a [Channel],
    inward: (f32, f32),
}

impl Across<'_> {
    /// Inside minus outside, so far away from the line.
    fn step(&self, at: Point, away: f32) -> [f32; 3] {
        let (dx, dy) = (self.inward.0 * away, self.inward.1 * away);
        let inside = colour(self.channels, at.x + dx, at.y + dy);
        minus(inside, colour(self.channels, at.x - dx, at.y - dy))
    }

    fn is_in_picture(&self, at: Point) -> bool {
        let (width, height) = (
            self.channels[0].width as f32,
            self.channels[0].height as f32,
        );
        let (dx, dy) = (self.inward.0 * AWAY, self.inward.1 * AWAY);
        let ok = |x: f32, y: f32| (0.0..width).contains(&x) && (0.0..height).contains(&y);
        ok(at.x + dx, at.y + dy) && ok(at.x - dx, at.y - dy)
    }
}

fn side(coarse: &Coarse, a: Point, b: Point) -> Side {
    let length = shape::distance(a, b).max(1e-3);
    // The corners run clockwise as seen, so inside is to the right of the way from a to b.
    let along = ((b.x - a.x) / length, (b.y - a.y) / length);
    let across = Across {
        channels: &coarse.channels,
        inward: (-along.1, along.0),
    };
    let places: Vec<Point> = (0..PLACES)
        .map(|k| shape::between(a, b, 0.03 + 0.94 * k as f32 / (PLACES - 1) as f32))
        .filter(|&p| across.is_in_picture(p))
        .collect();
    if places.len() < PLACES / 4 {
        return Side::default();
    }
    let steps: Vec<[f32; 3]> = places.iter().map(|&p| across.step(p, AWAY)).collect();
    let mut mean = [0.0; 3];
    for step in &steps {
        mean = std::array::from_fn(|k| mean[k] + step[k] / steps.len() as f32);
    }
    let size = dot(mean, mean).sqrt();
    if size < STEP_MIN {
        return Side {
            step: mean,
            size: size / LEVEL,
            ..Side::default()
        };
    }
    let way = mean.map(|v| v / size);
    let enough = (0.3 * size).max(STEP_MIN);
    let agrees: Vec<bool> = steps.iter().map(|&s| dot(s, way) > enough).collect();
    let count = |of: &[bool]| of.iter().filter(|&&yes| yes).count() as f32 / of.len() as f32;
    let (before, after) = (
        going_on(&across, a, (-along.0, -along.1), way, size),
        going_on(&across, b, along, way, size),
    );
    let mut inside = [0.0; 3];
    for p in &places {
        let (x, y) = (p.x + across.inward.0 * AWAY, p.y + across.inward.1 * AWAY);
        let here = colour(&coarse.channels, x, y);
        inside = std::array::from_fn(|k| inside[k] + here[k] / LEVEL / places.len() as f32);
    }
    Side {
        inside,
        step: mean,
        size: size / LEVEL,
        agree: count(&agrees),
        end_agree: [count(&agrees[..END]), count(&agrees[agrees.len() - END..])],
        crisp: crisp(&across, &places, way) / size,
        going_on: before.unwrap_or(0.0) + after.unwrap_or(0.0),
        ends: f32::from(u8::from(before.is_some()) + u8::from(after.is_some())),
        border: false,
    }
}

/// The mean of the steps close by, each where it is greatest: an edge is bowed by the lens, and
/// its line is off by a sample here and there.
fn crisp(across: &Across, places: &[Point], way: [f32; 3]) -> f32 {
    let greatest = |at: &Point| {
        let steps = [-2.0, -1.0, 0.0, 1.0, 2.0].into_iter().map(|shift: f32| {
            let (dx, dy) = (across.inward.0 * shift, across.inward.1 * shift);
            let at = Point {
                x: at.x + dx,
                y: at.y + dy,
            };
            dot(across.step(at, CLOSE), way)
        });
        steps.fold(f32::NEG_INFINITY, f32::max)
    };
    places.iter().map(greatest).sum::<f32>() / places.len() as f32
}

/// 1 when the step goes on beyond a corner as if there were none (or turns round, as on a
/// chequered cloth), else 0; `None` when the picture ends there.
fn going_on(
    across: &Across,
    corner: Point,
    beyond: (f32, f32),
    way: [f32; 3],
    size: f32,
) -> Option<f32> {
    let (mut forth, mut back, mut seen) = (0, 0, 0);
    for k in 0..7 {
        let far = 5.0 + 2.0 * k as f32;
        let at = Point {
            x: corner.x + beyond.0 * far,
            y: corner.y + beyond.1 * far,
        };
        if !across.is_in_picture(at) {
            break;
        }
        let step = dot(across.step(at, AWAY - 0.5), way);
        seen += 1;
        forth += u8::from(step > 0.45 * size);
        back += u8::from(step < -0.45 * size);
    }
    (seen >= 4).then(|| f32::from(u8::from(forth.max(back) + 1 >= seen)))
}

/// The share of places inside that are a good deal darker than they are without writing.
fn writing(coarse: &Coarse, corners: &[Point; 4]) -> f32 {
    const GRID: usize = 40;
    let (mut seen, mut written) = (0, 0);
    for v in 0..GRID {
        let at = (v as f32 + 0.5) / GRID as f32;
        let left = shape::between(corners[0], corners[3], at);
        let right = shape::between(corners[1], corners[2], at);
        for u in 0..GRID {
            let p = shape::between(left, right, (u as f32 + 0.5) / GRID as f32);
            let (x, y) = (p.x * 2.0, p.y * 2.0);
            let plane = &coarse.written;
            if x < 0.0 || y < 0.0 || x >= plane.width as f32 || y >= plane.height as f32 {
                continue;
            }
            let k = y as usize * plane.width + x as usize;
            let (bare, here) = (coarse.bare.data[k], plane.data[k]);
            seen += 1;
            written += u32::from(u16::from(here) * 4 < u16::from(bare) * 3);
        }
    }
    written as f32 / seen.max(1) as f32
}

/// The mean slope inside, well away from the sides, as a share of the step at the sides.
fn busy(channels: &[Channel], corners: &[Point; 4], step: f32) -> f32 {
    const GRID: usize = 16;
    let inner = |k: usize| 0.12 + 0.76 * k as f32 / (GRID - 1) as f32;
    let mut slopes = 0.0;
    for v in 0..GRID {
        let left = shape::between(corners[0], corners[3], inner(v));
        let right = shape::between(corners[1], corners[2], inner(v));
        for u in 0..GRID {
            let p = shape::between(left, right, inner(u));
            let step = |dx: f32, dy: f32| {
                let ahead = colour(channels, p.x + dx, p.y + dy);
                let apart = minus(ahead, colour(channels, p.x - dx, p.y - dy));
                dot(apart, apart)
            };
            slopes += step(2.0, 0.0).max(step(0.0, 2.0)).sqrt();
        }
    }
    slopes / (GRID * GRID) as f32 / LEVEL / step.max(BUSY_STEP_MIN)
}
