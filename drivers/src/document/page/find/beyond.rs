//! What lies beyond a quad's corners, in line with its sides: where another edge runs on there, of other
//! colours, something lies over the sheet, or the quad is not all of it.

use super::coarse::Coarse;
use super::shape;
use super::side::{dot, minus};
use super::verify::Verified;
use crate::document::page::Point;

/// Beyond one end of a side another edge steps so much, levels, and so unlike the side, as a share of it.
const OTHER_STEP: f32 = 14.0;
const OTHER_UNLIKE: f32 = 0.35;
/// What lies over the sheet is so unlike what is beyond its other sides, levels.
const OTHER_OUTSIDE: f32 = 22.0;
/// A desk without a pattern changes less than this, on the mean, from place to place around the sheet,
/// levels; looked at so far outside, coarse samples.
const CALM: f32 = 5.0;
const CALM_AWAY: f32 = 7.0;
/// A band beyond a side steps so much at its ends, levels, alike at both (a cosine), at places so far from
/// the corner and the line.
const BAND_STEP: f32 = 7.0;
const BAND_ALIKE: f32 = 0.85;
const BAND_PLACES: [f32; 5] = [3.5, 4.5, 5.5, 6.5, 7.5];
const BAND_AWAY: f32 = 3.0;

/// Whether another edge runs on beyond a corner. On a patterned desk lines run on anywhere and tell nothing.
pub(super) fn goes_on(coarse: &Coarse, v: &Verified) -> bool {
    is_calm_around(coarse, v) && has_another_edge(coarse, v)
}

/// Whether a side's line goes on beyond an end, there between other colours: it is the edge of what
/// lies over the sheet, or below it. Or whether both neighbours' do: a tinted head, whose colour is near the
/// desk's, is left out, or the next sheet is taken in.
fn has_another_edge(coarse: &Coarse, v: &Verified) -> bool {
    let corner = |k: usize| v.corners[k % 4];
    let beyond = |from: usize, to: usize, inner: usize| {
        step_beyond(coarse, corner(from), corner(to), corner(inner))
    };
    let size = |step: [f32; 3]| dot(step, step).sqrt();
    let is_band = |both: [Option<[f32; 3]>; 2]| match both {
        [Some(first), Some(last)] => {
            let (one, other) = (size(first), size(last));
            one.min(other) > BAND_STEP && dot(first, last) > BAND_ALIKE * one * other
        }
        _ => false,
    };
    (0..4).filter(|&k| !v.sides[k].border).any(|k| {
        let own = [beyond(k + 1, k, k + 3), beyond(k, k + 1, k + 2)];
        let neighbours = [beyond(k + 3, k, k + 1), beyond(k + 2, k + 1, k)];
        // The next sheet's edge steps as this one's does, where they lie in line.
        let step = v.sides[k].step.map(|value| value / 64.0);
        let is_other = |beyond: [f32; 3]| {
            size(beyond) > OTHER_STEP && size(minus(beyond, step)) > OTHER_UNLIKE * size(step)
        };
        let is_odd = || {
            let apart =
                |n: usize| size(minus(v.sides[k].outside(), v.sides[(k + n) % 4].outside()));
            (1..4).all(|n| v.sides[(k + n) % 4].border || apart(n) > OTHER_OUTSIDE)
        };
        (is_odd() && own.into_iter().flatten().any(is_other)) || is_band(own) || is_band(neighbours)
    })
}

/// Whether the desk has no pattern of its own, whose lines may run on anywhere.
fn is_calm_around(coarse: &Coarse, v: &Verified) -> bool {
    const EACH: usize = 24;
    let (width, height) = coarse.size();
    let (mut sum, mut count) = (0.0, 0);
    for k in (0..4).filter(|&k| !v.sides[k].border) {
        let (a, b) = (v.corners[k], v.corners[(k + 1) % 4]);
        let length = shape::distance(a, b).max(1e-3);
        let outward = ((b.y - a.y) / length, (a.x - b.x) / length);
        let places = (0..=EACH).map(|n| {
            let p = shape::between(a, b, n as f32 / EACH as f32);
            (p.x + outward.0 * CALM_AWAY, p.y + outward.1 * CALM_AWAY)
        });
        let inside = |p: &(f32, f32)| {
            (0.0..width as f32).contains(&p.0) && (0.0..height as f32).contains(&p.1)
        };
        let colours: Vec<[f32; 3]> = places
            .filter(inside)
            .map(|(x, y)| coarse.colours.at(x, y).map(|value| value / 64.0))
            .collect();
        for pair in colours.windows(2) {
            let apart = minus(pair[0], pair[1]);
            sum += dot(apart, apart).sqrt();
            count += 1;
        }
    }
    sum < CALM * count as f32
}

/// The step of colour across the line from one corner through the next, some way beyond that, towards the
/// side of a third corner; levels. `None` where it is not the same all along.
fn step_beyond(coarse: &Coarse, from: Point, corner: Point, inner: Point) -> Option<[f32; 3]> {
    let length = shape::distance(from, corner).max(1e-3);
    let way = ((corner.x - from.x) / length, (corner.y - from.y) / length);
    let across = match shape::turn(from, corner, inner) > 0.0 {
        true => (-way.1, way.0),
        false => (way.1, -way.0),
    };
    let steps = BAND_PLACES.map(|far| {
        let (x, y) = (corner.x + way.0 * far, corner.y + way.1 * far);
        let colour = |away: f32| coarse.colours.at(x + across.0 * away, y + across.1 * away);
        minus(colour(BAND_AWAY), colour(-BAND_AWAY)).map(|v| v / 64.0)
    });
    let last = BAND_PLACES[BAND_PLACES.len() - 1];
    let (x, y) = (corner.x + way.0 * last, corner.y + way.1 * last);
    let (width, height) = coarse.size();
    let inside = (4.0..width as f32 - 4.0).contains(&x) && (4.0..height as f32 - 4.0).contains(&y);
    let mean = steps.iter().fold([0.0; 3], |sum, s| {
        std::array::from_fn(|c| sum[c] + s[c] / steps.len() as f32)
    });
    let size = dot(mean, mean).sqrt();
    let alike = steps.iter().all(|s| dot(*s, mean) > 0.5 * size * size);
    (inside && alike).then_some(mean)
}

#[cfg(test)]
mod tests {
    use crate::document::page::find::{Options, sheets};
    use crate::document::page::{Picture, Plane, Quad};

    fn found(things: &[([usize; 4], u8)]) -> Vec<Quad> {
        let mut y = Plane::filled(800, 600, 70);
        for &([x0, y0, x1, y1], luma) in things {
            for row in y0..y1 {
                y.data[row * 800 + x0..row * 800 + x1].fill(luma);
            }
        }
        sheets(&Picture { y, chroma: None }, &Options::default())
    }

    #[test]
    fn what_a_folder_leaves_of_a_sheet_is_no_sheet() {
        let letter = ([300, 120, 620, 500], 225);
        assert_eq!(found(&[letter]).len(), 1);
        let folder = ([60, 90, 360, 530], 110);
        let given = found(&[letter, folder]);
        let is_letter = |quad: &Quad| quad.corners.iter().any(|p| p.x > 600.0);
        assert!(!given.iter().any(is_letter), "{given:?}");
    }

    #[test]
    fn a_form_is_not_given_without_its_head_of_nearly_the_desks_colour() {
        let form = ([150, 100, 650, 500], 225);
        let head = ([150, 100, 200, 500], 86);
        let given = found(&[form, head]);
        assert!(
            !given.iter().any(|q| q.corners.iter().all(|p| p.x > 190.0)),
            "{given:?}"
        );
    }
}
