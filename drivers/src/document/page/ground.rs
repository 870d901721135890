//! The light on the paper, and how to take it away.
//!
//! Paper is what is brightest near a place. Its light is estimated in cells of 16 by 16 pixels of
//! the flat page: the mean of each cell, then the brightest of its neighbourhood (so that text
//! does not count), then smooth. Dividing by it makes paper white in sun and shade alike; a
//! straight tone curve then sets ink apart. Chroma is divided by the same light after the paper's
//! own tint is taken off, and fades where luma is past white: exactly there red, green and blue
//! would all be clipped.
//!
//! Everything is fixed point: the light's inverse times the curve's slope is one number a cell,
//! interpolated between the cells' centres, and a pixel costs one multiplication.

use super::warp::{Map, Source, chroma_step};
use super::wide::wide;
use super::{Picture, Plane};

/// Side of a cell, pixels of the flat page.
pub(super) const CELL: usize = 16;
/// Samples across a cell whose mean is taken.
const SAMPLES: usize = 4;
/// Cells to each side among which the brightest counts as paper.
const BRIGHTEST_REACH: usize = 2;
/// Cells to each side over which light is smoothed.
const SMOOTH_REACH: usize = 3;
/// Cells to each side over which the paper's tint is averaged.
const TINT_REACH: usize = 8;
/// Light below this part of the page's brightest tenth is a dark picture, not paper in the shade.
const SHADE_LIMIT: f32 = 0.4;
/// A cell this near to the light is paper, for the tint.
const PAPER: f32 = 0.9;
/// The strongest tint a paper may have.
const TINT_LIMIT: f32 = 40.0;
/// What of the paper's light comes out black, and how much steeper the curve is than dividing.
const BLACK: f32 = 0.12;
const SLOPE: f32 = 1.25;
/// Bits after the point of a gain.
const GAIN_BITS: u32 = 10;
/// The curve's foot, in levels after the slope.
const FOOT: u16 = (BLACK * SLOPE * 255.0) as u16;
/// Levels after the slope, before the foot is taken off, between which colour fades: white, and
/// what paper has.
const FADE_FROM: i16 = 296;
const FADE_STEPS: i16 = 16;

/// The light on a page, ready to be taken away.
pub struct Ground {
    across: usize,
    down: usize,
    gain: Vec<i16>,
    tint: [Vec<i16>; 2],
}

impl Ground {
    /// Estimates the light on a page of `width` by `height` pixels from a small copy of the
    /// picture; `map` leads from the page to the small copy. `None` when that is too small.
    #[must_use]
    pub fn of(small: &Picture, map: Map, width: usize, height: usize) -> Option<Ground> {
        let (across, down) = (width.div_ceil(CELL), height.div_ceil(CELL));
        let luma = cells([&small.y], map, [1.0, 1.0], across, down)?;
        let means: Vec<f32> = luma[0].data.iter().map(|mean| f32::from(*mean)).collect();
        let grid = Grid { across, down };
        let mut light = grid.brightest(&means);
        light = grid.smooth(&light, SMOOTH_REACH);
        let floor = (SHADE_LIMIT * bright(&light)).max(1.0);
        light.iter_mut().for_each(|cell| *cell = cell.max(floor));
        let gain = |cell: &f32| 255.0 / cell * SLOPE;
        let tint = match (&small.chroma, chroma_step(small)) {
            (Some([cb, cr]), Some(step)) => {
                let chroma = cells([cb, cr], map, step, across, down)?;
                let is_paper =
                    |(mean, light): (&f32, &f32)| f32::from(u8::from(*mean > PAPER * light));
                let paper: Vec<f32> = means.iter().zip(&light).map(is_paper).collect();
                chroma.map(|plane| {
                    let tint = grid.tint(&plane, &paper);
                    // Per level of luma after the slope, 10 bits after the point.
                    let fixed = |(tint, light): (&f32, &f32)| {
                        (tint * gain(light) / (SLOPE * 255.0) * 1024.0).round() as i16
                    };
                    tint.iter().zip(&light).map(fixed).collect()
                })
            }
            _ => [vec![0; across * down], vec![0; across * down]],
        };
        let gain = light
            .iter()
            .map(|cell| (gain(cell) * (1 << GAIN_BITS) as f32) as i16);
        Some(Ground {
            across,
            down,
            gain: gain.collect(),
            tint,
        })
    }

    /// The gains of the pixels of row `y`, one for each of `out`.
    pub(super) fn gains(&self, y: usize, out: &mut Vec<i16>) {
        self.between::<CELL>(&self.gain, y, out);
    }

    /// Gains and tints of row `y` of chroma at half size.
    pub(super) fn half(&self, y: usize, out: &mut [Vec<i16>; 3]) {
        let [gain, cb, cr] = out;
        self.between::<{ CELL / 2 }>(&self.gain, y, gain);
        self.between::<{ CELL / 2 }>(&self.tint[0], y, cb);
        self.between::<{ CELL / 2 }>(&self.tint[1], y, cr);
    }

    /// One row of values between the cells' centres. `out` begins half a cell before the page:
    /// [`on_page`] cuts that off.
    fn between<const SIDE: usize>(&self, values: &[i16], y: usize, out: &mut Vec<i16>) {
        // In halves of a pixel: centres are at odd multiples of SIDE.
        let above = (2 * y + 1 + SIDE) / (2 * SIDE);
        let part = ((2 * y + 1 + SIDE) % (2 * SIDE)) as i32;
        let row = |n: usize| {
            &values[n.clamp(1, self.down).saturating_sub(1) * self.across..][..self.across]
        };
        let (top, low) = (row(above), row(above + 1));
        let at = |x: usize| {
            let x = x.clamp(1, self.across) - 1;
            let (top, low) = (i32::from(top[x]), i32::from(low[x]));
            (top + (low - top) * part / (2 * SIDE) as i32) as i16
        };
        let centres: Vec<i16> = (0..self.across + 2).map(at).collect();
        out.resize((self.across + 1) * SIDE, 0);
        spread(out, &centres, SIDE);
    }
}

/// The part of a row of [`Ground`] that is on the page.
pub(super) fn on_page<const SIDE: usize>(row: &[i16]) -> &[i16] {
    &row[SIDE / 2..]
}

/// The mean of each cell, of planes that have one sample for `step` of luma.
fn cells<const N: usize>(
    planes: [&Plane; N],
    map: Map,
    step: [f64; 2],
    across: usize,
    down: usize,
) -> Option<[Plane; N]> {
    let page = (CELL / SAMPLES) as f64;
    let source = Source::new(planes, map.in_units([page, page], step))?;
    let mut samples = [0; N].map(|_| Plane::filled(across * SAMPLES, down * SAMPLES, 0));
    for y in 0..down * SAMPLES {
        let width = across * SAMPLES;
        let rows = samples
            .each_mut()
            .map(|plane| &mut plane.data[y * width..][..width]);
        source.sample(0, y, rows);
    }
    Some(samples.map(|plane| plane.reduced_by(SAMPLES, SAMPLES)))
}

/// The value that nine cells in ten do not pass.
fn bright(light: &[f32]) -> f32 {
    let mut sorted = light.to_vec();
    let at = sorted.len() * 9 / 10;
    let (_, value, _) = sorted.select_nth_unstable_by(at.min(light.len() - 1), f32::total_cmp);
    *value
}

/// The size of a grid of cells.
struct Grid {
    across: usize,
    down: usize,
}

impl Grid {
    /// Of each cell and its neighbours the brightest.
    fn brightest(&self, cells: &[f32]) -> Vec<f32> {
        let brightest = |line: &[f32]| line.iter().copied().fold(0.0, f32::max);
        self.both_ways(cells, BRIGHTEST_REACH, brightest)
    }

    /// Of each cell and its neighbours the mean.
    fn smooth(&self, cells: &[f32], reach: usize) -> Vec<f32> {
        let mean = |line: &[f32]| line.iter().sum::<f32>() / line.len() as f32;
        self.both_ways(cells, reach, mean)
    }

    /// The paper's tint around each cell: the mean of the cells that are paper, held towards the
    /// whole page's where there are few.
    fn tint(&self, chroma: &Plane, paper: &[f32]) -> Vec<f32> {
        let tinted = chroma.data.iter().zip(paper);
        let tinted: Vec<f32> = tinted.map(|(c, p)| (f32::from(*c) - 128.0) * p).collect();
        let count: f32 = paper.iter().sum();
        let whole = tinted.iter().sum::<f32>() / count.max(1.0);
        let near = self.smooth(&tinted, TINT_REACH);
        let share = self.smooth(paper, TINT_REACH);
        const HOLD: f32 = 0.05;
        let tint = |(near, share): (&f32, &f32)| {
            ((near + whole * HOLD) / (share + HOLD)).clamp(-TINT_LIMIT, TINT_LIMIT)
        };
        near.iter().zip(&share).map(tint).collect()
    }

    /// Carries `of` out over every line of cells across, then down.
    fn both_ways(&self, cells: &[f32], reach: usize, of: impl Fn(&[f32]) -> f32) -> Vec<f32> {
        let along = |line: &[f32], out: &mut [f32]| {
            for (at, out) in out.iter_mut().enumerate() {
                let end = (at + reach + 1).min(line.len());
                *out = of(&line[at.saturating_sub(reach)..end]);
            }
        };
        let mut out = vec![0.0; cells.len()];
        for (line, out) in cells.chunks(self.across).zip(out.chunks_mut(self.across)) {
            along(line, out);
        }
        let (mut column, mut made) = (vec![0.0; self.down], vec![0.0; self.down]);
        for x in 0..self.across {
            let places = (0..self.down).map(|y| y * self.across + x);
            places
                .clone()
                .zip(&mut column)
                .for_each(|(at, cell)| *cell = out[at]);
            along(&column, &mut made);
            places.zip(&made).for_each(|(at, cell)| out[at] = *cell);
        }
        out
    }
}

wide! {
    /// Values between the cells' centres, `side` from one to the next.
    fn spread(out: &mut [i16], centres: &[i16], side: usize) {
        match side {
            CELL => spread_by::<CELL>(out, centres),
            _ => spread_by::<{ CELL / 2 }>(out, centres),
        }
    }
}

#[inline(always)]
fn spread_by<const SIDE: usize>(out: &mut [i16], centres: &[i16]) {
    for (out, pair) in out
        .as_chunks_mut::<SIDE>()
        .0
        .iter_mut()
        .zip(centres.array_windows())
    {
        let [left, right] = pair.map(i32::from);
        let (start, step) = (left * 2 * SIDE as i32, right - left);
        for (n, out) in out.iter_mut().enumerate() {
            *out = ((start + step * (2 * n as i32 + 1)) >> (2 * SIDE).trailing_zeros()) as i16;
        }
    }
}

/// A sample of luma after the slope, before the foot is taken off.
#[inline(always)]
fn lit(luma: u8, gain: i16) -> u16 {
    let product = u32::from(u16::from(luma) << (16 - GAIN_BITS)) * u32::from(gain as u16);
    (product >> 16) as u16
}

wide! {
    /// Takes the light off a row of luma.
    pub(super) fn whiten_luma(row: &mut [u8], gains: &[i16]) {
        for (luma, gain) in row.iter_mut().zip(gains) {
            *luma = lit(*luma, *gain).saturating_sub(FOOT).min(255) as u8;
        }
    }
}

wide! {
    /// Takes light and tint off a row of chroma; `luma` is as it was before, at chroma's size.
    pub(super) fn whiten_chroma(row: &mut [u8], luma: &[u8], gains: &[i16], tints: &[i16]) {
        let high = |a: i16, b: i16| ((i32::from(a) * i32::from(b)) >> 16) as i16;
        for (((chroma, luma), gain), tint) in row.iter_mut().zip(luma).zip(gains).zip(tints) {
            let lit = lit(*luma, *gain).min(511) as i16;
            let own = high((i16::from(*chroma) - 128) << (16 - GAIN_BITS), *gain);
            let pure = own - high(lit << 6, *tint);
            let fade = (FADE_FROM + FADE_STEPS - lit).clamp(0, FADE_STEPS);
            let kept = (pure.clamp(-512, 511) * fade + FADE_STEPS / 2) >> 4;
            *chroma = (128 + kept).clamp(0, 255) as u8;
        }
    }
}

wide! {
    /// The means of two by two samples of luma; `rows` may be one row twice.
    pub(super) fn halve(out: &mut [u8], top: &[u8], low: &[u8]) {
        let ((top, top_rest), (low, low_rest)) = (top.as_chunks::<2>(), low.as_chunks::<2>());
        for ((out, a), b) in out.iter_mut().zip(top).zip(low) {
            let sum = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
            *out = ((sum + 2) >> 2) as u8;
        }
        if let ([a], [b], Some(out)) = (top_rest, low_rest, out.get_mut(top.len())) {
            *out = ((u16::from(*a) + u16::from(*b) + 1) >> 1) as u8;
        }
    }
}

#[cfg(test)]
#[path = "ground/tests.rs"]
mod tests;
