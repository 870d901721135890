//! A camera that shows and takes, and gets over what happens to cameras: a failed transfer, another
//! program, a cable that is pulled and put in again.

use super::device::{Device, list};
use super::modes::{Choice, Mode, choose};
use super::v4l2::node::Node;
use super::v4l2::stream::{Counts, Raw, Stream};
use super::{mjpeg, small};
use crate::document::page::jpeg;
use crate::document::{Canceller, Format, Frame, FrameForm, Live, Page};
use crate::error::{PageError, ScanFault};
use rustix::io::Errno;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A stream that fails is started again this often …
const RESTARTS: usize = 3;
/// … within this time; then it is a fault.
const RESTARTS_WITHIN: Duration = Duration::from_secs(10);
/// Between tries to open a camera that is gone, in use, or failed.
const REOPEN: Duration = Duration::from_millis(300);
/// How soon a still that is waited for notices that it is stopped.
const STOP_NOTICE: Duration = Duration::from_millis(100);
/// Frames passed over after a change of the mode: the first ones are dark or torn.
const SETTLE: u32 = 2;

/// A camera. It is opened when it is first asked for a frame.
pub struct Camera {
    device: Device,
    choice: Option<Choice>,
    stream: Option<Stream>,
    counts: Counts,
    /// Frames of streams before this one.
    base: u64,
    /// The number of the last one.
    last: u64,
    failed: VecDeque<Instant>,
    /// Not opened again before this.
    rest_until: Option<Instant>,
    taken: u32,
    /// The mode for stills is set: the next frame that is shown changes it first.
    set_for_stills: bool,
    /// Frames still to be passed over.
    unsettled: u32,
}

impl Camera {
    /// A camera of the list.
    #[must_use]
    pub fn new(device: Device) -> Camera {
        Camera {
            choice: choose(&device.modes),
            device,
            stream: None,
            counts: Counts::default(),
            base: 0,
            last: 0,
            failed: VecDeque::new(),
            rest_until: None,
            taken: 0,
            set_for_stills: false,
            unsettled: 0,
        }
    }

    /// Which it is; its node may change when it is plugged in again.
    #[must_use]
    pub fn device(&self) -> &Device {
        &self.device
    }

    /// What became of the frames so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The mode it streams in, while it does.
    #[must_use]
    pub fn mode(&self) -> Option<&Mode> {
        self.stream.as_ref().map(Stream::mode)
    }

    /// The stream, started if it is not.
    fn stream(&mut self, deadline: Instant) -> Result<&mut Stream, ScanFault> {
        if self.stream.is_none() {
            if let Some(until) = self.rest_until {
                std::thread::sleep(
                    until
                        .min(deadline)
                        .saturating_duration_since(Instant::now()),
                );
            }
            self.rest_until = Some(Instant::now() + REOPEN);
            let stream = self.open()?;
            (self.set_for_stills, self.unsettled) = (false, 0);
            self.base = self.last;
            self.rest_until = None;
            return Ok(self.stream.insert(stream));
        }
        self.stream.as_mut().ok_or(ScanFault::CannotOpen)
    }

    fn open(&mut self) -> Result<Stream, ScanFault> {
        // Its old node may be another camera's by now.
        self.device = match self.device.find_again(list()?) {
            Some(device) => device,
            None => return Err(ScanFault::Unplugged),
        };
        self.choice = choose(&self.device.modes);
        let choice = self.choice.as_ref().ok_or(ScanFault::Unsupported)?;
        let node = Node::open(&self.device.path).map_err(fault_of)?;
        Stream::start(node, &choice.show).map_err(fault_of)
    }

    /// The newest frame in the mode that is set.
    fn newest(&mut self, deadline: Instant) -> Result<Option<Raw>, ScanFault> {
        self.stream(deadline)?;
        while let Some(stream) = &mut self.stream {
            match stream.newest(deadline, &mut self.counts) {
                Ok(raw) => return Ok(raw),
                Err(error) => self.mend(error)?,
            }
        }
        Ok(None)
    }

    /// After a failure of the stream: started again, or given up.
    fn mend(&mut self, error: Errno) -> Result<(), ScanFault> {
        let now = Instant::now();
        self.failed.retain(|at| now - *at < RESTARTS_WITHIN);
        let transfer = matches!(
            error,
            Errno::IO | Errno::PIPE | Errno::PROTO | Errno::OVERFLOW
        );
        if transfer
            && self.failed.len() < RESTARTS
            && let Some(stream) = &mut self.stream
        {
            self.failed.push_back(now);
            self.counts.restarts += 1;
            self.base = self.last;
            match stream.restart(None) {
                Ok(()) => return Ok(()),
                Err(error) => return Err(self.close(error)),
            }
        }
        Err(self.close(error))
    }

    fn close(&mut self, error: Errno) -> ScanFault {
        self.stream = None;
        self.rest_until = Some(Instant::now() + REOPEN);
        fault_of(error)
    }

    /// Changes the mode, if it is another.
    fn switch(&mut self, mode: &Mode, until: &Until<'_>) -> Result<(), ScanFault> {
        let stream = self.stream(until.deadline)?;
        let (now, wanted) = (stream.mode(), mode);
        if (now.fourcc, now.width, now.height) == (wanted.fourcc, wanted.width, wanted.height) {
            return Ok(());
        }
        let done = stream.restart(Some(mode));
        self.base = self.last;
        done.map_err(|error| self.close(error))?;
        for _ in 0..SETTLE {
            self.awaited(until)?;
        }
        Ok(())
    }

    /// A frame in the mode that is set, unless it is stopped.
    fn awaited(&mut self, until: &Until<'_>) -> Result<Raw, ScanFault> {
        loop {
            if until.stop.is_cancelled() {
                return Err(ScanFault::Cancelled);
            }
            let soon = Instant::now() + STOP_NOTICE;
            if let Some(raw) = self.newest(soon.min(until.deadline))? {
                return Ok(raw);
            }
            if Instant::now() >= until.deadline {
                return Err(ScanFault::Hung);
            }
        }
    }

    /// A whole still, in the mode that is set.
    fn still(&mut self, until: &Until<'_>) -> Result<Vec<u8>, ScanFault> {
        loop {
            let raw = self.awaited(until)?;
            let mode = self.mode().ok_or(ScanFault::Unplugged)?;
            match still_of(raw.bytes, mode) {
                Ok(jpeg) => return Ok(jpeg),
                Err(_) => self.counts.damaged += 1,
            }
            if Instant::now() >= until.deadline {
                return Err(ScanFault::Hung);
            }
        }
    }
}

/// How long a still may take.
struct Until<'a> {
    deadline: Instant,
    stop: &'a Canceller,
}

impl Camera {
    /// Back to what shows, after a still. The first frames in it are passed over as they come.
    fn show(&mut self) -> Result<(), ScanFault> {
        let (Some(stream), Some(choice)) = (&mut self.stream, &self.choice) else {
            return Ok(());
        };
        let done = stream.restart(Some(&choice.show));
        self.base = self.last;
        (self.set_for_stills, self.unsettled) = (false, SETTLE);
        done.map_err(|error| self.close(error))
    }
}

impl Live for Camera {
    fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault> {
        if self.set_for_stills {
            self.show()?;
        }
        let raw = loop {
            let Some(raw) = self.newest(deadline)? else {
                return Ok(None);
            };
            match self.unsettled.checked_sub(1) {
                Some(left) => self.unsettled = left,
                None => break raw,
            }
        };
        self.last = self.base + u64::from(raw.sequence) + 1;
        let mode = self.mode().ok_or(ScanFault::Unplugged)?;
        Ok(Some(Frame {
            bytes: raw.bytes,
            form: mode.form,
            width: mode.width,
            height: mode.height,
            seq: self.last,
        }))
    }

    fn take(&mut self, deadline: Instant, stop: &Canceller) -> Result<Page, ScanFault> {
        let until = Until { deadline, stop };
        self.stream(deadline)?;
        let choice = self.choice.clone().ok_or(ScanFault::Unsupported)?;
        self.set_for_stills |= choice.still != choice.show;
        self.switch(&choice.still, &until)?;
        // The page comes first: whoever waits for it has no time for the way back.
        let bytes = self.still(&until)?;
        self.taken += 1;
        Ok(Page {
            bytes,
            format: Format::Jpeg,
            dpi: 0,
            seq: self.taken,
        })
    }
}

/// A still as a JPEG of its own.
fn still_of(bytes: Vec<u8>, mode: &Mode) -> Result<Vec<u8>, PageError> {
    match mode.form {
        FrameForm::Mjpeg => {
            let found = mjpeg::find(&bytes)?;
            // Of a frame that is cut, the small picture inside it may be all that is whole.
            let area = u64::from(found.width()) * u64::from(found.height());
            if area * 2 < mode.area() {
                return Err(PageError::Truncated);
            }
            let bytes = mjpeg::repair(bytes)?;
            // What is damaged in the middle only shows when it is decoded.
            jpeg::decode(&bytes)?;
            Ok(bytes)
        }
        FrameForm::Yuyv => small::still_of_yuyv(&bytes, mode.width, mode.height),
    }
}

/// What a failed request says about the camera.
fn fault_of(error: Errno) -> ScanFault {
    match error {
        Errno::NODEV | Errno::NXIO | Errno::NOENT => ScanFault::Unplugged,
        Errno::BUSY => ScanFault::Busy,
        Errno::ACCESS | Errno::PERM => ScanFault::AccessDenied,
        Errno::NOMEM => ScanFault::OutOfMemory,
        // The driver's word for "the bus has no room for this mode".
        Errno::NOSPC => ScanFault::Bandwidth,
        Errno::INVAL | Errno::NOTTY => ScanFault::Unsupported,
        _ => ScanFault::Transfer,
    }
}
