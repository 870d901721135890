//! Pages: from a scanner as a job that can be stopped, or from a file someone dropped in.
//!
//! A [`Source`] starts a [`Job`]; the job is pulled event by event. Pages come one at a time, and
//! the next sheet is drawn only when the job is asked again: what was delivered can be made
//! durable first, so a jam on page 12 costs page 12 only.
//!
//! - [`camera`]: overhead cameras; [`preview`]: what they see, live, and the moment to take.
//! - [`escl`]: scanners on the network, by our own client.
//! - `sane`: scanners through the distribution's `scanimage`, in a process that can be killed; not on
//!   Windows.
//! - `wia`: scanners of Windows; never compiled there.
//! - [`mod@folder`]: what a vendor's program saves; [`replay`]: pictures played as a scanner.
//! - [`mod@file`]: pages from bytes, their form checked; thumbnails, turning.
//! - [`pnm`]: the raw form scanners deliver.
//! - [`page`]: from a picture to a page: found, flattened, cleaned, encoded.

pub mod camera;
pub mod escl;
pub mod file;
pub mod folder;
pub mod page;
pub mod pnm;
pub mod preview;
pub mod replay;
#[cfg(unix)]
pub mod sane;
mod steady;
#[cfg(windows)]
pub mod wia;
// What its numbers mean is pure, and tested on every system.
#[cfg(all(test, not(windows)))]
#[path = "document/wia/meaning.rs"]
mod wia_meaning;

use crate::error::ScanFault;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// A device that makes pages.
pub trait Source {
    /// What the device can do. May take seconds: the device is opened.
    fn caps(&mut self) -> Result<Caps, ScanFault>;
    /// Starts a job. Nothing is drawn in before the job is asked for its first event.
    fn start(&mut self, settings: &Settings) -> Result<Box<dyn Job>, ScanFault>;
}

/// A camera that shows what it sees.
pub trait Live: Send {
    /// The newest frame; those that waited behind it are passed over. `None` at the deadline.
    fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault>;
    /// A still, the best the camera has. Frames go on after it. Stopped, it ends within half a
    /// second with [`ScanFault::Cancelled`].
    fn take(&mut self, deadline: Instant, stop: &Canceller) -> Result<Page, ScanFault>;
}

/// A picture of a moving one.
#[derive(Clone, PartialEq, Eq)]
pub struct Frame {
    /// As the camera sent it.
    pub bytes: Vec<u8>,
    /// What the bytes are.
    pub form: FrameForm,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
    /// Number since the camera was opened; frames that were passed over count.
    pub seq: u64,
}

impl std::fmt::Debug for Frame {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seq, form, len) = (self.seq, self.form, self.bytes.len());
        write!(f, "Frame {{ seq: {seq}, {form:?}, {len} bytes }}")
    }
}

/// The form of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameForm {
    /// One JPEG; Huffman tables may be missing.
    Mjpeg,
    /// Y0 Cb Y1 Cr, two pixels in four bytes.
    Yuyv,
}

/// A scan in progress. Dropping it ends the device's process.
pub trait Job: Send {
    /// The next event, or [`Event::Waiting`] at the deadline. After a fault or [`Event::End`]
    /// the job is over and answers the same again.
    fn next(&mut self, deadline: Instant) -> Result<Event, ScanFault>;
    /// A switch that stops the job from another thread.
    fn canceller(&self) -> Canceller;
}

/// Stops a job; can be kept and used anywhere.
#[derive(Debug, Clone, Default)]
pub struct Canceller(Arc<AtomicBool>);

impl Canceller {
    /// Asks the job to stop; its next event, within a second, is [`ScanFault::Cancelled`].
    pub fn cancel(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether stopping was asked for.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// What a job tells.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Nothing new before the deadline; the device lives.
    Waiting,
    /// How much of the page in work is done, percent.
    Progress(f32),
    /// A whole page.
    Page(Page),
    /// No more pages.
    End {
        /// Pages delivered by this job.
        pages: u32,
    },
}

/// A page as the device made it.
#[derive(Clone, PartialEq, Eq)]
pub struct Page {
    /// The picture, complete.
    pub bytes: Vec<u8>,
    /// Its form.
    pub format: Format,
    /// Dots per inch as asked of the device; 0 from a camera, which cannot know.
    pub dpi: u32,
    /// Number within the job, from 1.
    pub seq: u32,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (format, len) = (self.format, self.bytes.len());
        write!(
            f,
            "Page {{ seq: {}, {format:?}, {len} bytes, {} dpi }}",
            self.seq, self.dpi
        )
    }
}

/// The form of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// PNM, uncompressed; see [`file::to_jpeg`].
    Pnm,
}

/// What a device can do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caps {
    /// Where paper can come from, with the device's own word for it.
    pub sources: Vec<(PaperSource, String)>,
    /// Colour modes, with the device's own word.
    pub modes: Vec<(Mode, String)>,
    /// Resolutions.
    pub resolutions: Resolutions,
}

/// The resolutions of a device, dots per inch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolutions {
    /// Every whole number between two.
    Range(u32, u32),
    /// These.
    List(Vec<u32>),
}

impl Default for Resolutions {
    fn default() -> Self {
        Self::List(Vec::new())
    }
}

impl Resolutions {
    /// The resolution nearest to the one wished; `None` if the device offers no choice.
    #[must_use]
    pub fn nearest(&self, dpi: u32) -> Option<u32> {
        match self {
            Self::Range(min, max) => Some(dpi.max(*min).min(*max)),
            Self::List(list) => list.iter().copied().min_by_key(|one| one.abs_diff(dpi)),
        }
    }
}

/// Where paper comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaperSource {
    /// The glass: one page.
    Flatbed,
    /// The feeder: pages until it is empty.
    Feeder,
    /// The feeder, both sides.
    Duplex,
}

/// Colour mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Colour.
    Color,
    /// Grey.
    Gray,
    /// Black and white.
    Lineart,
}

/// How to scan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Where paper comes from; devices with a single source ignore it.
    pub source: PaperSource,
    /// Colour mode; devices with a single mode ignore it.
    pub mode: Mode,
    /// Resolution wished, dots per inch; the nearest the device has is used.
    pub dpi: u32,
    /// No sign of life for this long means hung.
    pub stall_limit: Duration,
    /// The same before the first line of a page: lamps warm up, sheets are drawn in.
    pub start_limit: Duration,
    /// Further options by the device's own names.
    pub options: Vec<(String, String)>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            source: PaperSource::Flatbed,
            mode: Mode::Color,
            dpi: 300,
            stall_limit: Duration::from_secs(20),
            start_limit: Duration::from_secs(60),
            options: Vec::new(),
        }
    }
}
