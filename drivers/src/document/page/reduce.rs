//! A picture made small by whole factors: every new sample is the mean of a box of old ones.
//!
//! What looks for sheets, text or light works on the small one: a sixteenth of the samples, and
//! less noise in each.

use super::wide::wide;
use super::{Picture, Plane};

/// The largest factor: the sums of one column of a box stay within 16 bits.
const FACTOR_LIMIT: usize = 256;

/// A small picture and how it came about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reduced {
    /// The picture.
    pub picture: Picture,
    /// A place in it, times this, is the place in the picture it was made from.
    pub factor: usize,
}

impl Plane {
    /// The means of boxes of `across` by `down` samples; boxes at the right and bottom edge may
    /// hold fewer. Factors are between 1 and 256.
    #[must_use]
    pub fn reduced_by(&self, across: usize, down: usize) -> Plane {
        let (across, down) = (across.clamp(1, FACTOR_LIMIT), down.clamp(1, FACTOR_LIMIT));
        if (across, down) == (1, 1) || self.data.is_empty() {
            return self.clone();
        }
        let width = self.width.div_ceil(across);
        let height = self.height.div_ceil(down);
        let mut small = Plane::filled(width, height, 0);
        let mut sums = vec![0_u16; self.width];
        for (y, out) in small.data.chunks_exact_mut(width).enumerate() {
            let rows = y * down..((y + 1) * down).min(self.height);
            sums.fill(0);
            rows.clone().for_each(|y| add(&mut sums, self.row(y)));
            means(out, &sums, across, rows.len());
        }
        small
    }
}

impl Picture {
    /// The picture at a whole fraction of its size, its longer side at most `long_side` (unless
    /// that takes a factor over 256). Chroma comes out at luma's size where the factor is even.
    #[must_use]
    pub fn reduced(&self, long_side: usize) -> Reduced {
        let longer = self.y.width.max(self.y.height);
        let factor = longer.div_ceil(long_side.max(1)).clamp(1, FACTOR_LIMIT);
        Reduced {
            picture: self.reduced_by(factor),
            factor,
        }
    }

    /// The picture at this fraction of its size.
    #[must_use]
    pub fn reduced_by(&self, factor: usize) -> Picture {
        let chroma = self.chroma.as_ref().map(|planes| {
            // Half-size chroma needs half the factor only, if that is whole.
            let of = |whole: usize, part: usize| match factor.is_multiple_of(2) && part < whole {
                true => factor / 2,
                false => factor,
            };
            let [cb, cr] = planes;
            let across = of(self.y.width, cb.width);
            let down = of(self.y.height, cb.height);
            [cb.reduced_by(across, down), cr.reduced_by(across, down)]
        });
        Picture {
            y: self.y.reduced_by(factor, factor),
            chroma,
        }
    }
}

wide! {
    fn add(sums: &mut [u16], row: &[u8]) {
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += u16::from(*value);
        }
    }
}

wide! {
    fn means(out: &mut [u8], sums: &[u16], across: usize, down: usize) {
        let whole = match across {
            2 => boxes::<2>(out, sums, down),
            4 => boxes::<4>(out, sums, down),
            8 => boxes::<8>(out, sums, down),
            _ => 0,
        };
        let rest = sums[whole * across..].chunks(across);
        for (mean, column) in out[whole..].iter_mut().zip(rest) {
            let sum: u32 = column.iter().map(|sum| u32::from(*sum)).sum();
            let count = (column.len() * down) as u32;
            *mean = ((sum + count / 2) / count) as u8;
        }
    }
}

/// The means of whole boxes of a known width, by multiplying; how many there were.
#[inline(always)]
fn boxes<const ACROSS: usize>(out: &mut [u8], sums: &[u16], down: usize) -> usize {
    let count = (ACROSS * down) as u32;
    if !count.is_power_of_two() {
        return 0;
    }
    let (half, shift) = (count / 2, count.trailing_zeros());
    let (columns, _) = sums.as_chunks::<ACROSS>();
    for (mean, column) in out.iter_mut().zip(columns) {
        let sum: u32 = column.iter().map(|sum| u32::from(*sum)).sum();
        *mean = ((sum + half) >> shift) as u8;
    }
    columns.len().min(out.len())
}

#[cfg(test)]
mod tests {
    use super::super::wide::plainly;
    use super::*;
    use crate::hostile::Chance;

    fn noise(width: usize, height: usize) -> Plane {
        let data = Chance::new(7).bytes(width * height);
        Plane {
            width,
            height,
            data,
        }
    }

    /// By definition, one box at a time.
    fn slowly(plane: &Plane, across: usize, down: usize) -> Plane {
        let (width, height) = (plane.width.div_ceil(across), plane.height.div_ceil(down));
        let mut out = Plane::filled(width, height, 0);
        for y in 0..height {
            for x in 0..width {
                let xs = x * across..((x + 1) * across).min(plane.width);
                let ys = y * down..((y + 1) * down).min(plane.height);
                let count = xs.len() * ys.len();
                let sum: usize = ys
                    .flat_map(|y| xs.clone().map(move |x| (x, y)))
                    .map(|(x, y)| usize::from(plane.row(y)[x]))
                    .sum();
                out.data[y * width + x] = ((sum + count / 2) / count) as u8;
            }
        }
        out
    }

    #[test]
    fn each_new_sample_is_the_mean_of_its_box_whatever_the_size() {
        for (width, height) in [(1, 1), (3, 5), (64, 48), (131, 77)] {
            let plane = noise(width, height);
            for (across, down) in [
                (1, 1),
                (2, 1),
                (2, 2),
                (3, 3),
                (4, 4),
                (5, 2),
                (8, 8),
                (256, 256),
            ] {
                let small = plane.reduced_by(across, down);
                assert_eq!(
                    small.data,
                    slowly(&plane, across, down).data,
                    "{across} {down}"
                );
                assert_eq!(small, plainly(|| plane.reduced_by(across, down)));
            }
        }
    }

    #[test]
    fn a_reduced_picture_says_where_its_places_were() {
        let half = || noise(401, 301);
        let picture = Picture {
            y: noise(801, 601),
            chroma: Some([half(), half()]),
        };
        let small = picture.reduced(201);
        assert_eq!((small.factor, small.picture.y.width), (4, 201));
        let [cb, _] = small.picture.chroma.unwrap();
        assert_eq!((cb.width, cb.height), (201, 151));
        let odd = picture.reduced(267);
        let [cb, _] = odd.picture.chroma.unwrap();
        assert_eq!((odd.factor, odd.picture.y.width, cb.width), (3, 267, 134));
    }
}
