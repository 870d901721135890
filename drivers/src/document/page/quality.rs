//! What may be wrong with a page that was straightened: blurred, moved, a lamp in it, cut off, too coarse.
//! Warnings for the operator, never a refusal: the page is there, and only a person knows what matters.
//!
//! The measures are taken where something is written; an empty page has none and gets no warning. The
//! limits come from made-up pages (sharp, moved by 6 pixels, out of focus): no photographs were at hand.

use super::sheet::Fineness;
use super::{Plane, Point};

/// Something that may be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Warning {
    /// Out of focus: no edge of the writing is steep.
    Blurred,
    /// Moved while it was taken: edges are steep in one direction only.
    Moved,
    /// A lamp is reflected: a spot without any texture, brighter than the paper around it.
    Glare,
    /// The picture ended before the sheet did.
    CutOff,
    /// Fewer dots per inch than the archive asks for.
    Coarse,
    /// Enough for ordinary pages, too few for small and close writing.
    CoarseForDense,
}

impl Warning {
    /// Its name in the pages' word lists.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Warning::Blurred => "blurred",
            Warning::Moved => "moved",
            Warning::Glare => "glare",
            Warning::CutOff => "cut_off",
            Warning::Coarse => "coarse",
            Warning::CoarseForDense => "coarse_for_dense",
        }
    }
}

/// What was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Measures {
    /// How much of the greatest possible steepness the edges have, from 0 to 1; `None` when nothing
    /// is written.
    pub sharp: Option<f32>,
    /// The weaker direction's slopes as a share of the stronger's, from 0 to 1; the same.
    pub even: Option<f32>,
    /// Share of the page under reflections.
    pub glare: f32,
}

/// The size at which everything is measured: pixels across the page's narrow side.
const MEASURED: usize = 1_240;
/// Sharper than this is sharp enough.
const SHARP_MIN: f32 = 0.38;
/// More even than this did not move.
const EVEN_MIN: f32 = 0.62;
/// Squares across the page's narrow side in which reflections are looked for, and the least size of
/// one, pixels: in fewer there is no telling texture from none.
const SQUARES: usize = 77;
const SQUARE_MIN: usize = 6;
/// More of the page than this under reflections is told.
const GLARE_MAX: f32 = 0.004;

/// What may be wrong with a page. `fineness` is that of what the camera resolved, not of what the
/// page was enlarged to; `dense` is whether its writing is small and close; `cut` is that of the quad
/// the page was taken from.
#[must_use]
pub fn warnings(luma: &Plane, fineness: Fineness, dense: bool, cut: bool) -> Vec<Warning> {
    let measures = measure(luma);
    let mut warnings = Vec::new();
    let moved = measures.even.is_some_and(|even| even < EVEN_MIN);
    if moved {
        warnings.push(Warning::Moved);
    } else if measures.sharp.is_some_and(|sharp| sharp < SHARP_MIN) {
        warnings.push(Warning::Blurred);
    }
    if measures.glare > GLARE_MAX {
        warnings.push(Warning::Glare);
    }
    if cut {
        warnings.push(Warning::CutOff);
    }
    match fineness {
        Fineness::TooCoarse => warnings.push(Warning::Coarse),
        Fineness::Ordinary if dense => warnings.push(Warning::CoarseForDense),
        Fineness::Ordinary | Fineness::Dense => {}
    }
    warnings
}

/// Measures a page, before it is whitened: whitening hides reflections.
#[must_use]
pub fn measure(luma: &Plane) -> Measures {
    let small = reduced(luma);
    if small.width < 32 || small.height < 32 {
        return Measures::default();
    }
    let (sharp, even) = edges(&small).unzip();
    Measures {
        sharp,
        even,
        glare: glare(&small),
    }
}

/// Whether a lamp shines back from a sheet in a picture, by the rule for pages; for a preview, which
/// has fewer dots of it: it is measured where the picture has them.
#[must_use]
pub fn shines(luma: &Plane, corners: &[Point; 4]) -> bool {
    glare(&laid_flat(luma, corners)) > GLARE_MAX
}

/// The sheet as it would lie, by the nearest pixels: enough to judge light by.
fn laid_flat(luma: &Plane, corners: &[Point; 4]) -> Plane {
    let [a, b, c, d] = *corners;
    let length = |p: Point, q: Point| (p.x - q.x).hypot(p.y - q.y);
    let pixels = |one: f32, other: f32| (one.max(other) as usize).clamp(1, MEASURED);
    let (width, height) = (
        pixels(length(a, b), length(d, c)),
        pixels(length(a, d), length(b, c)),
    );
    let mut flat = Plane::filled(width, height, 0);
    let between = |p: Point, q: Point, at: f32| Point {
        x: p.x + (q.x - p.x) * at,
        y: p.y + (q.y - p.y) * at,
    };
    for v in 0..height {
        let down = (v as f32 + 0.5) / height as f32;
        let (left, right) = (between(a, d, down), between(b, c, down));
        for u in 0..width {
            let place = between(left, right, (u as f32 + 0.5) / width as f32);
            // Saturating: a corner may lie outside the picture.
            let (x, y) = (place.x as usize, place.y as usize);
            if x < luma.width && y < luma.height {
                flat.data[v * width + u] = luma.data[y * luma.width + x];
            }
        }
    }
    flat
}

/// The page at about the size of measuring, by means of whole squares of pixels.
fn reduced(luma: &Plane) -> Plane {
    let factor = (luma.width.min(luma.height) / MEASURED).max(1);
    let (width, height) = (luma.width / factor, luma.height / factor);
    let mut out = Plane::filled(width, height, 0);
    for y in 0..height {
        for x in 0..width {
            let rows = (y * factor..(y + 1) * factor).map(|row| &luma.row(row)[x * factor..]);
            let sum: u32 = rows
                .flat_map(|row| &row[..factor])
                .map(|&v| u32::from(v))
                .sum();
            out.data[y * width + x] = (sum / (factor * factor) as u32) as u8;
        }
    }
    out
}

/// How steep the edges of the writing are, and how even in both directions. `None` when there are too
/// few to say.
///
/// Steepness is the greatest step between neighbours as a share of the whole step over five pixels:
/// 1 for a perfect edge, whatever the contrast; blur spreads it.
fn edges(page: &Plane) -> Option<(f32, f32)> {
    const CONTRAST_MIN: i32 = 40;
    const FEW: usize = 400;
    let mut steep = [Vec::new(), Vec::new()];
    let at = |x: usize, y: usize| i32::from(page.data[y * page.width + x]);
    for y in (3..page.height - 3).step_by(2) {
        for x in 3..page.width - 3 {
            let along: [i32; 6] = std::array::from_fn(|k| at(x + k - 2, y));
            let down: [i32; 6] = std::array::from_fn(|k| at(x, y + k - 2));
            for (values, list) in [along, down].iter().zip(&mut steep) {
                list.extend(steepness(values, CONTRAST_MIN));
            }
        }
    }
    let mut middle = [0.0; 2];
    for (list, middle) in steep.iter_mut().zip(&mut middle) {
        if list.len() < FEW {
            return None;
        }
        // The steepest fifth: serifs and dots are never steep, strokes are when the page is sharp.
        let place = list.len() * 4 / 5;
        let (_, value, _) = list.select_nth_unstable_by(place, f32::total_cmp);
        *middle = *value;
    }
    let [a, b] = middle;
    Some((a.max(b), a.min(b) / a.max(b).max(1e-3)))
}

/// The greatest step between neighbours in the middle, as a share of the step over all; `None` unless
/// the middle is where the six values step most and by enough.
fn steepness(values: &[i32; 6], contrast_min: i32) -> Option<f32> {
    let steps: [i32; 5] = std::array::from_fn(|k| (values[k + 1] - values[k]).abs());
    let whole = values.iter().max()? - values.iter().min()?;
    let is_peak = steps[2] >= steps[1] && steps[2] > steps[3];
    (whole >= contrast_min && is_peak).then(|| steps[2] as f32 / whole as f32)
}

/// The share of squares that are near white, have no texture, and are brighter than the paper around
/// them. A page that is white all over has none: it is not brighter than itself.
fn glare(page: &Plane) -> f32 {
    const WHITE: f32 = 249.0;
    const BRIGHTER: f32 = 9.0;
    /// Squares in each direction that count as around.
    const AROUND: i64 = 9;
    // The same part of the sheet whatever its size in the picture.
    let size = (page.width.min(page.height) / SQUARES).max(SQUARE_MIN);
    let (columns, rows) = (page.width / size, page.height / size);
    if columns == 0 || rows == 0 {
        return 0.0;
    }
    let (means, flat): (Vec<f32>, Vec<bool>) = (0..rows * columns)
        .map(|k| square(page, k % columns * size, k / columns * size, size))
        .unzip();
    let paper_around = |x: i64, y: i64| {
        // Every second one says as much, and a preview has little time.
        let mut around = Vec::with_capacity(100);
        for v in ((y - AROUND).max(0)..(y + AROUND + 1).min(rows as i64)).step_by(2) {
            for u in ((x - AROUND).max(0)..(x + AROUND + 1).min(columns as i64)).step_by(2) {
                around.push(means[v as usize * columns + u as usize]);
            }
        }
        // The brighter half is paper, the darker is written on.
        let place = around.len() * 3 / 5;
        *around.select_nth_unstable_by(place, f32::total_cmp).1
    };
    let is_glare = |k: &usize| {
        flat[*k] && means[*k] > WHITE && {
            let (x, y) = ((k % columns) as i64, (k / columns) as i64);
            means[*k] > paper_around(x, y) + BRIGHTER
        }
    };
    (0..rows * columns).filter(is_glare).count() as f32 / (rows * columns) as f32
}

/// Mean of a square, and whether it has no texture at all, not even a sensor's noise.
fn square(page: &Plane, x: usize, y: usize, size: usize) -> (f32, bool) {
    let (mut sum, mut least, mut most) = (0u32, 255, 0);
    for row in y..y + size {
        for &value in &page.row(row)[x..x + size] {
            sum += u32::from(value);
            least = value.min(least);
            most = value.max(most);
        }
    }
    (sum as f32 / (size * size) as f32, most - least <= 6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::Chance;

    /// Lines of strokes on paper, with a sensor's noise.
    fn page(paper: u8) -> Plane {
        let mut chance = Chance::new(3);
        let (width, height) = (1_240, 900);
        let mut page = Plane::filled(width, height, paper);
        for line in (60..840).step_by(30) {
            for sign in (80..1_150).step_by(20) {
                let (x, y) = (sign + chance.below(6), line + chance.below(4));
                for k in 0..14 {
                    for thick in 0..3 {
                        page.data[(y + k) * width + x + thick] = 40;
                        page.data[(y + thick + 5) * width + x + k] = 40;
                    }
                }
            }
        }
        noisy(page)
    }

    fn noisy(mut page: Plane) -> Plane {
        let mut chance = Chance::new(4);
        for value in &mut page.data {
            *value = value
                .saturating_add(chance.below(7) as u8)
                .saturating_sub(3);
        }
        page
    }

    /// Means over a box.
    fn smeared(page: &Plane, across: usize, down: usize) -> Plane {
        let mut out = page.clone();
        for y in 0..page.height - down {
            for x in 0..page.width - across {
                let rows = (y..y + down).map(|row| &page.row(row)[x..x + across]);
                let sum: usize = rows.flatten().map(|&v| usize::from(v)).sum();
                out.data[y * page.width + x] = (sum / (across * down)) as u8;
            }
        }
        out
    }

    fn doubts(page: &Plane) -> Vec<Warning> {
        warnings(page, Fineness::Dense, true, false)
    }

    #[test]
    fn a_sharp_page_gets_no_warning() {
        assert_eq!(doubts(&page(235)), []);
    }

    #[test]
    fn a_page_out_of_focus_is_blurred_and_one_that_moved_is_moved() {
        let sharp = page(235);
        let blurred = smeared(&smeared(&sharp, 5, 5), 4, 4);
        assert_eq!(doubts(&blurred), [Warning::Blurred]);
        assert_eq!(doubts(&smeared(&sharp, 7, 1)), [Warning::Moved]);
        assert_eq!(doubts(&smeared(&sharp, 1, 7)), [Warning::Moved]);
    }

    #[test]
    fn a_reflection_is_told_and_white_paper_is_none() {
        let mut shiny = page(225);
        for y in 300..480 {
            shiny.data[y * 1_240 + 500..y * 1_240 + 760].fill(255);
        }
        assert_eq!(doubts(&shiny), [Warning::Glare]);
        let white = Plane::filled(1_240, 900, 255);
        assert_eq!(doubts(&white), []);
    }

    #[test]
    fn a_small_preview_says_of_a_reflection_what_the_page_says() {
        let sheet = |width: f32, height: f32| {
            let corner = |x, y| Point { x, y };
            [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)].map(|(x, y)| corner(x, y))
        };
        for lamp in [true, false] {
            let mut page = page(225);
            if lamp {
                for y in 300..480 {
                    page.data[y * 1_240 + 500..y * 1_240 + 760].fill(255);
                }
            }
            // Half and a third of the dots: as much as a preview has of a sheet.
            for factor in [2, 3] {
                let (width, height) = (1_240 / factor, 900 / factor);
                let mut small = Plane::filled(width, height, 0);
                for (k, value) in small.data.iter_mut().enumerate() {
                    *value = page.data[k / width * factor * 1_240 + k % width * factor];
                }
                let corners = sheet(width as f32, height as f32);
                assert_eq!(shines(&small, &corners), lamp, "{factor}");
            }
            let told = doubts(&page).contains(&Warning::Glare);
            assert_eq!(told, lamp, "the page");
        }
    }

    #[test]
    fn what_is_cut_off_or_too_coarse_is_told() {
        let warned = warnings(&page(235), Fineness::TooCoarse, false, true);
        assert_eq!(warned, [Warning::CutOff, Warning::Coarse]);
        let of = |dense| warnings(&page(235), Fineness::Ordinary, dense, false);
        assert_eq!(
            (of(false), of(true)),
            (vec![], vec![Warning::CoarseForDense])
        );
    }

    #[test]
    fn hostile_planes_of_any_size_are_measured() {
        let mut chance = Chance::new(9);
        for (width, height) in [
            (0, 0),
            (1, 1),
            (31, 500),
            (40, 40),
            (3_000, 33),
            (33, 3_000),
        ] {
            let data = chance.bytes(width * height);
            let _ = measure(&Plane {
                width,
                height,
                data,
            });
        }
    }
}
