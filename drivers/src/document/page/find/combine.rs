//! Four lines that may be the sides of a sheet: every two pairs of opposite lines that cross at fair
//! angles and are covered where they would be sides. Cheap tests only; the picture is asked later.

use std::collections::HashMap;

use super::lines::Line;
use super::shape;
use crate::document::page::Point;

/// Sides shorter than this are nobody's sheet, coarse samples.
const SIDE_MIN: f32 = 22.0;
/// Least sine of the angle at a corner: 50 degrees.
const CORNER_SINE: f32 = 0.77;
/// Least cosine between opposite sides: 30 degrees.
const OPPOSITE_COSINE: f32 = 0.866;
/// Least share of a side that has an edge: fingers and glare may hide the rest.
const COVERED_MIN: f32 = 0.38;
/// A corner may lie outside the picture by this share of its size.
const OUTSIDE_MAX: f32 = 0.25;
/// A side's end is where it is covered to this share over so many samples from the corner.
const CLOSE: f32 = 20.0;
const CLOSE_COVERED_MIN: f32 = 0.3;
/// Ends that may be hidden, of eight.
const WEAK_ENDS_MAX: u32 = 1;
/// Ends of sides, of eight, beyond which the line is covered on and on: a joint's, a stripe's.
const GOING_ON_MAX: u32 = 4;
/// Where that is looked for, samples beyond the corner, and the share that makes it so.
const BEYOND: (f32, f32) = (3.0, 17.0);
const BEYOND_COVERED: f32 = 0.8;
/// Combinations handed on.
const HANDED_ON: usize = 200;
/// Combinations weighed at most, those of the strongest lines first: bounds the time whatever the
/// picture holds.
const ROUNDS_MAX: usize = 8_000;

/// Four lines, in the order their corners go round clockwise as seen.
#[derive(Clone, Copy)]
pub(super) struct Combination {
    pub corners: [Point; 4],
    /// Sides that are the picture's border: `k` runs from corner k to corner k + 1.
    pub border: [bool; 4],
    /// The covered share of each side.
    pub coverage: [f32; 4],
    /// The lines' numbers.
    pub ring: [u8; 4],
    promise: f32,
}

#[derive(Clone, Copy)]
struct Crossing {
    at: Point,
    /// Along the first line of the two.
    along: f32,
    /// Whether the first line is covered close to the crossing, before it and after it.
    covered: [bool; 2],
    /// Whether it is covered on and on before it and after it.
    going_on: [bool; 2],
}

/// A set of lines, by their numbers.
type Set = u128;

fn one(line: usize) -> Set {
    1 << line
}

fn members(mut set: Set) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let next = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(next)
    })
}

struct Search<'a> {
    lines: &'a [Line],
    /// Of line `a` with line `b`, at `a * lines + b`.
    crossings: Vec<Option<Crossing>>,
    /// At the same place: the lines at whose crossing a side along `a` may end that starts at `b`.
    sides: Vec<Set>,
    /// The lines that may be opposite sides, of each.
    opposite: Vec<Set>,
    borders: Set,
    frame: (f32, f32),
    area_min: f32,
    rounds: usize,
    found: Vec<Combination>,
}

/// The most promising combinations.
pub(super) fn of(lines: &[Line], frame: (usize, usize), area_min: f32) -> Vec<Combination> {
    let lines = &lines[..lines.len().min(Set::BITS as usize)];
    let frame = (frame.0 as f32, frame.1 as f32);
    let crossings = crossings(lines, frame);
    let borders = lines.iter().enumerate().filter(|(_, line)| line.border);
    let mut search = Search {
        lines,
        sides: sides(lines, &crossings),
        opposite: lines.iter().map(|a| opposite(lines, a)).collect(),
        borders: borders.fold(0, |set, (k, _)| set | one(k)),
        crossings,
        frame,
        area_min: area_min * frame.0 * frame.1,
        rounds: 0,
        found: Vec::new(),
    };
    for last in 0..lines.len() {
        search.closed_by(last);
    }
    let mut found = search.found;
    found.sort_unstable_by(|a, b| b.promise.total_cmp(&a.promise));
    apart(found)
}

fn opposite(lines: &[Line], a: &Line) -> Set {
    let n = a.straight.normal;
    let opposes = |b: &Line| {
        let m = b.straight.normal;
        (n.0 * m.0 + n.1 * m.1).abs() >= OPPOSITE_COSINE
    };
    let all = lines.iter().enumerate().filter(|(_, b)| opposes(b));
    all.fold(0, |set, (k, _)| set | one(k))
}

/// For each line and each that crosses it, where a side along the first may end that starts there.
fn sides(lines: &[Line], crossings: &[Option<Crossing>]) -> Vec<Set> {
    let n = lines.len();
    let mut sides = vec![0; n * n];
    for (a, line) in lines.iter().enumerate() {
        let row = &crossings[a * n..][..n];
        for (b, p) in row.iter().enumerate() {
            let Some(p) = p else { continue };
            for (d, q) in row.iter().enumerate().skip(b + 1) {
                let Some(q) = q else { continue };
                let weak = weak_towards(p, q.along) + weak_towards(q, p.along);
                if (q.along - p.along).abs() >= SIDE_MIN
                    && weak <= WEAK_ENDS_MAX
                    && line.coverage(p.along, q.along) >= COVERED_MIN
                {
                    sides[a * n + b] |= one(d);
                    sides[a * n + d] |= one(b);
                }
            }
        }
    }
    sides
}

/// 0 when the line is covered from a crossing towards a place along it, else 1.
fn weak_towards(crossing: &Crossing, along: f32) -> u32 {
    u32::from(!crossing.covered[usize::from(along > crossing.along)])
}

/// 1 when the line is covered beyond a crossing, seen from a place along it.
fn going_on_from(crossing: &Crossing, along: f32) -> u32 {
    u32::from(crossing.going_on[usize::from(along < crossing.along)])
}

/// The most promising ones, few of each place: lines come in bundles (an edge and its shadow, the grain
/// of wood), and one sheet's combinations must not crowd out another's.
fn apart(found: Vec<Combination>) -> Vec<Combination> {
    const CELL: f32 = 8.0;
    const EACH_MAX: usize = 2;
    let mut places: HashMap<[i16; 8], usize> = HashMap::new();
    let mut kept = Vec::with_capacity(HANDED_ON);
    for one in found {
        let mut place = [0; 8];
        for (cells, corner) in place.chunks_exact_mut(2).zip(sorted(one.corners)) {
            cells[0] = (corner.x / CELL) as i16;
            cells[1] = (corner.y / CELL) as i16;
        }
        let count = places.entry(place).or_default();
        *count += 1;
        if *count <= EACH_MAX {
            kept.push(one);
        }
        if kept.len() == HANDED_ON {
            break;
        }
    }
    kept
}

/// The same corners, whichever was first.
fn sorted(mut corners: [Point; 4]) -> [Point; 4] {
    corners.sort_unstable_by(|a, b| (a.x + a.y).total_cmp(&(b.x + b.y)));
    corners
}

fn crossings(lines: &[Line], (width, height): (f32, f32)) -> Vec<Option<Crossing>> {
    let mut all = Vec::with_capacity(lines.len() * lines.len());
    let (mx, my) = (width * OUTSIDE_MAX, height * OUTSIDE_MAX);
    for a in lines {
        for b in lines {
            let (n, m) = (a.straight.normal, b.straight.normal);
            let sine = n.0 * m.1 - n.1 * m.0;
            all.push((sine.abs() >= CORNER_SINE).then(|| {
                let (p, q) = (a.straight.offset, b.straight.offset);
                let at = Point {
                    x: (p * m.1 - q * n.1) / sine,
                    y: (q * n.0 - p * m.0) / sine,
                };
                let along = a.straight.along(at.x, at.y);
                let covered = [along - CLOSE, along + CLOSE]
                    .map(|to| a.is_covered(along, to, CLOSE_COVERED_MIN));
                let going_on = [-1.0, 1.0].map(|way: f32| {
                    let (from, to) = (along + way * BEYOND.0, along + way * BEYOND.1);
                    !a.border && a.coverage(from, to) > BEYOND_COVERED
                });
                Crossing {
                    at,
                    along,
                    covered,
                    going_on,
                }
            }));
        }
    }
    let near = |c: &Crossing| {
        (-mx..=width + mx).contains(&c.at.x) && (-my..=height + my).contains(&c.at.y)
    };
    all.into_iter().map(|c| c.filter(near)).collect()
}

/// Whether a corner lies outside the picture by more than a sample.
pub(super) fn is_outside(corner: Point, (width, height): (f32, f32)) -> bool {
    let beyond = |at: f32, limit: f32| at < -1.0 || at > limit + 1.0;
    beyond(corner.x, width) || beyond(corner.y, height)
}

impl Search<'_> {
    fn crossing(&self, a: usize, b: usize) -> Option<Crossing> {
        self.crossings[a * self.lines.len() + b]
    }

    /// All combinations of a line and three that come before it in the list.
    fn closed_by(&mut self, a: usize) {
        let n = self.lines.len();
        let before = one(a) - 1;
        for b in members(before) {
            let Some(from) = self.crossing(a, b) else {
                continue;
            };
            for d in members(self.sides[a * n + b] & self.opposite[b] & before) {
                let is_after = |q: Crossing| q.along > from.along;
                if !self.crossing(a, d).is_some_and(is_after) {
                    continue;
                }
                let ends = self.sides[b * n + a] & self.sides[d * n + a];
                for c in members(ends & self.opposite[a] & before) {
                    if self.sides[c * n + b] & one(d) != 0 && self.may_close([a, d, c, b]) {
                        self.rounds += 1;
                        if self.rounds > ROUNDS_MAX {
                            return;
                        }
                        self.found.extend(self.close([a, d, c, b]));
                        self.keep_best();
                    }
                }
            }
        }
    }

    /// Forgets the less promising half when there are many.
    fn keep_best(&mut self) {
        if self.found.len() >= 4 * HANDED_ON {
            let by_promise = |a: &Combination, b: &Combination| b.promise.total_cmp(&a.promise);
            self.found.select_nth_unstable_by(2 * HANDED_ON, by_promise);
            self.found.truncate(2 * HANDED_ON);
        }
    }

    /// Whether few ends of the sides are hidden, few go on beyond the corners, as many do where lines
    /// are a pattern's, and no more than two sides are the picture's borders.
    fn may_close(&self, ring: [usize; 4]) -> bool {
        let set = ring.iter().fold(0, |set, &k| set | one(k));
        let (mut weak, mut going_on) = (0, 0);
        for k in 0..4 {
            let (before, here, after) = (ring[(k + 3) % 4], ring[k], ring[(k + 1) % 4]);
            let (Some(p), Some(q)) = (self.crossing(here, before), self.crossing(here, after))
            else {
                return false;
            };
            weak += weak_towards(&p, q.along) + weak_towards(&q, p.along);
            going_on += going_on_from(&p, q.along) + going_on_from(&q, p.along);
        }
        weak <= WEAK_ENDS_MAX && going_on <= GOING_ON_MAX && (set & self.borders).count_ones() <= 2
    }

    /// Four lines in turn; the second and fourth are known to cross the first in that order.
    fn close(&self, ring: [usize; 4]) -> Option<Combination> {
        let mut corners = [Point::default(); 4];
        for k in 0..4 {
            // Corner k is where the line before meets line k.
            corners[k] = self.crossing(ring[(k + 3) % 4], ring[k])?.at;
        }
        let mut ring = ring;
        if shape::area(&corners) < 0.0 {
            // Round the other way: the corners turn round, and the sides between them.
            corners.reverse();
            ring = [ring[2], ring[1], ring[0], ring[3]];
        }
        if !shape::is_convex(&corners) || shape::area(&corners) < self.area_min {
            return None;
        }
        // One corner outside is a sheet that lies a little off; more are the lines of the desk.
        let outside = corners
            .iter()
            .filter(|c| is_outside(**c, self.frame))
            .count();
        if outside > 1 {
            return None;
        }
        self.weigh(corners, ring)
    }

    fn weigh(&self, corners: [Point; 4], ring: [usize; 4]) -> Option<Combination> {
        let mut coverage = [0.0; 4];
        let mut border = [false; 4];
        let mut going_on = 0.0;
        for k in 0..4 {
            let line = &self.lines[ring[k]];
            let (p, q) = (corners[k], corners[(k + 1) % 4]);
            if shape::distance(p, q) < SIDE_MIN {
                return None;
            }
            let (from, to) = (line.straight.along(p.x, p.y), line.straight.along(q.x, q.y));
            border[k] = line.border;
            coverage[k] = line.coverage(from, to);
            if coverage[k] < COVERED_MIN {
                return None;
            }
            if !line.border {
                let way = (to - from).signum();
                going_on += line.coverage(to + 3.0 * way, to + 17.0 * way);
                going_on += line.coverage(from - 3.0 * way, from - 17.0 * way);
            }
        }
        let borders = border.iter().filter(|&&b| b).count();
        let mean = (coverage.iter().sum::<f32>() - 0.5 * borders as f32) / 4.0;
        let least = coverage.iter().copied().fold(1.0, f32::min);
        if mean < 0.55 {
            return None;
        }
        let share = shape::area(&corners) / (self.frame.0 * self.frame.1);
        let promise = 0.5 * mean + 0.5 * least + 0.25 * share.sqrt() - 0.1 * going_on;
        Some(Combination {
            corners,
            border,
            coverage,
            ring: ring.map(|line| line as u8),
            promise,
        })
    }
}
