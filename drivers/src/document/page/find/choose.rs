//! From many verified quads to the sheets there are: one for each, no part of a sheet, no pattern of the
//! desk, and a sheet on a sheet only when it can be nothing printed.

use super::Options;
use super::coarse::Coarse;
use super::doubt;
use super::others::Others;
use super::seam;
use super::shape;
use super::side::Side;
use super::thing::{is_strip, is_thing, ratio};
use super::verify::{Verified, writing};
use crate::document::page::Point;

/// The share of a sheet's ends beyond which the step may go on.
const GOING_ON_MAX: f32 = 0.3;
/// The least share of a sheet that writing darkens; less is blank.
const WRITTEN_MIN: f32 = 0.012;
/// What is seen of a sheet that the picture cuts off is not so narrow; a keyboard is.
const CUT_STRIP: f32 = 3.0;
/// Where the picture cuts it off, the most.
const WRITTEN_CUT_MAX: f32 = 0.22;
/// A sheet that the picture cuts off stands out by this many levels, and is so light.
const CUT_STEP_MIN: f32 = 25.0;
const CUT_LIGHT_MIN: f32 = 100.0;
/// Ends that must be seen to be believed.
const ENDS_MIN: f32 = 4.0;
/// The share of an end's places that must agree where the picture cuts the sheet off.
const CUT_END_MIN: f32 = 0.6;
/// A lesser step is what dense writing leaves, levels.
const NESTED_STEP_MIN: f32 = 13.0;
/// The same of luma alone, for what lies along the lower one's sides.
const NESTED_LUMA_MIN: f32 = 8.0;
/// The sine of two degrees and a half.
const TURNED_SINE: f32 = 0.044;
/// An identity card's longer side by its shorter, and how far a leaning camera may change it.
const CARD: f32 = 1.586;
const CARD_SLACK: f32 = 0.12;
/// Nearer than this it can be no sheet of A4.
const CARD_SURE: f32 = 0.05;
/// How much surer a sheet must be of which a side steps against the others.
const UNLIKE_MORE: f32 = 0.08;
/// A band along a side is so many times as long as broad.
const BAND: f32 = 3.0;
/// Its corners and the sheet's are so near, coarse samples.
const BAND_NEAR: f32 = 6.0;
/// What lies on a sheet is hardly lighter than it; light that falls on it is.
const LIGHTER_MAX: f32 = 1.2;
/// Coarse samples that a sheet on a sheet keeps from the lower one's sides.
const NESTED_MARGIN: f32 = 4.0;

/// The sheets, the surest first; a blank one under a card last.
pub(super) fn choose(coarse: &Coarse, all: Vec<Verified>, options: &Options) -> Vec<Verified> {
    let is_sheet = |v: &Verified| is_sheet(coarse, v);
    let all = Others::new(all, &is_sheet);
    let mut kept: Vec<Verified> = Vec::new();
    for one in 0..all.len() {
        if kept.len() < options.count_max.max(1) * 2 {
            admit(&mut kept, one, &all, options);
        }
    }
    let kept = with_bands(kept);
    let parted = |v: &Verified| match kept.iter().any(|lower| lies_on(v, lower, options)) {
        true => vec![*v],
        false => seam::parted(coarse, *v),
    };
    let kept: Vec<Verified> = kept.iter().flat_map(parted).collect();
    let is_sure = |v: &&Verified| {
        let nested = kept.iter().any(|lower| lies_on(v, lower, options));
        !doubt::is_doubtful(coarse, v, nested, &kept)
    };
    let kept: Vec<Verified> = kept.iter().filter(is_sure).copied().collect();
    let is_meant = |v: &&Verified| !is_ground(coarse, v, &kept, options);
    let (mut meant, blank): (Vec<Verified>, Vec<Verified>) = kept.iter().partition(is_meant);
    meant.extend(blank);
    meant
}

/// Puts a sheet and a coloured band along one of its sides together: the band was taken for a sheet.
fn with_bands(mut kept: Vec<Verified>) -> Vec<Verified> {
    let near = |a: Point, b: Point| shape::distance(a, b) < BAND_NEAR;
    let mut at = 0;
    while at < kept.len() {
        let band = kept[at];
        let whole = |v: &Verified| {
            (0..16).find_map(|n| {
                let (k, j) = (n / 4, n % 4);
                let shares = near(v.corners[k], band.corners[(j + 1) % 4])
                    && near(v.corners[(k + 1) % 4], band.corners[j]);
                let far = (j + 2) % 4;
                let mut whole = *v;
                whole.corners[k] = band.corners[far];
                whole.corners[(k + 1) % 4] = band.corners[(far + 1) % 4];
                whole.sides[k] = band.sides[far];
                (shares && shape::is_convex(&whole.corners)).then_some(whole)
            })
        };
        let found = kept.iter().enumerate().find_map(|(k, v)| {
            let may_be = k != at && !v.cut && !band.cut && ratio(&band) > BAND && ratio(v) < BAND;
            Some((k, may_be.then(|| whole(v))??))
        });
        match found {
            Some((k, whole)) => {
                kept[k] = whole;
                kept.remove(at);
            }
            None => at += 1,
        }
    }
    kept
}

/// Whether others lie on it and nothing is written on it. On a blank sheet it is the card that is
/// meant; a written one is meant itself.
pub(super) fn is_ground(
    coarse: &Coarse,
    v: &Verified,
    all: &[Verified],
    options: &Options,
) -> bool {
    let has_upper = all.iter().any(|upper| lies_on(upper, v, options));
    has_upper && writing(coarse, &v.corners) < WRITTEN_MIN
}

fn is_sheet(coarse: &Coarse, v: &Verified) -> bool {
    v.mixed <= 1
        && match v.sides.iter().filter(|s| s.border).count() {
            0 if v.out == 0 => ends_here(v),
            // What the picture cuts off may be the desk or a keyboard: only writing tells.
            _ => is_seen_to_the_cut(v) && is_written_paper(coarse, v),
        }
        && !is_thing(coarse, v)
}

/// Whether the step ends at the corners, and enough of the corners can be seen to tell.
fn ends_here(v: &Verified) -> bool {
    let ends = v.sides.iter().map(|s| s.ends).sum::<f32>();
    let going_on = v.sides.iter().map(|s| s.going_on()).sum::<f32>();
    ends >= ENDS_MIN && going_on <= GOING_ON_MAX * ends && !is_part(v)
}

/// Whether both neighbours of a side go on beyond it: then the sheet does, and the side is printed on it.
fn is_part(v: &Verified) -> bool {
    (0..4).any(|k| v.sides[(k + 3) % 4].beyond[1] + v.sides[(k + 1) % 4].beyond[0] > 1.0)
}

/// Whether what the picture cuts off can be nothing but paper: written on, light, much lighter than
/// the desk all along, calm, and its step ends at every corner that can be seen.
fn is_written_paper(coarse: &Coarse, v: &Verified) -> bool {
    let seen = || v.sides.iter().filter(|s| !s.border);
    let light = |s: &Side| s.step[0] > 0.0 && s.size > CUT_STEP_MIN && s.inside[0] > CUT_LIGHT_MIN;
    let sizes = || seen().map(|s| s.size);
    let even = sizes().fold(f32::INFINITY, f32::min) / sizes().fold(1.0, f32::max);
    v.busy < 0.1
        && !is_strip(v, CUT_STRIP)
        && even > 0.4
        && seen().map(|s| s.ends).sum::<f32>() >= 2.0
        && seen().all(|s| s.going_on() == 0.0 && light(s))
        && (WRITTEN_MIN..WRITTEN_CUT_MAX).contains(&writing(coarse, &v.corners))
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

/// Takes a quad in beside those that are surer, or not.
fn admit(kept: &mut Vec<Verified>, at: usize, all: &Others, options: &Options) {
    let whole = all.extended(all.quad(at), options);
    let one = all.quad(whole.unwrap_or(at));
    let unlike = if one.mixed > 0 { UNLIKE_MORE } else { 0.0 };
    let is_sure = one.cut || one.score >= options.score_min + unlike;
    if !is_sure && !kept.iter().any(|lower| lies_on(one, lower, options)) {
        return;
    }
    for other in kept.iter() {
        let shared = shape::area(&shape::common(&one.corners, &other.corners));
        let (own, others) = (shape::area(&one.corners), shape::area(&other.corners));
        if shared > 0.9 * own {
            // A twin of a surer one, its part, or a sheet that lies on it.
            if !lies_on(one, other, options) {
                return;
            }
        } else if shared > 0.9 * others {
            if !lies_on(other, one, options) {
                return;
            }
        } else if shared > 0.15 * own.min(others) {
            return;
        }
    }
    let is_other =
        || all.is_pair(one, options) || all.is_mount(one, options) || all.is_bordered(one, options);
    if all.is_sheet(at) && !is_other() {
        kept.push(*one);
    }
}

/// Whether one is a sheet of its own on another: away from its sides, of a card's or a booklet's
/// shape, and edged all round as nothing printed is.
pub(super) fn lies_on(upper: &Verified, lower: &Verified, options: &Options) -> bool {
    let area = shape::area(&upper.corners) / shape::area(&lower.corners).max(1.0);
    let ratio = ratio(upper);
    let inside = |p: &_| shape::depth(&lower.corners, *p) >= NESTED_MARGIN;
    let least = upper
        .sides
        .iter()
        .map(|s| s.size)
        .fold(f32::INFINITY, f32::min);
    // What is printed lies along the sheet's sides; what was put there seldom does.
    let is_cards = |ratio: f32, slack: f32| (ratio / CARD - 1.0).abs() < slack;
    let is_card = is_cards(ratio, CARD_SLACK) && upper.mixed == 0;
    let turned = turned(upper, lower);
    let (step_min, score_min) = match turned {
        true if is_card => (NESTED_STEP_MIN / 3.0, options.card_min),
        true => (NESTED_STEP_MIN / 2.0, options.score_min),
        false => (NESTED_STEP_MIN, options.nested_min),
    };
    // A block of print on coloured paper steps in colour, hardly in luma.
    // So is the picture on a card.
    let is_pale = |s: &Side| s.step[0].abs() < NESTED_LUMA_MIN * 64.0;
    let is_print =
        !turned && (upper.sides.iter().any(is_pale) || is_cards(self::ratio(lower), CARD_SURE));
    let is_lit =
        |s: &Side| s.step[0] > 0.0 && s.inside[0] > LIGHTER_MAX * (s.inside[0] - s.step[0] / 64.0);
    upper.score >= score_min
        && !upper.cut
        && !is_print
        && !upper.sides.iter().all(is_lit)
        && (0.03..0.6).contains(&area)
        && (1.3..1.85).contains(&ratio)
        && least >= step_min
        && upper.sides.iter().all(|s| s.agree >= 0.85)
        && upper.corners.iter().all(inside)
}

/// Whether no side of one runs as what is printed on the other does: towards where opposite sides
/// of it meet, within two degrees and a half.
fn turned(upper: &Verified, lower: &Verified) -> bool {
    (0..4).all(|side| {
        let (a, b) = (upper.corners[side], upper.corners[(side + 1) % 4]);
        let length = shape::distance(a, b).max(1e-3);
        let (x, y) = ((b.x - a.x) / length, (b.y - a.y) / length);
        [0, 1].into_iter().all(|k| {
            let (u, v) = shape::towards_meeting(&lower.corners, k, shape::between(a, b, 0.5));
            (x * v - y * u).abs() > TURNED_SINE
        })
    })
}
