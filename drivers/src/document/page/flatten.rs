//! A sheet as it would lie under glass: straightened, its light taken away, strip by strip.
//!
//! A strip is [`STRIP`] rows of the page. It is sampled from the picture, whitened while it is in
//! the cache, and handed on: to an encoder, or to a picture in memory. Nothing as large as the page
//! is held but what the receiver keeps.

use super::ground::{self, Ground, on_page};
use super::warp::{Map, Source, chroma_step};
use super::{Picture, Plane, Point};
use crate::error::PageError;

/// Rows of a strip: whole blocks of JPEG's, few enough to stay in the cache.
pub const STRIP: usize = 64;
/// Columns sampled together. A sheet that lies on its side is read column by column; a narrow tile
/// keeps the rows it crosses in the cache.
const TILE: usize = 128;
/// The most pixels a flattened page may have: A3 at 600 dpi.
const PIXELS_LIMIT: usize = 70_000_000;
/// The longer side of the copy from which light is estimated.
const LIGHT_SIDE: usize = 1040;

/// What is done to a page's colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finish {
    /// Paper white, in colour.
    Color,
    /// Paper white, grey.
    Gray,
    /// As photographed: for cards and photographs, where the ground is part of the matter.
    AsIs,
}

/// What to make of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Flat {
    /// The sheet's corners in the picture.
    pub corners: [Point; 4],
    /// Width of the page, pixels.
    pub width: usize,
    /// Height of the page, pixels.
    pub height: usize,
    /// Its colours.
    pub finish: Finish,
}

/// Rows of a page, complete across. Chroma is half as wide and high, rounded up.
#[derive(Clone, Copy)]
pub struct Strip<'a> {
    /// Luma.
    pub y: &'a [u8],
    /// Cb and Cr; `None` on a grey page.
    pub chroma: Option<[&'a [u8]; 2]>,
}

/// Flattens a sheet and hands it on from the top, strip by strip. `small` is a reduced copy of the
/// picture, if there is one already.
///
/// Fails with [`PageError::Corners`] when the corners are not a sheet's, with
/// [`PageError::TooLarge`] when the page would be, and with whatever `take` fails.
pub fn strips(
    picture: &Picture,
    small: Option<&super::reduce::Reduced>,
    flat: &Flat,
    mut take: impl FnMut(Strip<'_>) -> Result<(), PageError>,
) -> Result<(), PageError> {
    let (width, height) = (flat.width, flat.height);
    if width.saturating_mul(height) > PIXELS_LIMIT {
        let limit = PIXELS_LIMIT as u64;
        return Err(PageError::TooLarge { limit });
    }
    let map = Map::onto(&flat.corners, width, height).ok_or(PageError::Corners)?;
    let ground = match flat.finish {
        Finish::AsIs => None,
        Finish::Color | Finish::Gray => Some(light(picture, small, map, flat)?),
    };
    let factor = shrinks_by(&map, width, height);
    let smaller = (factor > 1).then(|| picture.reduced_by(factor));
    let picture = smaller.as_ref().unwrap_or(picture);
    let map = map.in_units([1.0, 1.0], [factor as f64; 2]);
    let mut press = Press::new(picture, map, flat, ground.as_ref())?;
    for from in (0..height).step_by(STRIP) {
        press.strip(from, (height - from).min(STRIP));
        take(press.made())?;
    }
    Ok(())
}

/// The flattened page as a picture in memory.
pub fn picture(of: &Picture, flat: &Flat) -> Result<Picture, PageError> {
    let (mut y, mut chroma) = (Vec::new(), None::<[Vec<u8>; 2]>);
    strips(of, None, flat, |strip| {
        y.extend_from_slice(strip.y);
        if let Some(planes) = strip.chroma {
            let kept = chroma.get_or_insert_default();
            kept.iter_mut()
                .zip(planes)
                .for_each(|(kept, plane)| kept.extend_from_slice(plane));
        }
        Ok(())
    })?;
    let plane = |width: usize, data: Vec<u8>| Plane {
        width,
        height: data.len() / width,
        data,
    };
    Ok(Picture {
        y: plane(flat.width, y),
        chroma: chroma.map(|planes| planes.map(|data| plane(flat.width.div_ceil(2), data))),
    })
}

fn light(
    picture: &Picture,
    small: Option<&super::reduce::Reduced>,
    map: Map,
    flat: &Flat,
) -> Result<Ground, PageError> {
    let made;
    let small = match small {
        Some(small) => small,
        None => {
            made = picture.reduced(LIGHT_SIDE);
            &made
        }
    };
    let map = map.in_units([1.0, 1.0], [small.factor as f64; 2]);
    Ground::of(&small.picture, map, flat.width, flat.height).ok_or(PageError::Corners)
}

/// How many pixels of the picture go into one of the page, whole, where they are most: sampling
/// between pixels would pass over the rest.
fn shrinks_by(map: &Map, width: usize, height: usize) -> usize {
    let (width, height) = (width as f64, height as f64);
    let apart = |a: (f64, f64), b: (f64, f64)| (a.0 - b.0).hypot(a.1 - b.1);
    let across = |y: f64| apart(map.at(0.0, y), map.at(width, y)) / width;
    let down = |x: f64| apart(map.at(x, 0.0), map.at(x, height)) / height;
    let sides = [across(0.0), across(height), down(0.0), down(width)];
    let least = sides.into_iter().fold(f64::INFINITY, f64::min);
    (least as usize).clamp(1, 64)
}

/// Where strips are made.
struct Press<'a> {
    luma: Source<'a, 1>,
    chroma: Option<Source<'a, 2>>,
    ground: Option<&'a Ground>,
    /// The map and the picture's size, when the sheet reaches beyond the picture.
    beyond: Option<(Map, f64, f64)>,
    width: usize,
    rows: usize,
    y: Vec<u8>,
    cb: Vec<u8>,
    cr: Vec<u8>,
    gains: Vec<i16>,
    half: [Vec<i16>; 3],
    halved: Vec<u8>,
}

impl<'a> Press<'a> {
    fn new(
        picture: &'a Picture,
        map: Map,
        flat: &Flat,
        ground: Option<&'a Ground>,
    ) -> Result<Press<'a>, PageError> {
        let luma = Source::new([&picture.y], map).ok_or(PageError::Corners)?;
        let chroma = match (&picture.chroma, chroma_step(picture)) {
            (Some([cb, cr]), Some(step)) if flat.finish != Finish::Gray => {
                let map = map.in_units([2.0, 2.0], step);
                Some(Source::new([cb, cr], map).ok_or(PageError::Corners)?)
            }
            _ => None,
        };
        let (right, bottom) = (picture.y.width as f64, picture.y.height as f64);
        let (width, height) = (flat.width as f64, flat.height as f64);
        let places = [(0.0, 0.0), (width, 0.0), (width, height), (0.0, height)];
        let inside = places.into_iter().all(|(x, y)| {
            let (u, v) = map.at(x, y);
            (-0.5..=right + 0.5).contains(&u) && (-0.5..=bottom + 0.5).contains(&v)
        });
        let half = if chroma.is_some() {
            flat.width.div_ceil(2)
        } else {
            0
        };
        Ok(Press {
            luma,
            chroma,
            ground,
            beyond: (!inside).then_some((map, right, bottom)),
            width: flat.width,
            rows: 0,
            y: vec![0; flat.width * STRIP],
            cb: vec![0; half * STRIP / 2],
            cr: vec![0; half * STRIP / 2],
            gains: Vec::new(),
            half: Default::default(),
            halved: vec![0; half],
        })
    }

    fn made(&self) -> Strip<'_> {
        let len = self.half_width() * self.rows.div_ceil(2);
        Strip {
            y: &self.y[..self.width * self.rows],
            chroma: self
                .chroma
                .as_ref()
                .map(|_| [&self.cb[..len], &self.cr[..len]]),
        }
    }

    fn half_width(&self) -> usize {
        self.width.div_ceil(2)
    }

    /// Makes `rows` rows of the page from row `from`, which is even.
    fn strip(&mut self, from: usize, rows: usize) {
        self.rows = rows;
        self.sample(from);
        if let Some(ground) = self.ground {
            self.whiten(ground, from);
        }
        if let Some((map, right, bottom)) = self.beyond {
            self.blank(&map, right, bottom, from);
        }
    }

    fn sample(&mut self, from: usize) {
        let width = self.width;
        for x in (0..width).step_by(TILE) {
            let columns = x..(x + TILE).min(width);
            for row in 0..self.rows {
                let out = &mut self.y[row * width..][columns.clone()];
                self.luma.sample(x, from + row, [out]);
            }
        }
        let half = self.half_width();
        let Some(chroma) = &self.chroma else { return };
        for x in (0..half).step_by(TILE) {
            let columns = x..(x + TILE).min(half);
            for row in 0..self.rows.div_ceil(2) {
                let cb = &mut self.cb[row * half..][columns.clone()];
                let cr = &mut self.cr[row * half..][columns.clone()];
                chroma.sample(x, from / 2 + row, [cb, cr]);
            }
        }
    }

    fn whiten(&mut self, ground: &Ground, from: usize) {
        let (width, half) = (self.width, self.half_width());
        for pair in 0..self.rows.div_ceil(2) {
            let rows = 2 * pair..(2 * pair + 2).min(self.rows);
            if self.chroma.is_some() {
                let row = |row: usize| &self.y[row * width..][..width];
                ground::halve(&mut self.halved, row(rows.start), row(rows.end - 1));
                ground.half(from / 2 + pair, &mut self.half);
                let [gains, tints @ ..] = self.half.each_ref().map(|row| on_page::<8>(row));
                for (plane, tints) in [&mut self.cb, &mut self.cr].into_iter().zip(tints) {
                    let out = &mut plane[pair * half..][..half];
                    ground::whiten_chroma(out, &self.halved, gains, tints);
                }
            }
            for row in rows {
                ground.gains(from + row, &mut self.gains);
                let out = &mut self.y[row * width..][..width];
                ground::whiten_luma(out, on_page::<16>(&self.gains));
            }
        }
    }

    /// Leaves white what the picture does not show, instead of its edge drawn out.
    fn blank(&mut self, map: &Map, right: f64, bottom: f64, from: usize) {
        let shown = |x: f64, y: f64| {
            let (u, v) = map.at(x, y);
            (0.0..=right).contains(&u) && (0.0..=bottom).contains(&v)
        };
        for row in 0..self.rows {
            let y = (from + row) as f64 + 0.5;
            for x in (0..self.width).filter(|x| !shown(*x as f64 + 0.5, y)) {
                self.y[row * self.width + x] = 255;
            }
        }
        let half = self.half_width();
        for row in 0..self.rows.div_ceil(2).min(self.cb.len() / half.max(1)) {
            let y = (from + 2 * row + 1) as f64;
            for x in (0..half).filter(|x| !shown((2 * x + 1) as f64, y)) {
                self.cb[row * half + x] = 128;
                self.cr[row * half + x] = 128;
            }
        }
    }
}

#[cfg(test)]
#[path = "flatten/tests.rs"]
mod tests;
