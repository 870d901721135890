//! Takes writing off a sheet: a morphological closing (the brightest of a window, then the darkest of
//! the same window) fills whatever is darker than its surroundings and narrower than the window.
//! Without it the rules of a printed table win over the sheet's own edges.

use crate::document::page::Plane;

/// The plane without dark things narrower than `window` samples (odd).
pub(super) fn close(plane: &Plane, window: usize) -> Plane {
    let bright = extreme::<Brightest>(plane, window);
    extreme::<Darkest>(&bright, window)
}

/// The plane without bright things narrower than `window` samples (odd).
pub(super) fn open(plane: &Plane, window: usize) -> Plane {
    let dark = extreme::<Darkest>(plane, window);
    extreme::<Brightest>(&dark, window)
}

/// What is kept of a window. `NEUTRAL` pads the border: it never wins.
trait Extreme {
    const NEUTRAL: u8;
    fn of(a: u8, b: u8) -> u8;
}

struct Brightest;
struct Darkest;

impl Extreme for Brightest {
    const NEUTRAL: u8 = 0;
    fn of(a: u8, b: u8) -> u8 {
        a.max(b)
    }
}

impl Extreme for Darkest {
    const NEUTRAL: u8 = 255;
    fn of(a: u8, b: u8) -> u8 {
        a.min(b)
    }
}

fn extreme<E: Extreme>(plane: &Plane, window: usize) -> Plane {
    debug_assert!(window % 2 == 1, "a window has a middle");
    if plane.width == 0 || plane.height == 0 || window < 3 {
        return plane.clone();
    }
    let along = along_rows::<E>(plane, window);
    down_columns::<E>(&along, window)
}

/// Along each row by doubling: windows of 2, 4, 8 … samples, each from two of half the size. The row
/// stays in the first cache, and each step is a loop over plain slices that becomes vector code.
fn along_rows<E: Extreme>(plane: &Plane, window: usize) -> Plane {
    let (width, radius) = (plane.width, window / 2);
    let mut out = Plane::filled(width, plane.height, 0);
    let padded = width + 2 * radius;
    let mut a = vec![E::NEUTRAL; padded];
    let mut b = vec![E::NEUTRAL; padded];
    for y in 0..plane.height {
        a[..radius].fill(E::NEUTRAL);
        a[radius..radius + width].copy_from_slice(plane.row(y));
        a[radius + width..].fill(E::NEUTRAL);
        let mut covered = 1;
        let mut valid = padded;
        while covered < window {
            let step = covered.min(window - covered);
            valid -= step;
            pairwise::<E>(&a[..valid], &a[step..step + valid], &mut b[..valid]);
            std::mem::swap(&mut a, &mut b);
            covered += step;
        }
        out.data[y * width..][..width].copy_from_slice(&a[..width]);
    }
    out
}

fn pairwise<E: Extreme>(a: &[u8], b: &[u8], out: &mut [u8]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = E::of(*a, *b);
    }
}

/// Down the columns by blocks of a window's height (van Herk, Gil and Werman): whatever a window
/// covers is the end of one block and the start of the next, so two running extremes give it.
fn down_columns<E: Extreme>(plane: &Plane, window: usize) -> Plane {
    let (width, height, radius) = (plane.width, plane.height, window / 2);
    let mut out = Plane::filled(width, height, 0);
    // `ends[k]` runs from row k of the block before to its end; `start` from the block's first row.
    let mut ends = vec![E::NEUTRAL; window * width];
    let mut start = vec![E::NEUTRAL; width];
    let rows_needed = height + radius;
    for block in 0..rows_needed.div_ceil(window) {
        let first = block * window;
        start.fill(E::NEUTRAL);
        for k in 0..window {
            let y = first + k;
            if y < height {
                let row = plane.row(y);
                for (start, value) in start.iter_mut().zip(row) {
                    *start = E::of(*start, *value);
                }
            }
            // The window that ends in row y is centred `radius` rows above.
            if (radius..rows_needed).contains(&y) {
                let out = &mut out.data[(y - radius) * width..][..width];
                match ends.get((k + 1) * width..(k + 2) * width) {
                    Some(end) => pairwise::<E>(&start, end, out),
                    None => out.copy_from_slice(&start),
                }
            }
        }
        run_ends::<E>(plane, first, window, &mut ends);
    }
    out
}

fn run_ends<E: Extreme>(plane: &Plane, first: usize, window: usize, ends: &mut [u8]) {
    let width = plane.width;
    let mut below = vec![E::NEUTRAL; width];
    for k in (0..window).rev() {
        if first + k < plane.height {
            for (below, value) in below.iter_mut().zip(plane.row(first + k)) {
                *below = E::of(*below, *value);
            }
        }
        ends[k * width..][..width].copy_from_slice(&below);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::Chance;

    /// The definition, sample by sample.
    fn plain(plane: &Plane, window: usize, brightest: bool) -> Plane {
        let r = (window / 2) as i64;
        let mut out = plane.clone();
        for y in 0..plane.height as i64 {
            for x in 0..plane.width as i64 {
                let inside = (-r..=r).flat_map(|dy| (-r..=r).map(move |dx| (x + dx, y + dy)));
                let inside = inside.filter(|&(x, y)| {
                    (0..plane.width as i64).contains(&x) && (0..plane.height as i64).contains(&y)
                });
                let values = inside.map(|(x, y)| plane.row(y as usize)[x as usize]);
                let value = if brightest {
                    values.max()
                } else {
                    values.min()
                };
                out.data[y as usize * plane.width + x as usize] = value.unwrap();
            }
        }
        out
    }

    #[test]
    fn closing_is_the_brightest_then_the_darkest_of_a_window() {
        let mut chance = Chance::new(1);
        for (width, height, window) in [
            (40, 31, 19),
            (7, 50, 9),
            (33, 5, 19),
            (1, 1, 5),
            (64, 38, 3),
        ] {
            let data = chance.bytes(width * height);
            let plane = Plane {
                width,
                height,
                data,
            };
            let expected = plain(&plain(&plane, window, true), window, false);
            assert_eq!(
                close(&plane, window),
                expected,
                "{width} x {height}, {window}"
            );
            let expected = plain(&plain(&plane, window, false), window, true);
            assert_eq!(
                open(&plane, window),
                expected,
                "{width} x {height}, {window}"
            );
        }
    }

    #[test]
    fn writing_goes_and_the_sheet_stays() {
        let mut plane = Plane::filled(120, 90, 40);
        for y in 10..80 {
            plane.data[y * 120 + 15..y * 120 + 105].fill(230);
        }
        let sheet = plane.clone();
        for y in (20..70).step_by(12) {
            for row in y..y + 4 {
                plane.data[row * 120 + 30..row * 120 + 90].fill(60);
            }
        }
        assert_eq!(close(&plane, 19), sheet);
    }
}
