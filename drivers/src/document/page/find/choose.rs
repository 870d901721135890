//! From many verified quads to the sheets there are: one for each, no part of a sheet, no pattern of the
//! desk, and a sheet on a sheet only when it can be nothing printed.

use super::Options;
use super::coarse::Coarse;
use super::shape;
use super::side::Side;
use super::verify::{Verified, writing};

/// The share of a sheet's ends beyond which the step may go on.
const GOING_ON_MAX: f32 = 0.3;
/// The share of a sheet that writing darkens; more is a keyboard, a cloth, a grille.
const WRITTEN: std::ops::Range<f32> = 0.012..0.22;
/// A sheet that the picture cuts off stands out by this many levels, and is so light.
const CUT_STEP_MIN: f32 = 25.0;
const CUT_LIGHT_MIN: f32 = 100.0;
/// Ends that must be seen to be believed.
const ENDS_MIN: f32 = 4.0;
/// The share of an end's places that must agree where the picture cuts the sheet off.
const CUT_END_MIN: f32 = 0.6;
/// Calmer than this inside, measured by the step at the sides.
const BUSY_MAX: f32 = 0.34;
/// A sheet darker than this and without colour is a keyboard, a telephone, a mat.
const DARK: f32 = 70.0;
/// A lesser step is what dense writing leaves, levels.
const NESTED_STEP_MIN: f32 = 13.0;
/// The sine of two degrees and a half.
const TURNED_SINE: f32 = 0.044;
/// Coarse samples that a sheet on a sheet keeps from the lower one's sides.
const NESTED_MARGIN: f32 = 4.0;

/// The sheets, the surest first; a blank one under a card last.
pub(super) fn choose(coarse: &Coarse, mut all: Vec<Verified>, options: &Options) -> Vec<Verified> {
    all.retain(|v| is_sheet(coarse, v, options));
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Verified> = Vec::new();
    for one in all {
        if kept.len() < options.count_max.max(1) * 2 {
            admit(&mut kept, one, options);
        }
    }
    // On a blank sheet it is the card that is meant; a written one is meant itself.
    let is_meant = |v: &Verified| {
        let has_upper = kept.iter().any(|upper| lies_on(upper, v, options));
        !(has_upper && writing(coarse, &v.corners) < WRITTEN.start)
    };
    let (mut meant, blank): (Vec<Verified>, Vec<Verified>) = kept.iter().partition(|v| is_meant(v));
    meant.extend(blank);
    meant
}

fn is_sheet(coarse: &Coarse, v: &Verified, options: &Options) -> bool {
    v.mixed <= 1
        && v.busy <= BUSY_MAX
        && !is_dark_thing(coarse, v)
        && match v.sides.iter().filter(|s| s.border).count() {
            0 if v.out == 0 => v.score >= options.score_min && ends_here(v),
            // What the picture cuts off may be the desk or a keyboard: only writing tells.
            _ => v.score >= options.cut_min && is_seen_to_the_cut(v) && is_written_paper(coarse, v),
        }
}

/// Whether the step ends at the corners, and enough of the corners can be seen to tell.
fn ends_here(v: &Verified) -> bool {
    let ends = v.sides.iter().map(|s| s.ends).sum::<f32>();
    let going_on = v.sides.iter().map(|s| s.going_on).sum::<f32>();
    ends >= ENDS_MIN && going_on <= GOING_ON_MAX * ends
}

/// Whether what the picture cuts off can be nothing but paper: written on, light, much lighter than
/// the desk all along, calm, and its step ends at every corner that can be seen.
fn is_written_paper(coarse: &Coarse, v: &Verified) -> bool {
    let seen = || v.sides.iter().filter(|s| !s.border);
    let light = |s: &Side| s.step[0] > 0.0 && s.size > CUT_STEP_MIN && s.inside[0] > CUT_LIGHT_MIN;
    let sizes = || seen().map(|s| s.size);
    let even = sizes().fold(f32::INFINITY, f32::min) / sizes().fold(1.0, f32::max);
    v.busy < 0.1
        && even > 0.4
        && seen().map(|s| s.ends).sum::<f32>() >= 2.0
        && seen().all(|s| s.going_on == 0.0 && light(s))
        && WRITTEN.contains(&writing(coarse, &v.corners))
}

/// Whether the sides run on to where the picture cuts them off. Where they end before, the border
/// closes a shape that is none.
fn is_seen_to_the_cut(v: &Verified) -> bool {
    (0..4).filter(|&k| v.sides[k].border).all(|k| {
        let before = &v.sides[(k + 3) % 4];
        let after = &v.sides[(k + 1) % 4];
        (before.border || before.end_agree[1] >= CUT_END_MIN)
            && (after.border || after.end_agree[0] >= CUT_END_MIN)
    })
}

fn is_dark_thing(coarse: &Coarse, v: &Verified) -> bool {
    let inside = shape::between(v.corners[0], v.corners[2], 0.5);
    let luma = coarse.colours.at(inside.x, inside.y)[0] / 64.0;
    let darker = v.sides.iter().filter(|s| s.step[0] < 0.0).count() >= 2;
    let colour = v.sides.iter().map(colour_of).fold(0.0, f32::max);
    darker && luma < DARK && colour < 12.0
}

/// How much colour, not light, steps at a side, levels.
fn colour_of(side: &Side) -> f32 {
    side.step[1].hypot(side.step[2]) / 64.0
}

/// Takes a quad in beside those that are surer, or not.
fn admit(kept: &mut Vec<Verified>, one: Verified, options: &Options) {
    for other in kept.iter() {
        let shared = shape::area(&shape::common(&one.corners, &other.corners));
        let (own, others) = (shape::area(&one.corners), shape::area(&other.corners));
        if shared > 0.9 * own {
            // A twin of a surer one, its part, or a sheet that lies on it.
            if !lies_on(&one, other, options) {
                return;
            }
        } else if shared > 0.9 * others {
            if !lies_on(other, &one, options) {
                return;
            }
        } else if shared > 0.15 * own.min(others) {
            return;
        }
    }
    kept.push(one);
}

/// Whether one is a sheet of its own on another: away from its sides, of a card's or a booklet's
/// shape, and edged all round as nothing printed is.
pub(super) fn lies_on(upper: &Verified, lower: &Verified, options: &Options) -> bool {
    let area = shape::area(&upper.corners) / shape::area(&lower.corners).max(1.0);
    let side = |k: usize| shape::distance(upper.corners[k], upper.corners[(k + 1) % 4]);
    let (a, b) = (side(0) + side(2), side(1) + side(3));
    let ratio = a.max(b) / a.min(b).max(1.0);
    let inside = |p: &_| shape::depth(&lower.corners, *p) >= NESTED_MARGIN;
    let least = upper
        .sides
        .iter()
        .map(|s| s.size)
        .fold(f32::INFINITY, f32::min);
    // What is printed lies along the sheet's sides; what was put there seldom does.
    let (step_min, score_min) = match turned(upper, lower) {
        true => (NESTED_STEP_MIN / 2.0, options.nested_min - 0.07),
        false => (NESTED_STEP_MIN, options.nested_min),
    };
    upper.score >= score_min
        && !upper.cut
        && (0.03..0.6).contains(&area)
        && (1.3..1.85).contains(&ratio)
        && least >= step_min
        && upper.sides.iter().all(|s| s.agree >= 0.85)
        && upper.corners.iter().all(inside)
}

/// Whether no side of one runs along a side of the other, within two degrees.
fn turned(upper: &Verified, lower: &Verified) -> bool {
    let way = |v: &Verified, k: usize| {
        let (a, b) = (v.corners[k], v.corners[(k + 1) % 4]);
        let length = shape::distance(a, b).max(1e-3);
        ((b.x - a.x) / length, (b.y - a.y) / length)
    };
    let (x, y) = way(upper, 0);
    (0..4).all(|k| {
        let (u, v) = way(lower, k);
        (x * v - y * u).abs() > TURNED_SINE
    })
}
