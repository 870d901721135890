//! Recorded MJPEG frames as a live camera: what it was, at its pace, round and round.

use crate::document::camera::mjpeg;
use crate::document::page::jpeg;
use crate::document::{Canceller, Format, Frame, FrameForm, Live, Page};
use crate::error::{PageError, ScanFault};
use std::path::Path;
use std::time::{Duration, Instant};

/// The largest recording, bytes.
const BYTES_LIMIT: u64 = 512 << 20;

/// How soon a still that is waited for notices that it is stopped.
const STOP_NOTICE: Duration = Duration::from_millis(100);

/// A frame and its size; of a damaged one 0 by 0.
struct Recorded {
    bytes: Vec<u8>,
    size: (u32, u32),
}

/// A recording that plays.
pub struct Replay {
    frames: Vec<Recorded>,
    pace: Duration,
    began: Option<Instant>,
    /// The last one shown.
    shown: u64,
}

impl Replay {
    /// Frames one after another, each for `pace`; damaged ones may be among them. A pace of zero
    /// plays them as fast as they are asked for, none passed over.
    #[must_use]
    pub fn new(frames: Vec<Vec<u8>>, pace: Duration) -> Replay {
        let frames = frames.into_iter().map(|bytes| Recorded {
            size: mjpeg::find(&bytes).map_or((0, 0), |found| (found.width(), found.height())),
            bytes,
        });
        Replay {
            frames: frames.collect(),
            pace,
            began: None,
            shown: 0,
        }
    }

    /// A file of frames one behind the other, as `v4l2-ctl --stream-to` and ffmpeg's `mjpeg` write
    /// it.
    ///
    /// # Errors
    /// [`PageError::NotAnImage`] when it cannot be read or holds no picture, [`PageError::TooLarge`].
    pub fn open(file: &Path, pace: Duration) -> Result<Replay, PageError> {
        let size = std::fs::metadata(file).map_err(|_| PageError::NotAnImage)?;
        if size.len() > BYTES_LIMIT {
            return Err(PageError::TooLarge { limit: BYTES_LIMIT });
        }
        let bytes = std::fs::read(file).map_err(|_| PageError::NotAnImage)?;
        let frames = mjpeg::split(&bytes).map(<[u8]>::to_vec).collect::<Vec<_>>();
        match frames.is_empty() {
            true => Err(PageError::NotAnImage),
            false => Ok(Replay::new(frames, pace)),
        }
    }

    /// The number of the frame that is due, from 1.
    fn due(&self, began: Instant) -> u64 {
        match self.pace.is_zero() {
            true => self.shown + 1,
            false => (began.elapsed().as_nanos() / self.pace.as_nanos()) as u64 + 1,
        }
    }

    fn recorded(&self, seq: u64) -> Option<&Recorded> {
        let len = self.frames.len() as u64;
        let at = (seq - 1).checked_rem(len)?;
        self.frames.get(at as usize)
    }
}

impl Live for Replay {
    fn frame(&mut self, deadline: Instant) -> Result<Option<Frame>, ScanFault> {
        let began = *self.began.get_or_insert_with(Instant::now);
        while self.due(began) <= self.shown {
            let next = began + self.pace * u32::try_from(self.shown).unwrap_or(u32::MAX);
            std::thread::sleep(next.min(deadline).saturating_duration_since(Instant::now()));
            if Instant::now() >= deadline && self.due(began) <= self.shown {
                return Ok(None);
            }
        }
        self.shown = self.due(began);
        let recorded = self.recorded(self.shown).ok_or(ScanFault::NoCamera)?;
        Ok(Some(Frame {
            bytes: recorded.bytes.clone(),
            form: FrameForm::Mjpeg,
            width: recorded.size.0,
            height: recorded.size.1,
            seq: self.shown,
        }))
    }

    fn take(&mut self, deadline: Instant, stop: &Canceller) -> Result<Page, ScanFault> {
        loop {
            if stop.is_cancelled() {
                return Err(ScanFault::Cancelled);
            }
            let soon = Instant::now() + STOP_NOTICE;
            let Some(frame) = self.frame(soon.min(deadline))? else {
                match Instant::now() < deadline {
                    true => continue,
                    false => return Err(ScanFault::Hung),
                }
            };
            if let Ok(bytes) = mjpeg::repair(frame.bytes)
                && jpeg::decode(&bytes).is_ok()
            {
                return Ok(Page {
                    bytes,
                    format: Format::Jpeg,
                    dpi: 0,
                    seq: 1,
                });
            }
            if Instant::now() >= deadline {
                return Err(ScanFault::Hung);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_s(seconds: u64) -> Instant {
        Instant::now() + Duration::from_secs(seconds)
    }

    #[test]
    fn frames_come_at_their_pace_and_those_nobody_fetched_are_passed_over() {
        let frames = (0..5).map(|n| vec![n]).collect();
        let mut replay = Replay::new(frames, Duration::from_millis(40));
        assert_eq!(replay.frame(in_s(5)).unwrap().unwrap().seq, 1);
        let early = replay.frame(Instant::now() + Duration::from_millis(1));
        assert_eq!(early, Ok(None));
        std::thread::sleep(Duration::from_millis(130));
        let late = replay.frame(in_s(5)).unwrap().unwrap();
        assert!(late.seq >= 4, "{late:?}");
        assert_eq!(u64::from(late.bytes[0]), (late.seq - 1) % 5);
    }

    #[test]
    fn an_empty_recording_is_no_camera_and_a_damaged_one_gives_no_page() {
        let mut empty = Replay::new(Vec::new(), Duration::ZERO);
        assert_eq!(empty.frame(in_s(1)), Err(ScanFault::NoCamera));
        let mut damaged = Replay::new(vec![b"\xFF\xD8\xFF".to_vec()], Duration::from_millis(5));
        let soon = Instant::now() + Duration::from_millis(60);
        assert_eq!(
            damaged.take(soon, &Canceller::default()),
            Err(ScanFault::Hung)
        );
    }
}
