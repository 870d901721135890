//! What a quad is among all the others: the part of a sheet, two sheets taken for one, the board a sheet
//! lies on, the picture on it. Whether each of the others is a sheet at all costs most to ask, so it is
//! asked last and once.

use std::cell::OnceCell;

use super::Options;
use super::shape;
use super::side::{dot, minus};
use super::verify::Verified;
use crate::document::page::Point;

/// Two sheets beside each other make up this share of what is wrongly taken for one.
const PAIR_SHARE: std::ops::Range<f32> = 0.7..0.985;
/// Each of them is edged as sharply and as strongly all round; a fold is softer and weaker.
const PART_CRISP_MIN: f32 = 0.8;
const PART_EVEN_MIN: f32 = 0.5;
const PART_LASTING_MIN: f32 = 0.6;
/// A sheet on a board is this share of it, and this much lighter, levels.
const MOUNTED: std::ops::Range<f32> = 0.5..0.97;
const MOUNTED_STEP_MIN: f32 = 25.0;
/// How broad a sheet's border may be around the picture on it: coarse samples, and a share of the
/// picture's shorter side; and how much lighter it is than both, levels.
const BORDER_MIN: f32 = 2.0;
const BORDER_MAX: f32 = 0.15;
const BORDER_STEP_MIN: f32 = 10.0;
/// Two quads have a corner in common when it is so near, coarse samples; what one is longer than the
/// other is broader than a shadow, and no other sheet; and it is hardly less sure.
const SAME_CORNER: f32 = 4.0;
const EXTENDED_MIN: f32 = 8.0;
const EXTENDED_MAX: f32 = 0.4;
const EXTENDED_LESS: f32 = 0.25;
/// Colours nearer than this may be the same desk's, levels.
const DESK_APART: f32 = 5.0;

/// All quads, the surest first, and which of them are sheets.
pub(super) struct Others<'a> {
    all: Vec<(Verified, OnceCell<bool>)>,
    is_sheet: &'a dyn Fn(&Verified) -> bool,
}

impl<'a> Others<'a> {
    pub fn new(mut all: Vec<Verified>, is_sheet: &'a dyn Fn(&Verified) -> bool) -> Others<'a> {
        all.sort_by(|a, b| b.score.total_cmp(&a.score));
        let all = all.into_iter().map(|v| (v, OnceCell::new())).collect();
        Others { all, is_sheet }
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    pub fn quad(&self, k: usize) -> &Verified {
        &self.all[k].0
    }

    pub fn is_sheet(&self, k: usize) -> bool {
        let (quad, known) = &self.all[k];
        *known.get_or_init(|| (self.is_sheet)(quad))
    }

    /// The sheets of which something is so.
    fn sheets(&self, is_so: impl Fn(&Verified) -> bool) -> impl Iterator<Item = usize> {
        (0..self.len()).filter(move |&k| is_so(self.quad(k)) && self.is_sheet(k))
    }

    fn has_sheet(&self, is_so: impl Fn(&Verified) -> bool) -> bool {
        self.sheets(is_so).next().is_some()
    }

    /// Whether it is a board, a mat or a frame, and a light sheet lies on most of it.
    pub fn is_mount(&self, whole: &Verified, options: &Options) -> bool {
        let area = shape::area(&whole.corners);
        let luma = |v: &Verified| v.sides.iter().map(|s| s.inside[0]).sum::<f32>() / 4.0;
        let below = luma(whole) + MOUNTED_STEP_MIN;
        self.has_sheet(|v| {
            let share = shape::area(&v.corners) / area;
            !v.cut
                && v.score >= options.score_min
                && MOUNTED.contains(&share)
                && luma(v) > below
                && is_edged(v)
                && v.sides.iter().all(|s| s.step[0] / 64.0 > MOUNTED_STEP_MIN)
                && v.corners
                    .iter()
                    .all(|p| shape::depth(&whole.corners, *p) > 2.0)
        })
    }

    /// Whether it is the picture on a sheet: a little farther out on all four sides the sheet itself ends,
    /// whose border is lighter than the picture and than the desk.
    pub fn is_bordered(&self, picture: &Verified, options: &Options) -> bool {
        let side = |k: usize| shape::distance(picture.corners[k], picture.corners[(k + 1) % 4]);
        let short = (side(0) + side(2)).min(side(1) + side(3)) / 2.0;
        let border = BORDER_MIN..BORDER_MAX * short;
        let steps = |v: &Verified| v.sides.map(|s| s.step[0] / 64.0);
        steps(picture).iter().all(|step| *step < -BORDER_STEP_MIN)
            && self.has_sheet(|v| {
                !v.cut
                    && v.score >= options.score_min
                    && steps(v).iter().all(|step| *step > BORDER_STEP_MIN)
                    && picture
                        .corners
                        .iter()
                        .all(|p| border.contains(&shape::depth(&v.corners, *p)))
            })
    }

    /// The whole sheet when it goes on beyond one of the sides, which is printed on it: three sides are the
    /// same, the fourth lies farther out, and there the sheet ends.
    pub fn extended(&self, part: &Verified, options: &Options) -> Option<usize> {
        let near = |a: Point, b: Point| shape::distance(a, b) < SAME_CORNER;
        let goes_on = |whole: &Verified, k: usize, turn: usize| {
            let (p, q) = (part.corners, whole.corners);
            let at = |n: usize| (p[(k + n) % 4], q[(k + turn + n) % 4]);
            let beyond = |n: usize| {
                let (own, far) = at(n);
                let side = shape::distance(own, at(3 - n).0);
                let line = shape::turn(at(3 - n).0, far, own) / shape::distance(at(3 - n).0, far);
                (EXTENDED_MIN..EXTENDED_MAX * side).contains(&shape::distance(own, far))
                    && line.abs() < SAME_CORNER
                    && shape::depth(&whole.corners, own) > -SAME_CORNER
            };
            near(at(2).0, at(2).1)
                && near(at(3).0, at(3).1)
                && beyond(0)
                && beyond(1)
                && !is_desk(part, k)
                && whole.sides[(k + turn) % 4].going_on() == 0.0
        };
        let mut wholes = self.sheets(|w| {
            !w.cut
                && w.mixed <= part.mixed
                && w.score >= options.score_min
                && w.score > part.score - EXTENDED_LESS
                && shape::area(&w.corners) > shape::area(&part.corners)
                && (0..4).any(|k| (0..4).any(|turn| goes_on(w, k, turn)))
        });
        wholes.next()
    }

    /// Whether it is two sheets beside each other, whose outer sides are in line: both are sheets of their
    /// own, and between them the desk is seen. The parts of a sheet that a shadow makes have one side in
    /// common, across which one of them is the darker; beyond a booklet's fold is the other page.
    pub fn is_pair(&self, whole: &Verified, options: &Options) -> bool {
        let area = shape::area(&whole.corners);
        let shared =
            |a: &Verified, b: &Verified| shape::area(&shape::common(&a.corners, &b.corners));
        let may_be = |v: &Verified| {
            let own = shape::area(&v.corners);
            !v.cut
                && v.mixed == 0
                && v.score >= options.score_min
                && is_edged(v)
                && (0.2..0.75).contains(&(own / area))
                && shared(v, whole) > 0.97 * own
        };
        let parts = self.sheets(may_be).take(24).map(|k| self.quad(k));
        let parts: Vec<(&Verified, f32)> = parts.map(|v| (v, shape::area(&v.corners))).collect();
        parts.iter().enumerate().any(|(k, (a, own))| {
            let mut others = parts[k + 1..].iter();
            others.any(|(b, other)| {
                PAIR_SHARE.contains(&((own + other) / area)) && shared(a, b) < 0.01 * area
            })
        })
    }
}

/// Whether the same lies beyond a side as beyond its neighbours.
fn is_desk(v: &Verified, k: usize) -> bool {
    let outside = |k: usize| v.sides[k % 4].outside();
    let beside = [outside(k + 1), outside(k + 3)];
    beside.into_iter().any(|beside| {
        let apart = minus(outside(k), beside);
        dot(apart, apart).sqrt() < DESK_APART
    })
}

fn is_edged(v: &Verified) -> bool {
    let greatest = v.sides.iter().map(|s| s.size).fold(1.0, f32::max);
    v.sides.iter().all(|s| {
        s.lasting > PART_LASTING_MIN
            && s.crisp > PART_CRISP_MIN
            && s.size > PART_EVEN_MIN * greatest
    })
}
