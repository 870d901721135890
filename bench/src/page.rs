//! `page`: from a 13-megapixel JPEG to an A4 page of 300 dots an inch: decode, make small, find,
//! straighten, whiten, encode. Beside it the same steps in OpenCV, and JPEG alone: decoding the
//! same bytes and encoding a page of the same size.
//!
//! Figures are processor time of all threads, the least of the repetitions, which take turns. A
//! process of its own makes one page and tells the most memory it held.

mod opencv;
mod scene;

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use drivers::document::page::{Output, Picture, Plane, Point, Where, jpeg, load, make};
use rustix::time::{ClockId, clock_gettime};

use crate::Failed;
use crate::measured::Measured;
use opencv::OpenCv;

const REPETITIONS: u32 = 15;
/// Against the same steps in OpenCV, where it is there.
const REQUIRED: f64 = 1.0;
/// Looking for sheets in the small copy, processor time.
const DETECT_MS: f64 = 10.0;
/// The most memory of a process that makes one page: 120 MB.
const PEAK_MIB: f64 = 120e6 / (1 << 20) as f64;
/// Quality of the camera's JPEG, and of the page.
const CAMERA_QUALITY: u8 = 92;
const PAGE_QUALITY: u8 = 80;

/// Runs it; the line to print. With `--with-opencv` OpenCV is installed under `target/` first.
pub fn run() -> Result<Measured, Failed> {
    let install = std::env::args().any(|word| word == "--with-opencv");
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("page.jpg");
    let picture = scene::picture().ok_or("a scene")?;
    let bytes = jpeg::encode(&picture, CAMERA_QUALITY, None)?;
    drop(picture);
    std::fs::write(&file, &bytes)?;
    // OpenCV is given the same corners, and the same way up.
    let made = make::make(&bytes, Where::Found, &output())?;
    let sample = jpeg::decode(&made.jpeg)?;
    let mut opencv = OpenCv::start(install, &file, &made.corners, &sample.y)?;
    let (mut ours, mut limit, mut theirs) = (Least::default(), Least::default(), Least::default());
    let (mut decode, mut detect) = (Least::default(), Least::default());
    let small = load::picture(&bytes)?.reduced(1040);
    for _ in 0..REPETITIONS {
        ours.note(timed(|| one(&bytes))?);
        limit.note(timed(|| bare(&bytes, &sample))?);
        decode.note(timed(|| Ok(load::picture(&bytes)?))?);
        detect.note(timed(|| Ok(make::sheet_in(&small)))?);
        if let Some(opencv) = &mut opencv {
            theirs.note(opencv.once()?);
        }
    }
    let (ours_ms, limit_ms) = (ours.ms(), limit.ms());
    let (detect_ms, peak_mib) = (detect.ms(), peak_mib(&file)?);
    let beside = match &opencv {
        Some(opencv) => format!(
            "opencv_ms={:.1} ratio_opencv={:.2} opencv={}",
            theirs.ms(),
            ours_ms / theirs.ms(),
            opencv.version()
        ),
        None => {
            eprintln!("page: no OpenCV, so its ratio is not judged; --with-opencv installs it");
            "opencv_ms=none ratio_opencv=not_judged opencv=none".into()
        }
    };
    let line = format!(
        "scenario=page ours_ms={ours_ms:.1} limit_ms={limit_ms:.1} ratio_limit={:.2} {beside} \
         goal_ratio=0.6 detect_ms={detect_ms:.1} decode_ms={:.1} peak_mib={peak_mib:.1} input_bytes={} page_bytes={} \
         repetitions={REPETITIONS}",
        ours_ms / limit_ms,
        decode.ms(),
        bytes.len(),
        one(&bytes)?,
    );
    let measured = Measured::from(line)
        .at_most("detect_ms", detect_ms, DETECT_MS)
        .at_most("peak_mib", peak_mib, PEAK_MIB);
    Ok(match opencv {
        Some(_) => measured.at_most("ratio_opencv", ours_ms / theirs.ms(), REQUIRED),
        None => measured,
    })
}

/// Makes one page from a file and prints the most memory the process held, KiB.
pub fn peak() -> Result<String, Failed> {
    let file = std::env::args().nth(2).ok_or("a file")?;
    one(&std::fs::read(file)?)?;
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line
        .ok_or("VmHWM")?
        .trim()
        .trim_end_matches(" kB")
        .to_owned())
}

/// All steps; the page's length. The sheet must have been found where it is.
fn one(bytes: &[u8]) -> Result<usize, Failed> {
    let made = make::make(bytes, Where::Found, &output())?;
    let near = |(a, b): (&Point, &Point)| (a.x - b.x).hypot(a.y - b.y) < 20.0;
    // Found clockwise, but which corner is the sheet's first nobody knows before its writing is read.
    let turned = |by: usize| {
        let corners = made.corners.iter().cycle().skip(by);
        corners.zip(&scene::CORNERS).all(near)
    };
    match (0..4).any(turned) && made.width * made.height == 2480 * 3508 {
        true => Ok(made.jpeg.len()),
        false => Err(format!("the sheet was taken for {:?}", made.corners).into()),
    }
}

fn output() -> Output {
    Output {
        quality: PAGE_QUALITY,
        ..Output::default()
    }
}

/// JPEG alone.
fn bare(bytes: &[u8], page: &Picture) -> Result<usize, Failed> {
    let picture = jpeg::decode(bytes)?;
    let encoded = jpeg::encode(page, PAGE_QUALITY, Some(300))?;
    Ok(picture.y.data.len() + encoded.len())
}

fn peak_mib(file: &Path) -> Result<f64, Failed> {
    let mut child = Command::new(std::env::current_exe()?);
    let told = child.arg("page-peak").arg(file).output()?;
    let kib: f64 = String::from_utf8(told.stdout)?.trim().parse()?;
    Ok(kib / 1024.0)
}

/// Processor time of the whole process.
fn timed<T>(act: impl FnOnce() -> Result<T, Failed>) -> Result<Duration, Failed> {
    let now = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
    };
    let began = now();
    let done = act()?;
    let took = now() - began;
    drop(done);
    Ok(took)
}

/// The least of some times: what others on the machine take away only adds.
struct Least(Duration);

impl Default for Least {
    fn default() -> Least {
        Least(Duration::MAX)
    }
}

impl Least {
    fn note(&mut self, took: Duration) {
        self.0 = self.0.min(took);
    }

    fn ms(&self) -> f64 {
        self.0.as_secs_f64() * 1000.0
    }
}

/// Corners as a program's argument.
fn words(corners: &[Point; 4]) -> String {
    let words = corners.map(|p| format!("{},{}", p.x, p.y));
    words.join(",")
}

/// A plane's size as two arguments.
fn size(plane: &Plane) -> [String; 2] {
    [plane.width.to_string(), plane.height.to_string()]
}
