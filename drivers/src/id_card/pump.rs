//! A security module at the other end of a stream of bytes: USB pipes and serial ports.
//!
//! Such a stream pads answers with zeros, cuts them anywhere, and may bring an answer after it was
//! given up. What belongs to a frame is told by LEN, never by the size of a read. Not here: the
//! devices themselves (`usb`, `serial`).

use super::module::Sam;
use super::sdt::{self, Answer, Command, Resync};
use crate::error::CardError;
use std::time::{Duration, Instant};

/// A stream that brought nothing for this long brings nothing more of what was given up.
const QUIET: Duration = Duration::from_millis(60);
/// A stream that does not fall quiet within this is left as it is.
const QUIET_LIMIT: Duration = Duration::from_secs(1);

/// Two ways for bytes.
pub trait Pipe {
    /// Sends a whole frame.
    fn send(&mut self, frame: &[u8], until: Instant) -> Result<(), CardError>;
    /// What has come, as soon as something has; nothing when nothing came until then.
    fn receive(&mut self, until: Instant) -> Result<Vec<u8>, CardError>;
}

impl<P: Pipe + ?Sized> Pipe for Box<P> {
    fn send(&mut self, frame: &[u8], until: Instant) -> Result<(), CardError> {
        (**self).send(frame, until)
    }
    fn receive(&mut self, until: Instant) -> Result<Vec<u8>, CardError> {
        (**self).receive(until)
    }
}

/// Sends requests into a [`Pipe`] and finds the answers in what comes back.
pub struct Pump<P> {
    pipe: P,
    /// An answer was given up or came broken: more of it may still come.
    unsure: bool,
}

impl<P: Pipe> Pump<P> {
    /// A module behind a pipe. What was in the pipe before is thrown away at the first request.
    pub fn new(pipe: P) -> Self {
        Self { pipe, unsure: true }
    }

    /// Waits until nothing more comes.
    fn fall_quiet(&mut self) -> Result<(), CardError> {
        let limit = Instant::now() + QUIET_LIMIT;
        while Instant::now() < limit && !self.pipe.receive(Instant::now() + QUIET)?.is_empty() {}
        Ok(())
    }

    fn exchange(&mut self, command: Command) -> Result<Answer, CardError> {
        if self.unsure {
            self.fall_quiet()?;
        }
        let until = Instant::now() + command.limit();
        self.pipe.send(&sdt::encode_request(command), until)?;
        let mut stream = Resync::default();
        loop {
            match stream.next_answer() {
                // A late answer to what was asked before.
                Some(Ok(answer)) if self.unsure && !command.fits(&answer) => continue,
                Some(answer) => return answer,
                None => {}
            }
            let bytes = self.pipe.receive(until)?;
            if bytes.is_empty() {
                return Err(stream.unfinished().unwrap_or(CardError::Timeout));
            }
            stream.push(&bytes);
        }
    }
}

impl<P: Pipe> Sam for Pump<P> {
    fn ask(&mut self, command: Command) -> Result<Answer, CardError> {
        let answer = self.exchange(command);
        self.unsure = answer.is_err();
        answer
    }
}

#[cfg(test)]
mod tests;
