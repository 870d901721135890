//! Answers out of a stream of bytes, as serial ports and USB pipes deliver them.

use super::{Answer, BODY_LIMIT, HEAD, PREAMBLE, decode_answer};
use crate::error::CardError;

/// Finds answers in a stream that may hold noise, zero padding and broken frames.
///
/// Holds at most one frame's bytes beyond what it has answered.
#[derive(Default)]
pub struct Resync {
    pub(super) buffer: Vec<u8>,
}

impl Resync {
    /// Adds bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole answer; `None` when more bytes are needed.
    ///
    /// Noise before a frame is dropped. A frame with a wrong checksum or an impossible length is
    /// an error once, and the search goes on right behind its preamble.
    pub fn next_answer(&mut self) -> Option<Result<Answer, CardError>> {
        self.drop_noise();
        if self.buffer.len() < HEAD {
            return None;
        }
        let len = usize::from(u16::from_be_bytes([self.buffer[5], self.buffer[6]]));
        if !(4..=BODY_LIMIT).contains(&len) {
            self.buffer.drain(..PREAMBLE.len());
            return Some(Err(CardError::FrameLength { announced: len }));
        }
        if self.buffer.len() < HEAD + len {
            return None;
        }
        let answer = decode_answer(&self.buffer[..HEAD + len]);
        let used = if answer.is_ok() {
            HEAD + len
        } else {
            PREAMBLE.len()
        };
        self.buffer.drain(..used);
        Some(answer)
    }

    /// What is wrong when nothing more comes: the frame that has begun, if one has.
    #[must_use]
    pub fn unfinished(&self) -> Option<CardError> {
        // Fewer bytes than a preamble may as well be noise.
        let begun = self.buffer.len() >= PREAMBLE.len();
        let len = self.buffer.get(5..HEAD);
        let len = len.map_or(3, |len| usize::from(u16::from_be_bytes([len[0], len[1]])));
        begun.then(|| CardError::FrameTruncated {
            got: self.buffer.len(),
            want: HEAD + len,
        })
    }

    /// Leaves the buffer empty or beginning with (the beginning of) a preamble.
    fn drop_noise(&mut self) {
        let start = (0..self.buffer.len()).find(|&at| {
            let rest = &self.buffer[at..];
            let len = rest.len().min(PREAMBLE.len());
            rest[..len] == PREAMBLE[..len]
        });
        self.buffer.drain(..start.unwrap_or(self.buffer.len()));
    }
}
