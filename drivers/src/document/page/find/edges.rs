//! Where a channel steps: places of greatest slope, one sample thin, with the slope's direction.

use std::f32::consts::{FRAC_PI_2, FRAC_PI_4, PI, TAU};

use super::coarse::Channel;

/// The slope that counts where nothing is noisy, in 64ths of a level over two samples.
const SLOPE_MIN: u16 = 150;
/// However rough the desk is, a slope this steep counts.
const SLOPE_ENOUGH: u16 = 560;
/// Rough means so many times the middle slope of the whole channel.
const ROUGH: u16 = 4;
/// Places kept, the steepest first: bounds the time whatever the picture holds.
const PLACES_MAX: usize = 18_000;

/// One place of greatest slope.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub x: u16,
    pub y: u16,
    /// Unit vector towards the brighter side.
    pub toward: (f32, f32),
    pub slope: u16,
}

pub(super) struct Edges {
    pub width: usize,
    pub height: usize,
    pub list: Vec<Edge>,
    /// One more than the place's number in the list, 0 where there is none; rows of `width`.
    at: Vec<u32>,
    /// One more than the sector its direction is in, 0 where there is none; rows of `width`.
    sectors: Vec<u8>,
}

/// Sectors of the full turn.
const SECTORS: usize = 64;

/// The sectors that are wanted; the first place stands for no edge.
pub(super) type Sectors = [bool; SECTORS + 1];

/// Those whose middle is so near a direction that the cosine between is above a limit.
pub(super) fn sectors_near(toward: (f32, f32), cosine: f32) -> Sectors {
    std::array::from_fn(|k| {
        let angle = (k as f32 - 0.5) / SECTORS as f32 * TAU;
        k > 0 && angle.cos() * toward.0 + angle.sin() * toward.1 > cosine
    })
}

/// The sector a direction is in; a polynomial stands for the arc tangent, right to a quarter degree.
fn sector((x, y): (f32, f32)) -> u8 {
    let (across, down) = (x.abs(), y.abs());
    let t = across.min(down) / across.max(down).max(1e-6);
    let octant = t * (FRAC_PI_4 + 0.273 * (1.0 - t));
    let quadrant = if down > across {
        FRAC_PI_2 - octant
    } else {
        octant
    };
    let half = if x < 0.0 { PI - quadrant } else { quadrant };
    let turn = if y < 0.0 { TAU - half } else { half };
    (turn * (SECTORS as f32 / TAU)).min(SECTORS as f32 - 1.0) as u8
}

impl Edges {
    pub fn of(channel: &Channel) -> Edges {
        let slopes = Slopes::of(channel);
        let least = slopes.least();
        let mut list = slopes.ridges(least);
        if list.len() > PLACES_MAX {
            list.select_nth_unstable_by(PLACES_MAX, |a, b| b.slope.cmp(&a.slope));
            list.truncate(PLACES_MAX);
        }
        let mut at = vec![0; channel.width * channel.height];
        let mut sectors = vec![0; channel.width * channel.height];
        for (k, edge) in list.iter().enumerate() {
            let place = usize::from(edge.y) * channel.width + usize::from(edge.x);
            at[place] = k as u32 + 1;
            sectors[place] = sector(edge.toward) + 1;
        }
        Edges {
            width: channel.width,
            height: channel.height,
            list,
            at,
            sectors,
        }
    }

    /// Whether an edge at a place slopes one of the wanted ways; none does outside the picture.
    pub fn slopes_at(&self, x: f32, y: f32, wanted: &Sectors) -> bool {
        // A place left of or above the picture becomes a large number.
        let (x, y) = (x.floor() as i32 as usize, y.floor() as i32 as usize);
        x < self.width && y < self.height && wanted[usize::from(self.sectors[y * self.width + x])]
    }

    /// The number of the edge at a place, if there is one and the place is in the picture.
    pub fn index_at(&self, x: i32, y: i32) -> Option<usize> {
        let inside = (0..self.width as i32).contains(&x) && (0..self.height as i32).contains(&y);
        if !inside {
            return None;
        }
        let k = self.at[y as usize * self.width + x as usize];
        (k > 0).then(|| k as usize - 1)
    }
}

/// The slope everywhere: right minus left, below minus above, and its size.
struct Slopes {
    width: usize,
    height: usize,
    across: Vec<i16>,
    down: Vec<i16>,
    size: Vec<u16>,
}

impl Slopes {
    fn of(channel: &Channel) -> Slopes {
        let (width, height) = (channel.width, channel.height);
        let mut slopes = Slopes {
            width,
            height,
            across: vec![0; width * height],
            down: vec![0; width * height],
            size: vec![0; width * height],
        };
        for y in 1..height - 1 {
            let row = y * width + 1;
            let len = width - 2;
            let across = &mut slopes.across[row..][..len];
            let down = &mut slopes.down[row..][..len];
            let size = &mut slopes.size[row..][..len];
            let (left, right) = (
                &channel.data[row - 1..][..len],
                &channel.data[row + 1..][..len],
            );
            let above = &channel.data[row - width..][..len];
            let below = &channel.data[row + width..][..len];
            for k in 0..len {
                let (dx, dy) = (right[k] - left[k], below[k] - above[k]);
                across[k] = dx;
                down[k] = dy;
                // max + 3/8 min: the length within 7 %, without a root.
                let (a, b) = (dx.unsigned_abs(), dy.unsigned_abs());
                size[k] = a.max(b) + a.min(b) / 8 * 3;
            }
        }
        slopes
    }

    /// What counts as a step in this picture.
    fn least(&self) -> u16 {
        let mut counts = [0u32; 256];
        let mut seen = 0;
        // Every seventh place is enough for a middle, and seven shares no factor with usual widths.
        for size in self.size.iter().step_by(7) {
            counts[usize::from(*size / 16).min(255)] += 1;
            seen += 1;
        }
        let mut below = 0;
        let middle = counts.iter().position(|count| {
            below += count;
            below * 2 >= seen
        });
        let middle = middle.unwrap_or(0) as u16 * 16 + 8;
        (middle * ROUGH).clamp(SLOPE_MIN, SLOPE_ENOUGH)
    }

    /// Places steeper than both neighbours across the edge.
    fn ridges(&self, least: u16) -> Vec<Edge> {
        let mut list = Vec::with_capacity(8_192);
        for y in 2..self.height.saturating_sub(2) {
            let row = &self.size[y * self.width..][..self.width];
            let inner = &row[..self.width - 2];
            for (x, &size) in inner.iter().enumerate().skip(2) {
                if size >= least {
                    list.extend(self.ridge(x, y));
                }
            }
        }
        list
    }

    fn ridge(&self, x: usize, y: usize) -> Option<Edge> {
        let k = y * self.width + x;
        let (dx, dy) = (i32::from(self.across[k]), i32::from(self.down[k]));
        let step = if 5 * dy.abs() < 2 * dx.abs() {
            1
        } else if 5 * dx.abs() < 2 * dy.abs() {
            self.width
        } else if (dx > 0) == (dy > 0) {
            self.width + 1
        } else {
            self.width - 1
        };
        let (slope, before, after) = (self.size[k], self.size[k - step], self.size[k + step]);
        if slope <= before || slope < after {
            return None;
        }
        let (dx, dy) = (dx as f32, dy as f32);
        let length = (dx * dx + dy * dy).sqrt();
        Some(Edge {
            x: x as u16,
            y: y as u16,
            toward: (dx / length, dy / length),
            slope,
        })
    }
}
