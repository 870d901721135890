//! What leaves a doubt about a quad that was chosen: then it is not given. Nothing is found by this, and
//! nothing is put in its place: it only takes away.
//!
//! - A dark or a brown and hollow thing: a screen, a box. Keys. Light that falls on the desk.
//! - A side that is another sheet's edge, a block of print, or the desk's own pattern.

use super::beyond;
use super::coarse::Coarse;
use super::shape;
use super::side::{Side, dot, minus};
use super::thing::{BLANK, off_lit, ratio};
use super::verify::{
    Verified, lighter_share, luma_inside, writing, writing_around, writing_well_inside,
};
use crate::document::page::Point;

/// Darker than this, with so little colour, is glass: levels.
const GLASS: f32 = 48.0;
const GLASS_COLOUR: f32 = 16.0;
/// Cardboard has at least so much colour and is darker than this, levels.
const BOARD_COLOUR: f32 = 12.0;
const BOARD_LIGHT: f32 = 150.0;
/// A hollow is so dark, and so much darker in the middle than at its sides.
const HOLLOW: f32 = 80.0;
const HOLLOW_SHARE: f32 = 0.8;
/// Writing in a hollow; a photograph on a card has more.
const HOLLOW_WRITTEN: f32 = 0.02;
/// What lies beyond a frame steps by so much more than the frame does; a light sheet has no frame.
const FRAMED: f32 = 1.8;
/// An identity card's longer side by its shorter, and how near a card's is to it.
const CARD: f32 = 1.586;
const CARD_SLACK: f32 = 0.12;
/// Keys and their gaps, everywhere and well inside; a page this light may be printed as densely.
const KEYS: f32 = 0.18;
const KEYS_INSIDE: f32 = 0.25;
const KEYS_LIGHT: f32 = 190.0;
/// A surface is not so much lighter in its middle than at all its sides; keys on a body are.
const RAISED: f32 = 1.2;
/// Colours that differ less than this, as a share, may be one under two lights; less than that are.
const MAY_BE_LIT: f32 = 0.4;
const IS_LIT: f32 = 0.15;
/// The mean crispness of a light's edges, and of one whose edges are sharper than this at one side at most.
const LIGHT_CRISP: f32 = 0.86;
const LIGHT_SOFT: f32 = 0.74;
const SHARP: f32 = 0.82;
/// Lighter than this is burnt out, levels.
const BURNT: f32 = 245.0;
/// What lies on a sheet is not so much lighter than it on two sides; light that falls on it is.
const LIGHTER: f32 = 1.2;
/// A side's step is so weak beside the others', and what is outside so light, when it is a sheet's edge.
const WEAK: f32 = 0.2;
const OTHER_SHEET: f32 = 0.85;
const DESK_DARKER: f32 = 0.75;
/// A block of print steps so little from paper so light, and not sharply; so much of it is written.
const PRINT_STEP: f32 = 15.0;
const PRINT_LIGHT: f32 = 150.0;
const PRINT_CRISP: f32 = 0.87;
const PRINT_WRITTEN: f32 = 0.05;
/// A tinted field is a little darker than the light paper around it, levels.
const TINT_STEP: f32 = 30.0;
const TINT_LIGHT: f32 = 200.0;
/// A row of a table is so many times as long as high.
const ROW: f32 = 3.0;
/// An edge softer than this opposite one sharper than that is a gloss's.
const GLOSS: f32 = 0.64;
const GLOSS_OPPOSITE: f32 = 0.75;
/// Keys are so much darker at their edge than the body around, which so large a share of them shows.
const GRID_DARK: f32 = 0.85;
const GRID_SHOWN: f32 = 0.12;
/// A field on a body steps less than this, levels.
const FIELD_STEP: f32 = 26.0;
/// Sides are one line when so near, coarse samples; and things of other colour are so far apart, levels.
const SAME_LINE: f32 = 4.0;
const OTHER_COLOUR: f32 = 40.0;

/// Whether something about it may be wrong; `nested` when it lies on another one of `all`.
pub(super) fn is_doubtful(coarse: &Coarse, v: &Verified, nested: bool, all: &[Verified]) -> bool {
    let written = writing(coarse, &v.corners);
    let inside = luma_inside(&coarse.colours, &v.corners);
    is_glass(v, inside)
        || is_cardboard(v, inside, written)
        || is_keys(coarse, v, inside, written)
        || is_light(coarse, v, written)
        || is_glare_on_print(coarse, v, inside, written)
        || (nested && is_lighter_on_two_sides(v))
        || (!nested && is_print(v, written))
        || is_edge_of_another(v)
        || is_on_the_desk(v, inside)
        || is_gloss(v)
        || (!nested && beyond::goes_on(coarse, v))
        || is_grid(coarse, v)
        || (!nested && is_field(v, written))
        || touches_another(v, all)
}

/// Whether a gap between two sheets may be a bar's shadow: light on both parts, or on one of them.
pub(super) fn is_bar(v: &Verified) -> bool {
    let lumas = || seen(v).map(|s| s.inside[0]);
    let uneven = greatest(lumas()) > 1.45 * least(lumas());
    uneven || (may_be_light(v) && mean_crisp(v) < LIGHT_CRISP)
}

fn seen(v: &Verified) -> impl Iterator<Item = &Side> {
    v.sides.iter().filter(|s| !s.border)
}

fn least(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(f32::INFINITY, f32::min)
}

fn greatest(values: impl Iterator<Item = f32>) -> f32 {
    values.fold(0.0, f32::max)
}

fn mean(values: impl Iterator<Item = f32>) -> f32 {
    let (sum, count) = values.fold((0.0, 0), |(sum, count), v| (sum + v, count + 1));
    sum / count.max(1) as f32
}

fn mean_crisp(v: &Verified) -> f32 {
    mean(seen(v).map(|s| s.crisp))
}

/// How much colour a side has just inside, levels.
fn colour(side: &Side) -> f32 {
    (side.inside[1] - 128.0).hypot(side.inside[2] - 128.0)
}

fn is_glass(v: &Verified, inside: f32) -> bool {
    inside < GLASS && seen(v).all(|s| colour(s) < GLASS_COLOUR)
}

/// Whether it is a flap of cardboard, or flaps around a hollow, or a body in a frame.
fn is_cardboard(v: &Verified, inside: f32, written: f32) -> bool {
    let is_card = (ratio(v) / CARD - 1.0).abs() < CARD_SLACK;
    let is_brown = || seen(v).all(|s| colour(s) > BOARD_COLOUR);
    let flap = written < BLANK && inside < BOARD_LIGHT && !is_card && is_brown();
    let hollow = written < HOLLOW_WRITTEN
        && inside < HOLLOW
        && inside < HOLLOW_SHARE * mean(seen(v).map(|s| s.inside[0]))
        && seen(v).any(|s| colour(s) > BOARD_COLOUR);
    let framed =
        inside < BOARD_LIGHT && seen(v).any(|s| s.lasting.is_finite() && s.lasting > FRAMED);
    flap || hollow || framed
}

fn is_keys(coarse: &Coarse, v: &Verified, inside: f32, written: f32) -> bool {
    let raised = v
        .sides
        .iter()
        .all(|s| !s.border && inside > RAISED * s.inside[0]);
    let dense = || written > KEYS && writing_well_inside(coarse, &v.corners) > KEYS_INSIDE;
    raised || (inside < KEYS_LIGHT && dense())
}

fn may_be_light(v: &Verified) -> bool {
    seen(v).all(|s| off_lit(s).0 < MAY_BE_LIT)
}

/// Whether its edges are soft and its colour is the desk's, under another light.
fn is_light(coarse: &Coarse, v: &Verified, written: f32) -> bool {
    let crisp = mean_crisp(v);
    let soft = || crisp < LIGHT_SOFT && seen(v).filter(|s| s.crisp > SHARP).count() <= 1;
    let lit = || {
        crisp < LIGHT_CRISP
            && seen(v).all(|s| off_lit(s).0 < IS_LIT)
            && written < BLANK + 2.0 * writing_around(coarse, &v.corners)
    };
    may_be_light(v) && (soft() || lit())
}

/// Whether it is burnt out and there is more writing around it than on it: a light on a sheet.
fn is_glare_on_print(coarse: &Coarse, v: &Verified, inside: f32, written: f32) -> bool {
    inside > BURNT && {
        let around = writing_around(coarse, &v.corners);
        around > PRINT_WRITTEN && around > 1.5 * written
    }
}

fn is_lighter_on_two_sides(v: &Verified) -> bool {
    let lighter = seen(v).filter(|s| s.inside[0] > LIGHTER * s.outside()[0]);
    lighter.count() >= 2
}

/// Whether it is a block of print, a tinted field, or a row of a table, on paper whose own edges were not
/// found.
fn is_print(v: &Verified, written: f32) -> bool {
    let is_tint = |s: &Side| {
        let darker = s.outside()[0] - s.inside[0];
        (0.0..TINT_STEP).contains(&darker) && s.outside()[0] > TINT_LIGHT
    };
    let row = ratio(v) > ROW && seen(v).all(|s| s.size < PRINT_STEP);
    let block = written > PRINT_WRITTEN
        && mean_crisp(v) < PRINT_CRISP
        && seen(v).all(|s| s.size < PRINT_STEP && s.outside()[0] > PRINT_LIGHT);
    row || block || seen(v).all(is_tint)
}

/// Whether along one side lies paper, and around the others a much darker desk.
fn is_edge_of_another(v: &Verified) -> bool {
    (0..4).any(|k| {
        let side = &v.sides[k];
        let others = || (1..4).map(|n| &v.sides[(k + n) % 4]);
        let outside = side.outside()[0];
        v.sides.iter().all(|s| !s.border)
            && side.size < WEAK * least(others().map(|s| s.size))
            && outside > OTHER_SHEET * side.inside[0]
            && greatest(others().map(|s| s.outside()[0])) < DESK_DARKER * outside
    })
}

/// Whether one side lies on the desk beside the sheet: inside it is as dark as the desk is.
fn is_on_the_desk(v: &Verified, inside: f32) -> bool {
    (0..4).any(|k| {
        let side = &v.sides[k];
        let others = || (1..4).map(|n| &v.sides[(k + n) % 4]);
        let desk = mean(others().map(|s| s.outside()[0]));
        let is_desk = |luma: f32| (luma / desk - 1.0).abs() < 0.15;
        v.sides.iter().all(|s| !s.border)
            && side.inside[0] < 0.5 * inside
            && others().all(|s| s.inside[0] > 0.85 * inside)
            && is_desk(side.inside[0])
            && is_desk(side.outside()[0])
    })
}

/// Whether what is around it, lighter on all sides, shows through in many places: keys on a light body.
fn is_grid(coarse: &Coarse, v: &Verified) -> bool {
    let around = mean(seen(v).map(|s| s.outside()[0]));
    let is_dark = |s: &Side| !s.border && s.inside[0] < GRID_DARK * s.outside()[0];
    v.sides.iter().all(is_dark) && lighter_share(coarse, &v.corners, 0.9 * around) > GRID_SHOWN
}

/// Whether it is blank, and hardly lighter than what is around it, in the same colour: a field to stroke, a
/// lid on a device's body.
fn is_field(v: &Verified, written: f32) -> bool {
    let hardly = |s: &Side| !s.border && s.size < FIELD_STEP && off_lit(s).0 < MAY_BE_LIT;
    written < BLANK && v.sides.iter().all(hardly)
}

fn is_gloss(v: &Verified) -> bool {
    (0..4).any(|k| {
        let (side, opposite) = (&v.sides[k], &v.sides[(k + 2) % 4]);
        !side.border && !opposite.border && side.crisp < GLOSS && opposite.crisp > GLOSS_OPPOSITE
    })
}

/// Whether one of its sides is a part of a surer one's, which is of another colour: that one's edge.
fn touches_another(v: &Verified, all: &[Verified]) -> bool {
    let mean = |v: &Verified| {
        let each = v.sides.iter().map(|s| s.inside);
        each.fold([0.0; 3], |sum, c| {
            std::array::from_fn(|k| sum[k] + c[k] / 4.0)
        })
    };
    let is_other = |u: &&Verified| {
        let apart = minus(mean(u), mean(v));
        u.score > v.score && dot(apart, apart).sqrt() > OTHER_COLOUR
    };
    let is_on = |u: &Verified, p: Point, j: usize| {
        let (a, b) = (u.corners[j], u.corners[(j + 1) % 4]);
        let length = shape::distance(a, b).max(1e-3);
        let away = shape::turn(a, b, p).abs() / length;
        let along = ((p.x - a.x) * (b.x - a.x) + (p.y - a.y) * (b.y - a.y)) / length;
        away < SAME_LINE && (-SAME_LINE..length + SAME_LINE).contains(&along)
    };
    all.iter().filter(is_other).any(|u| {
        (0..16).any(|n| {
            let (k, j) = (n / 4, n % 4);
            is_on(u, v.corners[k], j) && is_on(u, v.corners[(k + 1) % 4], j)
        })
    })
}

#[cfg(test)]
mod tests {
    use crate::document::page::find::{Options, sheets};
    use crate::document::page::{Picture, Plane, Quad};

    /// A desk of one luma with rectangles on it: left, top, right, bottom, luma.
    fn found(desk: u8, things: &[([usize; 4], u8)]) -> Vec<Quad> {
        let mut y = Plane::filled(800, 600, desk);
        for &([x0, y0, x1, y1], luma) in things {
            for row in y0..y1 {
                y.data[row * 800 + x0..row * 800 + x1].fill(luma);
            }
        }
        sheets(&Picture { y, chroma: None }, &Options::default())
    }

    #[test]
    fn a_sheet_partly_under_another_is_not_given_as_what_is_seen_of_it() {
        let lower = ([100, 120, 420, 500], 225);
        assert_eq!(found(70, &[lower]).len(), 1);
        // The upper one is cut by the picture, so that it cannot be given.
        let upper = ([420, 40, 800, 560], 200);
        assert_eq!(found(70, &[lower, upper]), []);
    }

    #[test]
    fn dark_glass_in_a_darker_frame_is_no_sheet() {
        let screen = |frame, glass| [([150, 100, 650, 460], frame), ([170, 120, 630, 440], glass)];
        assert_eq!(found(110, &screen(24, 40)), []);
    }

    #[test]
    fn a_body_with_light_keys_is_no_sheet() {
        let mut things = vec![([250, 100, 550, 520], 110)];
        for row in 0..8 {
            for column in 0..6 {
                let (x, y) = (270 + 44 * column, 120 + 48 * row);
                things.push(([x, y, x + 34, y + 36], 190));
            }
        }
        assert_eq!(found(40, &things[..1]).len(), 1);
        assert_eq!(found(40, &things), []);
    }
}
