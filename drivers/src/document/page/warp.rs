//! From a place on the flat page to a place in the picture, and what the picture shows there.
//!
//! The four corners fix a projective map. Along a row of the page it is a fraction of two linear
//! functions, so a sample costs one division; between samples the picture is interpolated
//! linearly, at 1/64 of a pixel. On processors with AVX2 eight samples are taken at a time, by the
//! same operations in the same order: the bytes are equal.

use super::{Picture, Plane, Point};

/// Fractions of a pixel, as a power of two.
const FRACTION_BITS: u32 = 6;
const FRACTIONS: i32 = 1 << FRACTION_BITS;

/// A projective map from the page to the picture, row by row of its matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Map([[f64; 3]; 3]);

impl Map {
    /// The map that takes a page of `width` by `height` pixels to the four corners. `None` when
    /// they are not the picture of a flat sheet: not convex, not clockwise, without area, or not
    /// numbers at all.
    #[must_use]
    pub fn onto(corners: &[Point; 4], width: usize, height: usize) -> Option<Map> {
        let [p0, p1, p2, p3] = corners.map(|p| (f64::from(p.x), f64::from(p.y)));
        let turns = [(p0, p1, p2), (p1, p2, p3), (p2, p3, p0), (p3, p0, p1)];
        // Twice the area of each corner's triangle, in square pixels; NaN is refused too.
        let flat = turns.iter().all(|(a, b, c)| {
            let turn = (b.0 - a.0) * (c.1 - b.1) - (b.1 - a.1) * (c.0 - b.0);
            turn.is_finite() && turn > 4.0
        });
        if !flat || width == 0 || height == 0 {
            return None;
        }
        let (dx1, dx2) = (p1.0 - p2.0, p3.0 - p2.0);
        let (dy1, dy2) = (p1.1 - p2.1, p3.1 - p2.1);
        let (sx, sy) = (p0.0 - p1.0 + p2.0 - p3.0, p0.1 - p1.1 + p2.1 - p3.1);
        let det = dx1 * dy2 - dx2 * dy1;
        let (g, h) = ((sx * dy2 - dx2 * sy) / det, (dx1 * sy - sx * dy1) / det);
        let unit = [
            [p1.0 - p0.0 + g * p1.0, p3.0 - p0.0 + h * p3.0, p0.0],
            [p1.1 - p0.1 + g * p1.1, p3.1 - p0.1 + h * p3.1, p0.1],
            [g, h, 1.0],
        ];
        let (across, down) = (1.0 / width as f64, 1.0 / height as f64);
        Some(Map(unit.map(|[a, b, c]| [a * across, b * down, c])))
    }

    /// The same map between a page and a picture in other units: a page's unit is `page` of the
    /// old ones, a picture's is `picture` of them.
    #[must_use]
    pub fn in_units(self, page: [f64; 2], picture: [f64; 2]) -> Map {
        let [u, v, w] = self.0;
        let scaled =
            |row: [f64; 3], by: f64| [row[0] * page[0] / by, row[1] * page[1] / by, row[2] / by];
        Map([scaled(u, picture[0]), scaled(v, picture[1]), scaled(w, 1.0)])
    }

    /// The way back: from the picture to the page.
    #[must_use]
    pub fn inverted(&self) -> Map {
        let m = self.0;
        // The adjugate: the scale of the whole does not matter.
        Map([0, 1, 2].map(|row| {
            [0, 1, 2].map(|column| {
                let (a, b) = ((column + 1) % 3, (column + 2) % 3);
                let (c, d) = ((row + 1) % 3, (row + 2) % 3);
                m[a][c] * m[b][d] - m[a][d] * m[b][c]
            })
        }))
    }

    /// Where a place of the page is in the picture.
    #[must_use]
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        let [u, v, w] = self.0.map(|[a, b, c]| a * x + b * y + c);
        (u / w, v / w)
    }

    /// The centres of a row's pixels.
    fn row(&self, y: usize) -> Row {
        let y = y as f64 + 0.5;
        let [u, v, w] = self.0.map(|[a, b, c]| (a, a * 0.5 + b * y + c));
        // Half a pixel less: from places to sample numbers.
        let (u, v) = (
            (u.0 - w.0 * 0.5, u.1 - w.1 * 0.5),
            (v.0 - w.0 * 0.5, v.1 - w.1 * 0.5),
        );
        Row {
            start: [u.1 as f32, v.1 as f32, w.1 as f32],
            step: [u.0 as f32, v.0 as f32, w.0 as f32],
        }
    }
}

/// A row's numerators and denominator at its first pixel, and what each pixel adds.
#[derive(Clone, Copy)]
struct Row {
    start: [f32; 3],
    step: [f32; 3],
}

/// Planes of one size that are sampled at the same places.
pub(super) struct Source<'a, const N: usize> {
    planes: [&'a [u8]; N],
    width: usize,
    height: usize,
    map: Map,
}

impl<'a, const N: usize> Source<'a, N> {
    /// `map` leads to these planes. `None` when they have under two rows or columns, or too many.
    pub fn new(planes: [&'a Plane; N], map: Map) -> Option<Source<'a, N>> {
        let (width, height) = (planes[0].width, planes[0].height);
        let fits = (2..1 << 16).contains(&width) && (2..1 << 16).contains(&height);
        let len = width * height;
        let same = planes
            .iter()
            .all(|p| p.width == width && p.data.len() == len);
        (fits && same && i32::try_from(len).is_ok()).then(|| Source {
            planes: planes.map(|plane| plane.data.as_slice()),
            width,
            height,
            map,
        })
    }

    /// Samples the page's row `y` from column `x` on, as many as `out` holds. Places outside the
    /// picture get its nearest sample.
    pub fn sample(&self, x: usize, y: usize, out: [&mut [u8]; N]) {
        let row = self.map.row(y);
        let mut out = out;
        #[cfg(target_arch = "x86_64")]
        let done = match super::wide::avx2() {
            // SAFETY: the processor was just asked whether it has AVX2.
            true => unsafe { self.eights(&row, x, &mut out) },
            false => 0,
        };
        #[cfg(not(target_arch = "x86_64"))]
        let done = 0;
        for at in done..out[0].len() {
            self.one(&row, x + at, at, &mut out);
        }
    }

    /// The last sample number, in fractions, that still has a neighbour.
    fn limits(&self) -> (f32, f32) {
        let limit = |samples: usize| ((samples as i32 - 1) * FRACTIONS - 1) as f32;
        (limit(self.width), limit(self.height))
    }

    #[inline(always)]
    fn one(&self, row: &Row, x: usize, at: usize, out: &mut [&mut [u8]; N]) {
        let (right, bottom) = self.limits();
        let x = x as f32;
        let [u, v, w] = [0, 1, 2].map(|n| row.start[n] + x * row.step[n]);
        let scale = FRACTIONS as f32 / w;
        // `max` first: it turns NaN into 0.
        let place = |value: f32, limit: f32| (value * scale).max(0.0).min(limit) as usize;
        let (u, v) = (place(u, right), place(v, bottom));
        let mask = FRACTIONS as usize - 1;
        let (fx, fy) = ((u & mask) as u32, (v & mask) as u32);
        let corner = (v >> FRACTION_BITS) * self.width + (u >> FRACTION_BITS);
        for (plane, out) in self.planes.iter().zip(out) {
            let pair = |at: usize| {
                let [left, right] = [plane[at], plane[at + 1]].map(u32::from);
                left * (FRACTIONS as u32 - fx) + right * fx
            };
            let (top, low) = (pair(corner), pair(corner + self.width));
            let sum = top * (FRACTIONS as u32 - fy) + low * fy;
            out[at] = ((sum + (1 << (2 * FRACTION_BITS - 1))) >> (2 * FRACTION_BITS)) as u8;
        }
    }

    /// Eight at a time; how many were sampled.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn eights(&self, row: &Row, x: usize, out: &mut [&mut [u8]; N]) -> usize {
        use std::arch::x86_64::*;
        let len = self.planes[0].len() as i32;
        if len < 4 {
            return 0;
        }
        let (right, bottom) = self.limits();
        let eights = out[0].len() / 8;
        let all = |value: i32| _mm256_set1_epi32(value);
        let linear = |n: usize, xs: __m256| {
            let (start, step) = (_mm256_set1_ps(row.start[n]), _mm256_set1_ps(row.step[n]));
            _mm256_add_ps(start, _mm256_mul_ps(xs, step))
        };
        let lanes = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
        let mask = all(FRACTIONS - 1);
        // The lowest byte of each 32-bit lane, to the front.
        let lowest = _mm256_setr_epi8(
            0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, //
            0, 4, 8, 12, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
        );
        for eight in 0..eights {
            let at = eight * 8;
            let xs = _mm256_cvtepi32_ps(_mm256_add_epi32(all((x + at) as i32), lanes));
            let scale = _mm256_div_ps(_mm256_set1_ps(FRACTIONS as f32), linear(2, xs));
            let place = |n: usize, limit: f32| {
                let value = _mm256_mul_ps(linear(n, xs), scale);
                // NaN in the first operand gives the second.
                let low = _mm256_max_ps(value, _mm256_setzero_ps());
                _mm256_cvttps_epi32(_mm256_min_ps(low, _mm256_set1_ps(limit)))
            };
            let (u, v) = (place(0, right), place(1, bottom));
            let (fx, fy) = (_mm256_and_si256(u, mask), _mm256_and_si256(v, mask));
            let column = _mm256_srli_epi32::<{ FRACTION_BITS as i32 }>(u);
            let line = _mm256_srli_epi32::<{ FRACTION_BITS as i32 }>(v);
            let top = _mm256_add_epi32(_mm256_mullo_epi32(line, all(self.width as i32)), column);
            let low = _mm256_add_epi32(top, all(self.width as i32));
            // Four bytes are read where two are needed: at the very end they are read from
            // earlier, and moved.
            let kept = _mm256_min_epi32(low, all(len - 4));
            let moved = _mm256_slli_epi32::<3>(_mm256_sub_epi32(low, kept));
            let rest = |part: __m256i| _mm256_sub_epi32(all(FRACTIONS), part);
            let across = _mm256_or_si256(rest(fx), _mm256_slli_epi32::<8>(fx));
            let down = _mm256_or_si256(rest(fy), _mm256_slli_epi32::<16>(fy));
            for (plane, out) in self.planes.iter().zip(out.iter_mut()) {
                let base = plane.as_ptr().cast::<i32>();
                // SAFETY: `u` and `v` were kept within the plane, so `top` is at most
                // len - width - 2, and width is at least 2; `kept` is at most len - 4.
                let (above, below) = unsafe {
                    (
                        _mm256_i32gather_epi32::<1>(base, top),
                        _mm256_i32gather_epi32::<1>(base, kept),
                    )
                };
                let below = _mm256_srlv_epi32(below, moved);
                // The two further bytes have weight 0, so each lane's upper half is 0.
                let above = _mm256_maddubs_epi16(above, across);
                let below = _mm256_maddubs_epi16(below, across);
                let both = _mm256_or_si256(above, _mm256_slli_epi32::<16>(below));
                let sum = _mm256_madd_epi16(both, down);
                let half = all(1 << (2 * FRACTION_BITS - 1));
                let sum = _mm256_add_epi32(sum, half);
                let sum = _mm256_srli_epi32::<{ 2 * FRACTION_BITS as i32 }>(sum);
                let bytes = _mm256_shuffle_epi8(sum, lowest);
                let first = _mm256_extract_epi32::<0>(bytes).to_ne_bytes();
                let second = _mm256_extract_epi32::<4>(bytes).to_ne_bytes();
                out[at..at + 4].copy_from_slice(&first);
                out[at + 4..at + 8].copy_from_slice(&second);
            }
        }
        eights * 8
    }
}

/// How a picture's chroma lies to its luma: samples of luma for one of chroma, across and down.
pub(super) fn chroma_step(picture: &Picture) -> Option<[f64; 2]> {
    let [cb, _] = picture.chroma.as_ref()?;
    let step = |whole: usize, part: usize| if part < whole { 2.0 } else { 1.0 };
    Some([
        step(picture.y.width, cb.width),
        step(picture.y.height, cb.height),
    ])
}

#[cfg(test)]
#[path = "warp/tests.rs"]
mod tests;
