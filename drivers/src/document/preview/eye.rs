//! From a frame to a small upright picture, the sheets in it, and what would spoil a page.

use super::scene::Scene;
use super::{Rotation, Taken};
use crate::document::camera::{mjpeg, small};
use crate::document::page::{Picture, Plane, Point, Quad, quality};
use crate::document::{Format, Frame, FrameForm, Page};
use crate::error::{PageError, ScanFault};

/// A sheet whose longer side is shorter than this share of the picture's makes a page of few dots.
const SMALL_SIDE: f32 = 0.45;
/// A sheet darker than this, levels of its brightest tenth, is badly lit.
const DARK_LEVEL: u8 = 110;

/// What would spoil a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hint {
    /// No sheet was found: nothing there, or not to be told from the desk.
    NoSheet,
    /// The picture ends before the sheet does.
    Cut,
    /// The sheet is small in the picture.
    Small,
    /// Too little light.
    Dark,
    /// A lamp shines back from the sheet.
    Glare,
}

impl Hint {
    /// Its name in locale files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Hint::NoSheet => "no_sheet",
            Hint::Cut => "cut",
            Hint::Small => "small",
            Hint::Dark => "dark",
            Hint::Glare => "glare",
        }
    }
}

/// What a frame shows.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Small, upright.
    pub picture: Picture,
    /// The sheets, the best first, in its pixels.
    pub quads: Vec<Quad>,
    /// What would spoil a page.
    pub hints: Vec<Hint>,
    /// The grid.
    pub scene: Scene,
}

impl Seen {
    /// Width, pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.picture.y.width as u32
    }

    /// Height, pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.picture.y.height as u32
    }

    /// The sheets in the pixels of a picture of another size of the same.
    #[must_use]
    pub fn scaled(&self, width: u32, height: u32) -> Vec<Quad> {
        let across = width as f32 / self.width().max(1) as f32;
        let down = height as f32 / self.height().max(1) as f32;
        let place = |corner: Point| Point {
            x: corner.x * across,
            y: corner.y * down,
        };
        let quad = |quad: &Quad| Quad {
            corners: quad.corners.map(place),
            ..*quad
        };
        self.quads.iter().map(quad).collect()
    }

    /// A sheet's corners in shares of the longer side.
    #[must_use]
    pub fn shares(&self, quad: &Quad) -> [Point; 4] {
        let side = self.width().max(self.height()).max(1) as f32;
        quad.corners.map(|corner| Point {
            x: corner.x / side,
            y: corner.y / side,
        })
    }
}

/// Looks at frames.
pub struct Eye {
    rotation: Rotation,
    find: fn(&Picture) -> Vec<Quad>,
}

impl Eye {
    /// For a camera that hangs so, with this finder of sheets.
    #[must_use]
    pub fn new(rotation: Rotation, find: fn(&Picture) -> Vec<Quad>) -> Eye {
        Eye { rotation, find }
    }

    /// What a frame shows.
    ///
    /// # Errors
    /// When it is damaged.
    pub fn see(&mut self, frame: &Frame) -> Result<Seen, PageError> {
        let picture = match frame.form {
            FrameForm::Mjpeg => small::of_mjpeg(&frame.bytes)?,
            FrameForm::Yuyv => small::of_yuyv(&frame.bytes, frame.width, frame.height)?,
        };
        Ok(self.look(picture))
    }

    fn look(&self, picture: Picture) -> Seen {
        let picture = self.rotation.turn(picture);
        let quads = (self.find)(&picture);
        Seen {
            hints: hints(&picture.y, quads.first()),
            scene: Scene::of(&picture.y),
            picture,
            quads,
        }
    }

    /// The small picture as JPEG.
    ///
    /// # Errors
    /// [`PageError::Encode`].
    pub fn picture(&mut self, seen: &Seen) -> Result<Vec<u8>, PageError> {
        small::encode(&seen.picture)
    }

    /// A still with the sheets in it, its rotation marked.
    ///
    /// # Errors
    /// [`ScanFault::Protocol`] when it is no picture: cameras check theirs.
    pub fn page(&mut self, page: Page) -> Result<Taken, ScanFault> {
        let nonsense = |_| ScanFault::Protocol;
        if page.format != Format::Jpeg {
            return Err(ScanFault::Protocol);
        }
        let found = mjpeg::find(&page.bytes).map_err(nonsense)?;
        let (width, height) = self.rotation.turned((found.width(), found.height()));
        let seen = self.look(small::of_mjpeg(&page.bytes).map_err(nonsense)?);
        let bytes = mjpeg::repair_and_mark(page.bytes, self.rotation).map_err(nonsense)?;
        Ok(Taken {
            quads: seen.scaled(width, height),
            remembered: false,
            page: Page { bytes, ..page },
            width,
            height,
        })
    }
}

fn hints(luma: &Plane, best: Option<&Quad>) -> Vec<Hint> {
    let Some(quad) = best else {
        return vec![Hint::NoSheet];
    };
    let mut hints = Vec::new();
    if quad.cut {
        hints.push(Hint::Cut);
    }
    let side = |n: usize| {
        let (a, b) = (quad.corners[n], quad.corners[(n + 1) % 4]);
        (a.x - b.x).hypot(a.y - b.y)
    };
    let longer = (0..4).map(side).fold(0.0, f32::max);
    if longer < SMALL_SIDE * luma.width.max(luma.height) as f32 {
        hints.push(Hint::Small);
    }
    let levels = levels(luma, quad);
    let count: u32 = levels.iter().sum();
    let mut brightest = 0;
    let tenth = levels.iter().rposition(|n| {
        brightest += n;
        brightest * 10 >= count.max(1)
    });
    if tenth.is_none_or(|level| level < usize::from(DARK_LEVEL)) {
        hints.push(Hint::Dark);
    }
    if quality::shines(luma, &quad.corners) {
        hints.push(Hint::Glare);
    }
    hints
}

/// How often each level stands in a sheet, by a sample of its pixels.
fn levels(luma: &Plane, quad: &Quad) -> [u32; 256] {
    const STEPS: usize = 96;
    let [a, b, c, d] = quad.corners;
    let mut levels = [0; 256];
    for v in 0..STEPS {
        let down = (v as f32 + 0.5) / STEPS as f32;
        for u in 0..STEPS {
            let across = (u as f32 + 0.5) / STEPS as f32;
            let at = |f: fn(Point) -> f32| {
                let (top, low) = (f(a) + (f(b) - f(a)) * across, f(d) + (f(c) - f(d)) * across);
                top + (low - top) * down
            };
            // Saturating: a corner may lie outside the picture.
            let (x, y) = (at(|p| p.x) as usize, at(|p| p.y) as usize);
            if x < luma.width && y < luma.height {
                levels[usize::from(luma.data[y * luma.width + x])] += 1;
            }
        }
    }
    levels
}
