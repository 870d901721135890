//! Readers on a serial port: 8 data bits, no parity, 1 stop bit, no flow control.
//!
//! A thin layer over termios. On Windows serial readers go through their vendor's library
//! (`vendor`), which counts them among its ports.

use super::module::Sam;
use super::pump::{Pipe, Pump};
use crate::error::CardError;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::termios::{ControlModes, OptionalActions, Termios};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

/// More than a whole frame at once is not read.
const READ_LEN: usize = 4096;

/// Opens a port.
pub fn open(port: &str, baud: u32) -> Result<Box<dyn Sam + Send>, CardError> {
    let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let port = rustix::fs::open(port, flags, Mode::empty()).map_err(error_of)?;
    let mut settings = rustix::termios::tcgetattr(&port).map_err(|_| CardError::Port)?;
    set_line(&mut settings, baud)?;
    rustix::termios::tcsetattr(&port, OptionalActions::Flush, &settings).map_err(error_of)?;
    // Two programs on one port would each get half of the answers.
    rustix::termios::ioctl_tiocexcl(&port).map_err(error_of)?;
    Ok(Box::new(Pump::new(Port(port))))
}

fn set_line(settings: &mut Termios, baud: u32) -> Result<(), CardError> {
    settings.make_raw();
    settings.set_speed(baud).map_err(|_| CardError::Port)?;
    settings.control_modes -=
        ControlModes::CSTOPB | ControlModes::PARENB | ControlModes::CRTSCTS | ControlModes::CSIZE;
    settings.control_modes |= ControlModes::CS8 | ControlModes::CLOCAL | ControlModes::CREAD;
    Ok(())
}

struct Port(OwnedFd);

impl Port {
    /// Waits until the port is ready; whether it is.
    fn ready(&self, what: PollFlags, until: Instant) -> Result<bool, CardError> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let mut fds = [PollFd::new(&self.0, what)];
            match poll(&mut fds, Some(&timespec(left))) {
                Err(Errno::INTR) => {}
                Err(error) => return Err(error_of(error)),
                Ok(0) => return Ok(false),
                Ok(_) if fds[0].revents().contains(what) => return Ok(true),
                // Hung up: the adapter was pulled.
                Ok(_) => return Err(CardError::ReaderGone),
            }
        }
    }
}

impl Pipe for Port {
    fn send(&mut self, mut frame: &[u8], until: Instant) -> Result<(), CardError> {
        while !frame.is_empty() {
            if !self.ready(PollFlags::OUT, until)? {
                return Err(CardError::Timeout);
            }
            match rustix::io::write(&self.0, frame) {
                Ok(sent) => frame = &frame[sent..],
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(error) => return Err(error_of(error)),
            }
        }
        Ok(())
    }

    fn receive(&mut self, until: Instant) -> Result<Vec<u8>, CardError> {
        let mut buffer = vec![0; READ_LEN];
        loop {
            if !self.ready(PollFlags::IN, until)? {
                return Ok(Vec::new());
            }
            match rustix::io::read(&self.0, &mut buffer) {
                Ok(0) => return Err(CardError::ReaderGone),
                Ok(len) => {
                    buffer.truncate(len);
                    return Ok(buffer);
                }
                Err(Errno::AGAIN | Errno::INTR) => {}
                Err(error) => return Err(error_of(error)),
            }
        }
    }
}

fn timespec(left: Duration) -> Timespec {
    // Rounded up: a wait of less than it asks for would turn in circles.
    let left = left + Duration::from_micros(1);
    Timespec {
        tv_sec: i64::try_from(left.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: left.subsec_nanos().into(),
    }
}

fn error_of(error: Errno) -> CardError {
    match error {
        Errno::NOENT | Errno::NXIO | Errno::NODEV | Errno::IO => CardError::ReaderGone,
        Errno::ACCESS | Errno::PERM => CardError::AccessDenied,
        Errno::BUSY => CardError::ReaderInUse,
        Errno::NOTTY | Errno::INVAL => CardError::Port,
        _ => CardError::ReaderTransfer,
    }
}

#[cfg(test)]
mod tests;
