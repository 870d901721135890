//! `preview`: pictures a second of process CPU that a live preview makes of a 13-megapixel MJPEG
//! stream, all its steps and threads, against bare decoding of the same frames at a quarter.

use std::sync::mpsc::channel;
use std::time::Duration;

use drivers::document::camera::replay::Replay;
use drivers::document::camera::small;
use drivers::document::page::{Picture, Plane, Quad, find, jpeg};
use drivers::document::preview::scene::Scene;
use drivers::document::preview::{Options, Preview, Told};
use rustix::time::{ClockId, clock_gettime};

use crate::Failed;
use crate::measured::Measured;

const WIDTH: usize = 4160;
const HEIGHT: usize = 3120;
const QUALITY: u8 = 92;
/// Different frames; the stream goes round and round.
const FRAMES: usize = 6;
/// Pictures over which is measured.
const SHOWN: u32 = 90;
/// A preview that is slower is no live picture.
const REQUIRED_FPS: f64 = 15.0;
const SILENCE_LIMIT: Duration = Duration::from_secs(30);

/// Runs it; the line to print.
pub fn run() -> Result<Measured, Failed> {
    let frames: Vec<Vec<u8>> = (0..FRAMES).map(frame).collect::<Result<_, _>>()?;
    let bytes: usize = frames.iter().map(Vec::len).sum();
    let bare_ms = each_ms(&frames, |bytes| drop(jpeg::decode_small(bytes, 800)));
    let smalls = frames.iter().map(|bytes| small::of_mjpeg(bytes));
    let smalls: Vec<Picture> = smalls.collect::<Result<_, _>>()?;
    let find_ms = each_ms(&smalls, |picture| drop(sheets(picture)));
    let scene_ms = each_ms(&smalls, |picture| drop(Scene::of(&picture.y)));
    let encode_ms = each_ms(&smalls, |picture| drop(small::encode(picture)));
    let (frame_ms, found, size) = whole(frames)?;
    let fps = 1000.0 / frame_ms;
    let line = format!(
        "scenario=preview fps={fps:.1} frame_ms={frame_ms:.1} \
         bare_fps={:.1} bare_ms={bare_ms:.1} ratio={:.2} find_ms={find_ms:.1} \
         scene_ms={scene_ms:.2} encode_ms={encode_ms:.2} picture={}x{} frame_kb={} \
         found={found}/{SHOWN} megapixels={:.1}",
        1000.0 / bare_ms,
        frame_ms / bare_ms,
        size.0,
        size.1,
        bytes / FRAMES / 1000,
        (WIDTH * HEIGHT) as f64 / 1e6,
    );
    Ok(Measured::from(line).at_least("fps", fps, REQUIRED_FPS))
}

/// The preview as the counter runs it, on a stream that is never waited for: CPU a picture, how
/// often the sheet was found, and a picture's size.
fn whole(frames: Vec<Vec<u8>>) -> Result<(f64, u32, (u32, u32)), Failed> {
    let (told, all) = channel();
    let options = Options {
        find: sheets,
        ..Options::default()
    };
    let live = Box::new(Replay::new(frames, Duration::ZERO));
    let preview = Preview::start(live, options, move |what| drop(told.send(what)));
    let next = || match all.recv_timeout(SILENCE_LIMIT) {
        Ok(Told::Shown(shown)) => Ok(shown),
        Ok(Told::Taken(_)) => Err("a page nobody asked for".to_owned()),
        Ok(Told::Fault(fault) | Told::Missed(fault)) => Err(fault.to_string()),
        Err(error) => Err(error.to_string()),
    };
    for _ in 0..5 {
        next()?;
    }
    let (mut found, mut size, mut seqs) = (0, (0, 0), Vec::new());
    let began_ms = cpu_ms();
    for _ in 0..SHOWN {
        let shown = next()?;
        found += u32::from(!shown.quads.is_empty());
        size = (shown.width, shown.height);
        seqs.push(shown.seq);
    }
    let took_ms = cpu_ms() - began_ms;
    drop(preview);
    // Pictures that a newer one replaced were made too.
    let made = seqs[seqs.len() - 1] - seqs[0] + 1;
    Ok((took_ms / made as f64, found, size))
}

fn sheets(picture: &Picture) -> Vec<Quad> {
    find::sheets(picture, &find::Options::default())
}

/// The least CPU of a few rounds, a frame.
fn each_ms<T>(all: &[T], act: impl Fn(&T)) -> f64 {
    let round = || {
        let began_ms = cpu_ms();
        all.iter().for_each(&act);
        (cpu_ms() - began_ms) / all.len() as f64
    };
    (0..4).map(|_| round()).fold(f64::INFINITY, f64::min)
}

fn cpu_ms() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 * 1e3 + time.tv_nsec as f64 / 1e6
}

/// A printed sheet, somewhat turned, on a wooden desk under a lamp; each `n` its own noise.
fn frame(n: usize) -> Result<Vec<u8>, Failed> {
    let mut luma = Plane::filled(WIDTH, HEIGHT, 0);
    let mut noise = 0x9E37_79B9_7F4A_7C15_u64 ^ (n as u64 + 1);
    let (sin, cos) = (0.035_f32, 0.9994_f32);
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let (dx, dy) = (x as f32 - 1050.0, y as f32 - 160.0);
            let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            let grain = ((noise >> 40) & 7) as f32 - 3.5;
            let on_sheet = (0.0..1980.0).contains(&u) && (0.0..2800.0).contains(&v);
            let lamp = 1.0 - 0.25 * (x as f32 / WIDTH as f32);
            let level = match (on_sheet, is_ink(u as usize, v as usize)) {
                (true, true) => 60.0,
                (true, false) => 225.0,
                _ => 118.0 + 14.0 * ((y as f32 / 37.0 + (x as f32 / 900.0).sin() * 3.0).sin()),
            };
            luma.data[y * WIDTH + x] = (level * lamp + grain).clamp(0.0, 255.0) as u8;
        }
    }
    let chroma = |level| Plane::filled(WIDTH / 2, HEIGHT / 2, level);
    let picture = Picture {
        y: luma,
        chroma: Some([chroma(122), chroma(134)]),
    };
    Ok(jpeg::encode(&picture, QUALITY, None)?)
}

/// Lines of print: cells of 36 by 60 with a glyph of dots in most.
fn is_ink(u: usize, v: usize) -> bool {
    let margin = !(180..1800).contains(&u) || !(200..2600).contains(&v);
    let (column, row) = (u / 36, v / 60);
    let (x, y) = (u % 36 / 6, v % 60 / 6);
    let glyph = (column * 31 + row * 17).wrapping_mul(2_654_435_761) >> 7;
    let blank = glyph.is_multiple_of(7) || x == 5 || y > 6;
    !margin && !blank && (glyph >> (x * 3 + y) & 1) == 1
}
