//! The picture as the detector looks at it: fine luma (the picture's own pixels, or a whole number of
//! them together when it is larger than needed) with the writing taken off, and coarse channels of half
//! that size, smoothed, in 64ths of a level.

use super::text;
use crate::document::page::{Picture, Plane};

/// The longest side the fine luma may have.
const FINE_MAX: usize = 1_400;
/// The window of the closing at a longest side of 1040 samples.
const TEXT_WINDOW: f32 = 19.0;
/// The same for what chroma planes hold of seals, stamps and coloured rules, in coarse samples.
const CHROMA_WINDOW: usize = 9;

/// Chroma without colour, 64ths of a level.
const NEUTRAL: i16 = 128 * 64;

/// One channel at coarse size, 64ths of a level.
pub(super) struct Channel {
    pub width: usize,
    pub height: usize,
    pub data: Vec<i16>,
}

/// All channels together, to look at single places.
pub(super) struct Colours {
    pub width: usize,
    pub height: usize,
    data: Vec<[i16; 4]>,
}

impl Colours {
    fn of(channels: &[Channel]) -> Colours {
        let (width, height) = (channels[0].width, channels[0].height);
        let data = match channels {
            [luma, cb, cr] => {
                let both = cb.data.iter().zip(&cr.data);
                let all = luma.data.iter().zip(both);
                all.map(|(&y, (&cb, &cr))| [y, cb, cr, 0]).collect()
            }
            _ => channels[0]
                .data
                .iter()
                .map(|&y| [y, NEUTRAL, NEUTRAL, 0])
                .collect(),
        };
        Colours {
            width,
            height,
            data,
        }
    }

    /// The colour nearest to a place, which may lie outside: then the border's.
    pub fn at(&self, x: f32, y: f32) -> [f32; 3] {
        let x = (x.max(0.0) as usize).min(self.width - 1);
        let y = (y.max(0.0) as usize).min(self.height - 1);
        let [luma, cb, cr, _] = self.data[y * self.width + x];
        [f32::from(luma), f32::from(cb), f32::from(cr)]
    }

    /// What a colour is along a direction, between samples; `None` outside.
    pub fn along(&self, x: f32, y: f32, way: [f32; 3]) -> Option<f32> {
        let (x, y) = (x - 0.5, y - 0.5);
        let (left, top) = (x as usize, y as usize);
        if x < 0.0 || y < 0.0 || left + 1 >= self.width || top + 1 >= self.height {
            return None;
        }
        let (fx, fy) = (x - left as f32, y - top as f32);
        let value = |x: usize, y: usize| {
            let [luma, cb, cr, _] = self.data[y * self.width + x].map(f32::from);
            luma * way[0] + cb * way[1] + cr * way[2]
        };
        let mix = |y: usize| value(left, y) * (1.0 - fx) + value(left + 1, y) * fx;
        Some(mix(top) * (1.0 - fy) + mix(top + 1) * fy)
    }
}

pub(super) struct Coarse {
    /// How many of the picture's pixels are one fine sample, in each direction.
    pub factor: usize,
    /// Fine luma as it was.
    pub written: Plane,
    /// Fine luma without writing.
    pub bare: Plane,
    /// Luma first, then Cb and Cr if the picture has colour.
    pub channels: Vec<Channel>,
    pub colours: Colours,
}

impl Coarse {
    /// `None` when the picture is too small to hold a sheet.
    pub fn new(picture: &Picture) -> Option<Coarse> {
        const SMALLEST: usize = 48;
        let long = picture.y.width.max(picture.y.height);
        let factor = long.div_ceil(FINE_MAX).max(1);
        let (width, height) = (picture.y.width / factor, picture.y.height / factor);
        if width < SMALLEST || height < SMALLEST {
            return None;
        }
        let written = match factor {
            1 => picture.y.clone(),
            _ => fit(&picture.y, width, height, factor, factor),
        };
        let bare = text::close(&written, window(width.max(height)));
        let (half_width, half_height) = (width / 2, height / 2);
        let mut channels = vec![smooth(&halve(&bare), half_width, half_height)];
        if let Some([cb, cr]) = &picture.chroma {
            let both = colour(cb, half_width, half_height).zip(colour(cr, half_width, half_height));
            channels.extend(both.into_iter().flat_map(|(cb, cr)| [cb, cr]));
        }
        Some(Coarse {
            factor,
            written,
            bare,
            colours: Colours::of(&channels),
            channels,
        })
    }

    /// Width and height of the coarse channels.
    pub fn size(&self) -> (usize, usize) {
        (self.channels[0].width, self.channels[0].height)
    }
}

fn window(long: usize) -> usize {
    let half = (long as f32 / 1040.0 * TEXT_WINDOW / 2.0).round() as usize;
    half.max(2) * 2 - 1
}

/// A chroma plane at coarse size, without thin lines, brought to 64ths.
fn colour(plane: &Plane, width: usize, height: usize) -> Option<Channel> {
    let (across, down) = (plane.width / width, plane.height / height);
    if across == 0 || down == 0 {
        return None;
    }
    let small = match (across, down) {
        (1, 1) if plane.width == width && plane.height == height => plane.clone(),
        _ => fit(plane, width, height, across, down),
    };
    let clean = text::open(&text::close(&small, CHROMA_WINDOW), CHROMA_WINDOW);
    let quadrupled: Vec<u16> = clean.data.iter().map(|&v| u16::from(v) * 4).collect();
    Some(smooth(&quadrupled, width, height))
}

/// Means of `across` by `down` samples each.
fn fit(plane: &Plane, width: usize, height: usize, across: usize, down: usize) -> Plane {
    let mut out = Plane::filled(width, height, 0);
    let mut sums = vec![0u32; width];
    let count = (across * down) as u32;
    for y in 0..height {
        sums.fill(0);
        for k in 0..down {
            let row = plane.row(y * down + k);
            for (sum, samples) in sums.iter_mut().zip(row.chunks_exact(across)) {
                *sum += samples.iter().map(|&v| u32::from(v)).sum::<u32>();
            }
        }
        let row = &mut out.data[y * width..][..width];
        for (out, sum) in row.iter_mut().zip(&sums) {
            *out = ((sum + count / 2) / count) as u8;
        }
    }
    out
}

/// Sums of 2 by 2 samples.
fn halve(plane: &Plane) -> Vec<u16> {
    let (width, height) = (plane.width / 2, plane.height / 2);
    let mut out = vec![0u16; width * height];
    for (y, out) in out.chunks_exact_mut(width).enumerate() {
        let upper = plane.row(2 * y)[..2 * width].chunks_exact(2);
        let lower = plane.row(2 * y + 1)[..2 * width].chunks_exact(2);
        for ((out, a), b) in out.iter_mut().zip(upper).zip(lower) {
            *out = u16::from(a[0]) + u16::from(a[1]) + u16::from(b[0]) + u16::from(b[1]);
        }
    }
    out
}

/// Weights 1 2 1 in both directions; the border repeats. Quarter levels become 64ths.
fn smooth(quarters: &[u16], width: usize, height: usize) -> Channel {
    let mut data = vec![0i16; width * height];
    let mut column = vec![0u16; width + 2];
    for y in 0..height {
        let above = &quarters[y.saturating_sub(1) * width..][..width];
        let here = &quarters[y * width..][..width];
        let below = &quarters[(y + 1).min(height - 1) * width..][..width];
        let sums = &mut column[1..=width];
        for (((sum, a), b), c) in sums.iter_mut().zip(above).zip(here).zip(below) {
            *sum = a + 2 * b + c;
        }
        column[0] = column[1];
        column[width + 1] = column[width];
        let (left, middle, right) = (&column[..width], &column[1..=width], &column[2..]);
        let row = &mut data[y * width..][..width];
        for (((out, a), b), c) in row.iter_mut().zip(left).zip(middle).zip(right) {
            *out = (a + 2 * b + c) as i16;
        }
    }
    Channel {
        width,
        height,
        data,
    }
}
