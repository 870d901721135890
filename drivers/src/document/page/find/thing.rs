//! What has four sides and is no sheet: keyboards, mats and screens, grilles and cloths, the joints of
//! tiles and drawers, a patch of light, sides of several things.

use super::coarse::Coarse;
use super::shape;
use super::side::Side;
use super::verify::{Verified, luma_inside, writing, writing_around, writing_well_inside};
use crate::document::page::Point;

/// The share of a sheet that writing darkens; more is a keyboard, a cloth, a grille.
pub(super) const WRITTEN_MAX: f32 = 0.26;
/// Less is a blank sheet.
pub(super) const BLANK: f32 = 0.008;
/// Calmer than this inside, measured by the step at the sides.
const BUSY_MAX: f32 = 0.34;
/// Darker than this and without colour is a keyboard, a telephone.
const DARK: f32 = 70.0;
/// Large and darker than this is a mat, a screen: a sheet so large is light.
const MAT_DARK: f32 = 130.0;
const MAT_SHARE: f32 = 0.3;
/// Sides that do not last are a neighbour's: one sheet may lie close by.
const LASTING_MIN: f32 = 0.3;
/// Colours that differ less than this, as a share, may be one under two lights.
const OFF_LIT: f32 = 0.4;
/// A surface whose slopes are this share of its luma has a texture.
const TEXTURED: f32 = 0.025;
/// The longer side of a strip by its shorter.
const STRIP: f32 = 2.2;
/// A side whose step is this share of the strongest, and an end of which so little is seen.
const PATCHED_EVEN: f32 = 0.4;
const PATCHED_END: f32 = 0.2;
/// A blank sheet's edges are at least so sharp; light's are not.
const CRISP_MIN: f32 = 0.78;
/// So are a light's edges, though stone's grain looks like writing in it.
const SOFT_MAX: f32 = 0.82;
/// A gloss's edge is softer than this, the opposite side sharper than that.
const GLOSS_MAX: f32 = 0.62;
const GLOSS_SHARP: f32 = 0.75;
/// Writing so dense, in a block that steps so little from paper so light, is a block of print.
const DENSE: f32 = 0.12;
const PRINT_STEP_MAX: f32 = 20.0;
const PRINT_LIGHT_MIN: f32 = 130.0;
/// Steeper inside, on the mean, than a sheet without its writing, levels: keys, a pattern.
const SLOPE_MAX: f32 = 15.0;
/// Colour that can be told from none and from a lamp's: levels of chroma, and a share of luma.
const COLOURED: f32 = 4.0;
const COLOURED_SHARE: f32 = 0.11;

/// Whether it is one of these.
pub(super) fn is_thing(coarse: &Coarse, v: &Verified) -> bool {
    if v.busy > BUSY_MAX || is_dark(coarse, v) || is_joint(v) || is_patched(v) || is_gloss(v) {
        return true;
    }
    let writing = writing(coarse, &v.corners);
    let slope =
        v.busy * v.sides.iter().map(|s| s.size).sum::<f32>() / seen(v).count().max(1) as f32;
    if slope > SLOPE_MAX || is_print(v, writing) {
        return true;
    }
    writing > WRITTEN_MAX
        || is_light(coarse, v, writing)
        || (is_strip(v, STRIP) && writing_well_inside(coarse, &v.corners) < BLANK)
}

fn seen(v: &Verified) -> impl Iterator<Item = &Side> {
    v.sides.iter().filter(|s| !s.border)
}

/// How much colour, not light, steps at a side, levels.
fn colour_of(side: &Side) -> f32 {
    side.step[1].hypot(side.step[2]) / 64.0
}

fn is_dark(coarse: &Coarse, v: &Verified) -> bool {
    let inside = luma_inside(&coarse.colours, &v.corners);
    let outside = seen(v).map(|s| s.inside[0] - s.step[0] / 64.0).sum::<f32>();
    let outside = outside / seen(v).count().max(1) as f32;
    let darker = seen(v).filter(|s| s.step[0] < 0.0).count();
    let colour = seen(v).map(colour_of).fold(0.0, f32::max);
    let own = seen(v).map(|s| (s.inside[1] - 128.0).hypot(s.inside[2] - 128.0));
    let is_grey = own.fold(f32::INFINITY, f32::min) < 10.0;
    let (width, height) = coarse.size();
    let share = shape::area(&v.corners) / (width * height) as f32;
    let device = inside < DARK && inside < 0.8 * outside && is_grey;
    device || (darker >= 3 && inside < MAT_DARK && share > MAT_SHARE && colour < 30.0)
}

/// Whether it is the same inside as beyond the lines around it, on two sides or more: but for shade on
/// two that are opposite, as boards are.
fn is_joint(v: &Verified) -> bool {
    let is_board = |k: usize| {
        let opposite = [&v.sides[k], &v.sides[k + 2]];
        opposite.into_iter().all(|s| !s.border && is_lit(s))
    };
    seen(v).filter(|s| s.lasting < LASTING_MIN).count() > 1 || is_board(0) || is_board(1)
}

/// Whether one side is the soft edge of a gloss: the opposite one is sharp. What moves blurs both.
fn is_gloss(v: &Verified) -> bool {
    (0..4).any(|k| {
        let (side, opposite) = (&v.sides[k], &v.sides[(k + 2) % 4]);
        !side.border && !opposite.border && side.crisp < GLOSS_MAX && opposite.crisp > GLOSS_SHARP
    })
}

/// Whether a side is another thing's: it is much weaker than the others, and does not reach a corner.
fn is_patched(v: &Verified) -> bool {
    let sizes = || seen(v).map(|s| s.size);
    let even = sizes().fold(f32::INFINITY, f32::min) / sizes().fold(1.0, f32::max);
    let ends = || seen(v).flat_map(|s| s.end_agree);
    even < PATCHED_EVEN && ends().any(|share| share < PATCHED_END)
}

/// Whether one side is so many times as long as the other; of whole sheets only written ones are.
pub(super) fn is_strip(v: &Verified, times: f32) -> bool {
    ratio(v) > times
}

/// The longer side by the shorter.
pub(super) fn ratio(v: &Verified) -> f32 {
    let side = |k: usize| shape::distance(v.corners[k], v.corners[(k + 1) % 4]);
    let (a, b) = (side(0) + side(2), side(1) + side(3));
    a.max(b) / a.min(b).max(1.0)
}

/// Whether nothing but light changes at the sides: the desk's colour goes on, brighter or darker; or
/// its texture does; or the edges are soft and nothing is written that is not on the desk as well.
fn is_light(coarse: &Coarse, v: &Verified, writing: f32) -> bool {
    let may_be = || seen(v).all(|s| off_lit(s).0 < OFF_LIT);
    let crisp = seen(v).map(|s| s.crisp).sum::<f32>() / seen(v).count().max(1) as f32;
    seen(v).all(is_lit)
        || (crisp < CRISP_MIN && writing < BLANK)
        || (is_soft(v) && may_be() && writing < BLANK + 2.0 * writing_around(coarse, &v.corners))
        || (may_be() && is_textured_on(coarse, v))
}

/// Whether all sides but one are softer than paper's.
fn is_soft(v: &Verified) -> bool {
    seen(v).filter(|s| s.crisp > SOFT_MAX).count() <= 1
}

/// Whether it is a block of print: dense writing that hardly stands out from the light, calm paper around.
fn is_print(v: &Verified, writing: f32) -> bool {
    writing > DENSE
        && seen(v)
            .all(|s| s.size < PRINT_STEP_MAX && s.inside[0] - s.step[0] / 64.0 > PRINT_LIGHT_MIN)
}

/// Whether the texture around it goes on inside.
fn is_textured_on(coarse: &Coarse, v: &Verified) -> bool {
    let outside = texture(coarse, &v.corners, 1.5);
    outside > TEXTURED && {
        let inside = [0.85, 0.55].map(|grown| texture(coarse, &v.corners, grown));
        inside.into_iter().all(|inside| inside > 0.6 * outside)
    }
}

/// The middle slope on a quad's outline, grown about its middle, as a share of luma there.
fn texture(coarse: &Coarse, corners: &[Point; 4], grown: f32) -> f32 {
    const PLACES: usize = 40;
    let middle = shape::between(
        shape::between(corners[0], corners[2], 0.5),
        shape::between(corners[1], corners[3], 0.5),
        0.5,
    );
    let (width, height) = coarse.size();
    let mut slopes = Vec::with_capacity(4 * PLACES);
    for k in 0..4 * PLACES {
        let (a, b) = (corners[k / PLACES], corners[(k / PLACES + 1) % 4]);
        let p = shape::between(a, b, (k % PLACES) as f32 / PLACES as f32);
        let p = shape::between(middle, p, grown);
        if p.x < 3.0 || p.y < 3.0 || p.x > width as f32 - 3.0 || p.y > height as f32 - 3.0 {
            continue;
        }
        let luma = |dx: f32, dy: f32| coarse.colours.at(p.x + dx, p.y + dy)[0];
        let slope = (luma(2.0, 0.0) - luma(-2.0, 0.0)).abs();
        let slope = slope.max((luma(0.0, 2.0) - luma(0.0, -2.0)).abs());
        slopes.push(slope / luma(0.0, 0.0).max(512.0));
    }
    slopes.sort_unstable_by(f32::total_cmp);
    match slopes.len() {
        0..PLACES => 0.0,
        len => slopes[len / 2],
    }
}

/// Light multiplies: chroma grows as luma does.
fn is_lit(side: &Side) -> bool {
    let (off, colour, luma) = off_lit(side);
    colour >= COLOURED.max(COLOURED_SHARE * luma) && off < 0.2
}

/// How far the colour inside is from the colour outside under another light, as a share of it (of the
/// least that can be told where there is none); the colour outside; and the luma there.
pub(super) fn off_lit(side: &Side) -> (f32, f32, f32) {
    let outside: [f32; 3] = std::array::from_fn(|k| side.inside[k] - side.step[k] / 64.0);
    let by = side.inside[0] / outside[0].max(1.0);
    let (cb, cr) = (outside[1] - 128.0, outside[2] - 128.0);
    let (off_b, off_r) = (
        side.inside[1] - 128.0 - by * cb,
        side.inside[2] - 128.0 - by * cr,
    );
    let colour = cb.hypot(cr);
    (
        off_b.hypot(off_r) / (by * colour.max(COLOURED * 2.0)),
        colour,
        outside[0],
    )
}
