//! Frames: buffers of the driver's, mapped; the newest good one is what counts.

use super::abi;
use super::node::Node;
use crate::document::FrameForm;
use crate::document::camera::modes::Mode;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::mm::{MapFlags, ProtFlags, mmap, munmap};
use std::ffi::c_void;
use std::time::{Duration, Instant};

/// Buffers asked for: one is filled, one is full, one is read, one is spare.
const BUFFERS: u32 = 4;
/// With fewer than two nothing streams.
const BUFFERS_MIN: u32 = 2;
/// Longest frame, bytes: 100 million pixels in YUYV.
const FRAME_LIMIT: u32 = 200_000_000;
/// What a driver that polls as ready and gives nothing is asked again after.
const PAUSE: Duration = Duration::from_millis(5);

/// What became of the frames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Frames given.
    pub given: u64,
    /// Good ones passed over, since a newer one was there.
    pub passed: u64,
    /// Those the driver marked as damaged, empty ones, short ones.
    pub damaged: u64,
    /// Numbers missing in the driver's count: lost on the way to us.
    pub lost: u64,
    /// Restarts after a failed transfer.
    pub restarts: u64,
}

/// A frame as the driver gave it.
pub struct Raw {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The driver's number, from 0 at each start.
    pub sequence: u32,
}

/// A node that streams; dropping it frees the camera.
pub struct Stream {
    maps: Vec<Map>,
    node: Node,
    mode: Mode,
    /// The number that should come next.
    due: u32,
}

impl Stream {
    /// Sets the mode and starts.
    pub fn start(node: Node, mode: &Mode) -> Result<Stream, Errno> {
        let mode = node.set(mode)?;
        let mut stream = Stream {
            maps: Vec::new(),
            node,
            mode,
            due: 0,
        };
        stream.on()?;
        Ok(stream)
    }

    /// The mode as the driver has it.
    #[must_use]
    pub fn mode(&self) -> &Mode {
        &self.mode
    }

    /// Stops and starts, in another mode if one is given.
    pub fn restart(&mut self, mode: Option<&Mode>) -> Result<(), Errno> {
        self.off()?;
        if let Some(mode) = mode {
            self.mode = self.node.set(mode)?;
        }
        self.on()
    }

    fn on(&mut self) -> Result<(), Errno> {
        let mut wish = abi::RequestBuffers::zeroed();
        (wish.count, wish.kind, wish.memory) = (BUFFERS, abi::CAPTURE, abi::MEMORY_MMAP);
        abi::request_buffers(&self.node, &mut wish)?;
        if wish.count < BUFFERS_MIN {
            return Err(Errno::NOMEM);
        }
        for index in 0..wish.count {
            let mut buffer = buffer(index);
            abi::query_buffer(&self.node, &mut buffer)?;
            if buffer.length > FRAME_LIMIT {
                return Err(Errno::NOMEM);
            }
            let (offset, len) = (u64::from(buffer.offset), buffer.length as usize);
            self.maps.push(Map::new(&self.node, offset, len)?);
            abi::queue_buffer(&self.node, &mut buffer)?;
        }
        self.due = 0;
        abi::stream_on(&self.node, &mut { abi::CAPTURE })
    }

    fn off(&mut self) -> Result<(), Errno> {
        let stopped = abi::stream_off(&self.node, &mut { abi::CAPTURE });
        // The driver frees no buffer that is mapped.
        self.maps.clear();
        let mut none = abi::RequestBuffers::zeroed();
        (none.kind, none.memory) = (abi::CAPTURE, abi::MEMORY_MMAP);
        stopped.and(abi::request_buffers(&self.node, &mut none))
    }

    /// The newest good frame; `None` at the deadline. What is older or damaged is counted.
    pub fn newest(&mut self, deadline: Instant, counts: &mut Counts) -> Result<Option<Raw>, Errno> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if self.is_ready(left)? {
                if let Some(raw) = self.drain(counts)? {
                    counts.given += 1;
                    return Ok(Some(raw));
                }
                std::thread::sleep(PAUSE.min(left));
            }
            if left.is_zero() {
                return Ok(None);
            }
        }
    }

    /// Whether there is a frame, or an error to fetch.
    fn is_ready(&self, left: Duration) -> Result<bool, Errno> {
        let wait = Timespec {
            tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
            tv_nsec: i64::from(left.subsec_nanos()),
        };
        let mut polled = [PollFd::new(&self.node, PollFlags::IN)];
        match poll(&mut polled, Some(&wait)) {
            Ok(count) => Ok(count > 0),
            Err(Errno::INTR) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Takes all that is there, gives back to the driver all but the last good one, and that too
    /// when it is copied.
    fn drain(&mut self, counts: &mut Counts) -> Result<Option<Raw>, Errno> {
        let mut best = None::<abi::Buffer>;
        loop {
            let mut next = buffer(0);
            match abi::dequeue_buffer(&self.node, &mut next) {
                Ok(()) => {}
                Err(Errno::AGAIN) => break,
                Err(error) => return Err(error),
            }
            let gap = next.sequence.wrapping_sub(self.due);
            // A count that went back is none.
            counts.lost += u64::from(if gap < 1 << 16 { gap } else { 0 });
            self.due = next.sequence.wrapping_add(1);
            let older = match is_good(&next, &self.mode) {
                true => {
                    counts.passed += u64::from(best.is_some());
                    best.replace(next)
                }
                false => {
                    counts.damaged += 1;
                    Some(next)
                }
            };
            if let Some(mut older) = older {
                abi::queue_buffer(&self.node, &mut older)?;
            }
        }
        let Some(mut best) = best else {
            return Ok(None);
        };
        let map = self.maps.get(best.index as usize).ok_or(Errno::INVAL)?;
        let bytes = map.copy(best.bytes_used as usize);
        let sequence = best.sequence;
        abi::queue_buffer(&self.node, &mut best)?;
        Ok(Some(Raw { bytes, sequence }))
    }
}

/// Whether a buffer holds a frame: not marked as damaged, which is how the driver tells of a
/// payload's error bit (UVC 1.5, 2.4.3.3), and not shorter than its form asks for.
fn is_good(buffer: &abi::Buffer, mode: &Mode) -> bool {
    let wanted = match mode.form {
        FrameForm::Mjpeg => 1,
        FrameForm::Yuyv => u64::from(mode.width) * u64::from(mode.height) * 2,
    };
    let marked = buffer.flags & abi::BUF_FLAG_ERROR != 0;
    !marked && u64::from(buffer.bytes_used) >= wanted && buffer.bytes_used <= buffer.length
}

impl Drop for Stream {
    fn drop(&mut self) {
        // A camera that is gone answers an error; closing frees what is left.
        let _ = self.off();
    }
}

fn buffer(index: u32) -> abi::Buffer {
    let mut buffer = abi::Buffer::zeroed();
    (buffer.index, buffer.kind, buffer.memory) = (index, abi::CAPTURE, abi::MEMORY_MMAP);
    buffer
}

/// A buffer of the driver's, mapped for reading.
struct Map {
    at: *mut c_void,
    len: usize,
}

// SAFETY: the mapping belongs to the process, not to the thread that made it.
unsafe impl Send for Map {}

impl Map {
    fn new(node: &Node, offset: u64, len: usize) -> Result<Map, Errno> {
        let (read, shared) = (ProtFlags::READ, MapFlags::SHARED);
        // SAFETY: the kernel chooses a free place; nothing of ours is there.
        let at = unsafe { mmap(std::ptr::null_mut(), len, read, shared, node, offset) }?;
        Ok(Map { at, len })
    }

    /// The first bytes. Called while the buffer is ours: the driver writes only into queued ones.
    fn copy(&self, len: usize) -> Vec<u8> {
        // SAFETY: the mapping is `self.len` long and lives as long as `self`; the length is held
        // within it.
        unsafe { std::slice::from_raw_parts(self.at.cast::<u8>(), len.min(self.len)) }.to_vec()
    }
}

impl Drop for Map {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this length, and no slice of it is left.
        let _ = unsafe { munmap(self.at, self.len) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_that_the_driver_marks_as_damaged_is_none_whatever_its_length() {
        let mode = |form| Mode {
            fourcc: 0,
            form,
            width: 4,
            height: 2,
            interval: (1, 15),
        };
        for (form, bytes_used, flags, good) in [
            (FrameForm::Mjpeg, 1000, 0, true),
            (FrameForm::Mjpeg, 1000, abi::BUF_FLAG_ERROR, false),
            (FrameForm::Mjpeg, 1000, abi::BUF_FLAG_ERROR | 1, false),
            (FrameForm::Mjpeg, 0, 0, false),
            (FrameForm::Mjpeg, 1001, 0, false),
            (FrameForm::Yuyv, 16, 0, true),
            (FrameForm::Yuyv, 16, abi::BUF_FLAG_ERROR, false),
            (FrameForm::Yuyv, 15, 0, false),
        ] {
            let mut next = buffer(0);
            (next.bytes_used, next.length, next.flags) = (bytes_used, 1000, flags);
            assert_eq!(
                is_good(&next, &mode(form)),
                good,
                "{form:?} {bytes_used} {flags:x}"
            );
        }
    }
}
