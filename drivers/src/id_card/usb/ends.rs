//! Which bulk endpoints carry what, and frames over them; pure.
//!
//! Two kinds of reader are known. *One pair*: whole frames on one endpoint out and one in. *Head
//! and body*: the first 7 bytes of a frame on endpoints of their own (02 and 81), the rest on 06
//! and 85. Both send packets filled up with zeros.

use crate::error::CardError;
use crate::id_card::profile::UsbLayout;
use crate::id_card::pump::Pipe;
use std::time::{Duration, Instant};

/// Preamble and length: what goes on the head's endpoints, bytes.
const HEAD_LEN: usize = 7;

/// A bulk endpoint as its descriptor tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BulkEnd {
    /// Its address; the top bit is set for IN.
    pub address: u8,
    /// Its packet's size, bytes.
    pub packet_len: usize,
}

/// The endpoints chosen for the parts of a frame: out and in, for each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plan {
    /// Whole frames.
    OnePair {
        /// Requests.
        out: BulkEnd,
        /// Answers.
        into: BulkEnd,
    },
    /// Head and body apart.
    HeadAndBody {
        /// First 7 bytes of requests, and the rest.
        out: [BulkEnd; 2],
        /// First 7 bytes of answers, and the rest.
        into: [BulkEnd; 2],
    },
}

impl Plan {
    /// Chooses among a reader's bulk endpoints; `None` when they do not do.
    pub fn choose(layout: UsbLayout, ends: &[BulkEnd]) -> Option<Self> {
        let at = |address| ends.iter().copied().find(|end| end.address == address);
        let apart = || {
            Some(Self::HeadAndBody {
                out: [at(0x02)?, at(0x06)?],
                into: [at(0x81)?, at(0x85)?],
            })
        };
        let first = |into| {
            ends.iter()
                .copied()
                .find(|end| (end.address & 0x80 != 0) == into)
        };
        let pair = || {
            Some(Self::OnePair {
                out: first(false)?,
                into: first(true)?,
            })
        };
        match layout {
            UsbLayout::OnePair => pair(),
            UsbLayout::HeadAndBody => apart(),
            UsbLayout::Auto => apart().or_else(pair),
        }
    }
}

/// Opened endpoints, counted as a [`Plan`] lists them.
pub trait Ends {
    /// Sends bytes to an endpoint out.
    fn write(&mut self, end: usize, bytes: &[u8], until: Instant) -> Result<(), CardError>;
    /// The next packet of an endpoint in; nothing when none came until then.
    fn read(&mut self, end: usize, until: Instant) -> Result<Vec<u8>, CardError>;
}

/// Whole frames on one pair of endpoints.
pub struct OnePair<E>(pub E);

impl<E: Ends> Pipe for OnePair<E> {
    fn send(&mut self, frame: &[u8], until: Instant) -> Result<(), CardError> {
        self.0.write(0, frame, until)
    }

    fn receive(&mut self, until: Instant) -> Result<Vec<u8>, CardError> {
        self.0.read(0, until)
    }
}

/// Heads and bodies on endpoints of their own.
pub struct HeadAndBody<E> {
    ends: E,
    /// Between the two parts of a request; vendors' programs wait 400 ms.
    pause: Duration,
    /// The head of the answer as far as it has come.
    head: Vec<u8>,
    /// Bytes still to come on the body's endpoint.
    body_left: usize,
}

impl<E: Ends> HeadAndBody<E> {
    /// Frames over these endpoints.
    pub fn new(ends: E, pause: Duration) -> Self {
        Self {
            ends,
            pause,
            head: Vec::new(),
            body_left: 0,
        }
    }

    fn head(&mut self, until: Instant) -> Result<Vec<u8>, CardError> {
        let packet = self.ends.read(0, until)?;
        self.head.extend_from_slice(&packet);
        if let [_, _, _, _, _, high, low, ..] = self.head[..] {
            self.body_left = usize::from(u16::from_be_bytes([high, low]));
            self.head.clear();
        }
        // What fills the packet up is not of the frame.
        let over = packet.len().saturating_sub(HEAD_LEN);
        Ok(packet[..packet.len() - over].to_vec())
    }
}

impl<E: Ends> Pipe for HeadAndBody<E> {
    fn send(&mut self, frame: &[u8], until: Instant) -> Result<(), CardError> {
        (self.head, self.body_left) = (Vec::new(), 0);
        let (head, body) = frame.split_at(HEAD_LEN.min(frame.len()));
        self.ends.write(0, head, until)?;
        std::thread::sleep(self.pause);
        self.ends
            .write(1, body, until.max(Instant::now() + self.pause))
    }

    fn receive(&mut self, until: Instant) -> Result<Vec<u8>, CardError> {
        if self.body_left == 0 {
            return self.head(until);
        }
        let packet = self.ends.read(1, until)?;
        if packet.is_empty() {
            // Given up: the next answer begins with its head.
            self.body_left = 0;
        }
        self.body_left = self.body_left.saturating_sub(packet.len());
        Ok(packet)
    }
}

#[cfg(test)]
mod tests;
