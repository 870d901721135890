//! A camera that is none: sheets drawn by code lie on a drawn desk, one after another, for the demo,
//! training and tests; once a card lies beside a letter. Nobody's paper: grey bars where writing would be.

use std::sync::Arc;
use std::time::{Duration, Instant};

use drivers::ScanFault;
use drivers::document::page::{Picture, Plane};
use drivers::document::{Canceller, Format, Frame, FrameForm, Live, Page};

use super::chosen::Chosen;
use super::sources::{Finder, Found, Reach};
use crate::view::DeviceKind;

/// The camera's picture, pixels.
const SIZE: (usize, usize) = (1600, 1200);
/// Pictures a second.
const PACE: Duration = Duration::from_millis(50);
/// How long a scene lies, and how long the desk is empty before the next.
const LIES_MS: u128 = 6000;
const EMPTY_MS: u128 = 1500;
const QUALITY: u8 = 82;

/// A sheet's corners on the desk, clockwise from its top left.
type Sheet = [(f32, f32); 4];
/// What lies there, scene by scene: a page, another one, a letter with a card beside it.
const SCENES: [&[Sheet]; 3] = [
    &[[
        (424.0, 92.0),
        (1150.0, 118.0),
        (1178.0, 1128.0),
        (402.0, 1108.0),
    ]],
    &[[
        (470.0, 150.0),
        (1208.0, 96.0),
        (1252.0, 1084.0),
        (506.0, 1142.0),
    ]],
    &[
        [
            (150.0, 140.0),
            (848.0, 118.0),
            (872.0, 1086.0),
            (132.0, 1104.0),
        ],
        [
            (1010.0, 380.0),
            (1452.0, 404.0),
            (1436.0, 684.0),
            (996.0, 660.0),
        ],
    ],
];

/// Finds the practice camera, always.
pub struct Practice;

impl Finder for Practice {
    fn sort(&self) -> (DeviceKind, &'static str) {
        (DeviceKind::Camera, "replay")
    }

    fn find(&self, _: &Chosen) -> Result<Vec<Found>, ScanFault> {
        let open = || PracticeCamera::open().map(|camera| Box::new(camera) as Box<dyn Live>);
        Ok(vec![Found {
            id: "practice".into(),
            kind: DeviceKind::Camera,
            name: "Yizhan practice camera".into(),
            how: "replay",
            added: false,
            reach: Reach::Picture(Arc::new(open)),
        }])
    }
}

/// The camera.
pub struct PracticeCamera {
    scenes: Vec<Vec<u8>>,
    empty: Vec<u8>,
    began: Instant,
    shown: u64,
}

impl PracticeCamera {
    /// Draws its scenes.
    pub fn open() -> Result<PracticeCamera, ScanFault> {
        let drawn = |sheets: &[Sheet]| {
            let picture = draw(sheets);
            let coded = drivers::document::page::jpeg::encode(&picture, QUALITY, None);
            coded.map_err(|_| ScanFault::CannotOpen)
        };
        let scenes = SCENES.iter().map(|sheets| drawn(sheets));
        Ok(PracticeCamera {
            scenes: scenes.collect::<Result<_, _>>()?,
            empty: drawn(&[])?,
            began: Instant::now(),
            shown: 0,
        })
    }

    fn now(&self) -> &Vec<u8> {
        let turn = LIES_MS + EMPTY_MS;
        let at = self.began.elapsed().as_millis();
        let scene = usize::try_from(at / turn).unwrap_or_default() % self.scenes.len();
        match at % turn < LIES_MS {
            true => &self.scenes[scene],
            false => &self.empty,
        }
    }
}

impl Live for PracticeCamera {
    fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault> {
        let next = self.began + PACE * u32::try_from(self.shown).unwrap_or(u32::MAX);
        let until = next.min(deadline);
        std::thread::sleep(until.saturating_duration_since(Instant::now()));
        if next > deadline {
            return Ok(None);
        }
        let due = self.began.elapsed().as_millis() / PACE.as_millis() + 1;
        self.shown = u64::try_from(due).unwrap_or(self.shown + 1);
        Ok(Some(Frame {
            bytes: self.now().clone(),
            form: FrameForm::Mjpeg,
            width: SIZE.0 as u32,
            height: SIZE.1 as u32,
            seq: self.shown,
        }))
    }

    fn take(&mut self, _: Instant, _: &Canceller) -> Result<Page, ScanFault> {
        Ok(Page {
            bytes: self.now().clone(),
            format: Format::Jpeg,
            dpi: 0,
            seq: 1,
        })
    }
}

/// The desk, with sheets on it.
fn draw(sheets: &[Sheet]) -> Picture {
    let mut y = Plane::filled(SIZE.0, SIZE.1, 0);
    let onto: Vec<_> = sheets.iter().map(unmap).enumerate().collect();
    for row in 0..SIZE.1 {
        for column in 0..SIZE.0 {
            let (x, at_y) = (column as f32 + 0.5, row as f32 + 0.5);
            let inside = onto.iter().find_map(|(at, map)| {
                let (u, v) = map(x, at_y)?;
                Some(ink(*at, u, v))
            });
            // A little light falls off to the side; a little grain keeps the desk from being flat.
            let light = 1.0 - 0.12 * x / SIZE.0 as f32;
            let grain = ((column * 7919 + row * 104_729) % 13) as f32 - 6.0;
            let level = inside.unwrap_or(92.0) * light + grain * 0.4;
            y.data[row * SIZE.0 + column] = level.clamp(0.0, 255.0) as u8;
        }
    }
    Picture { y, chroma: None }
}

/// From the desk to the sheet, 0 to 1 in both directions; None beside it.
fn unmap(corners: &Sheet) -> impl Fn(f32, f32) -> Option<(f32, f32)> {
    let [a, b, c, d] = *corners;
    move |x, y| {
        // Between the sides: the sheets are nearly parallelograms, so two rounds are enough.
        let (mut u, mut v) = (0.5_f32, 0.5_f32);
        for _ in 0..6 {
            let left = (a.0 + (d.0 - a.0) * v, a.1 + (d.1 - a.1) * v);
            let right = (b.0 + (c.0 - b.0) * v, b.1 + (c.1 - b.1) * v);
            u = (x - left.0) / (right.0 - left.0);
            let top = a.1 + (b.1 - a.1) * u;
            let bottom = d.1 + (c.1 - d.1) * u;
            v = (y - top) / (bottom - top);
        }
        let inside = (0.0..=1.0).contains(&u) && (0.0..=1.0).contains(&v);
        inside.then_some((u, v))
    }
}

/// The sheet's level at a place: a heading, then lines of bars.
fn ink(sheet: usize, u: f32, v: f32) -> f32 {
    const PAPER: f32 = 236.0;
    const INK: f32 = 58.0;
    let margin = !(0.1..=0.9).contains(&u) || !(0.06..=0.94).contains(&v);
    if margin {
        return PAPER;
    }
    if v < 0.11 {
        return if (0.32..0.68).contains(&u) {
            INK
        } else {
            PAPER
        };
    }
    // A card has few lines, and they are large on it.
    let pitch = if sheet == 0 { 0.035 } else { 0.16 };
    let line = ((v - 0.14) / pitch).floor();
    let in_line = ((v - 0.14) / pitch).fract();
    let word = (u * 46.0).floor() as usize * 31 + line.max(0.0) as usize * 17 + sheet * 7;
    let short = line as usize % 5 == 4 && u > 0.5;
    let written = v > 0.14 && (0.25..0.72).contains(&in_line) && word % 9 > 1 && !short;
    if written { INK } else { PAPER }
}
