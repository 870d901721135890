//! A vendor's library in a process of its own, asked through pipes: the only way to most USB
//! readers on Windows.
//!
//! The pipe's protocol stands in the `sdtapi` crate, which is the program at the other end; here is
//! its own copy of the few lines needed, because that program must not depend on anything. A
//! process that hangs is killed, one that ended is started again, at the next request.

use super::module::Sam;
use super::process::{Fault, Process};
use super::sdt::{self, Answer, BODY_LIMIT, Command};
use crate::error::CardError;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The library loads, and opens its port, within this.
const START_LIMIT: Duration = Duration::from_secs(5);
/// What the library may take beyond the module's own time.
const MARGIN: Duration = Duration::from_secs(1);

/// A security module behind a vendor's program.
pub struct Vendor {
    program: PathBuf,
    arguments: Vec<String>,
    process: Option<Process>,
}

impl Vendor {
    /// Starts the program; `arguments` stand before the number of the port.
    pub fn start(program: &Path, arguments: &[String], port: u16) -> Result<Self, CardError> {
        let mut arguments = arguments.to_vec();
        arguments.push(port.to_string());
        let mut vendor = Self {
            program: program.to_path_buf(),
            arguments,
            process: None,
        };
        vendor.process = Some(vendor.start_again()?);
        Ok(vendor)
    }

    /// The running program's number.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Process::id)
    }

    fn start_again(&self) -> Result<Process, CardError> {
        let mut process = Process::start(&self.program, &self.arguments).map_err(error_of)?;
        let opened = answer(&mut process, Instant::now() + START_LIMIT)?;
        match opened.sw3 {
            sdt::OK => Ok(process),
            code => Err(sdt::error_of(code)),
        }
    }
}

impl Sam for Vendor {
    fn ask(&mut self, command: Command) -> Result<Answer, CardError> {
        let mut process = match self.process.take() {
            Some(process) => process,
            None => self.start_again()?,
        };
        let mut request = vec![0, 2];
        request.extend_from_slice(&command.bytes());
        process.give(request).map_err(error_of)?;
        let answered = answer(&mut process, Instant::now() + command.limit() + MARGIN);
        // What failed otherwise is dropped here, and with that killed.
        if matches!(
            &answered,
            Ok(_) | Err(CardError::Timeout | CardError::ReaderTransfer)
        ) {
            self.process = Some(process);
        }
        answered
    }
}

/// The next answer; codes of the library's own are errors.
fn answer(process: &mut Process, until: Instant) -> Result<Answer, CardError> {
    let head = process.take(2, until).map_err(error_of)?;
    let len = usize::from(u16::from_be_bytes([head[0], head[1]]));
    if !(1..=BODY_LIMIT).contains(&len) {
        return Err(CardError::FrameLength { announced: len });
    }
    let mut body = process.take(len, until).map_err(error_of)?;
    match body.remove(0) {
        sw3 @ 0x10.. => Ok(Answer { sw3, data: body }),
        code => Err(error_of_library(code)),
    }
}

/// What the library's own codes mean; they are never on a reader's wire.
fn error_of_library(code: u8) -> CardError {
    match code {
        0x01 => CardError::Port,
        0x02 => CardError::Timeout,
        0x05 => CardError::SamSerial,
        0x09 => CardError::VendorFile,
        // 03 is this; others are in no table.
        _ => CardError::ReaderTransfer,
    }
}

fn error_of(fault: Fault) -> CardError {
    match fault {
        Fault::NotStarted => CardError::VendorMissing,
        Fault::Late | Fault::Ended => CardError::VendorStopped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_library_has_a_meaning_of_its_own() {
        let codes = [0x01, 0x02, 0x03, 0x05, 0x09].map(|code| error_of_library(code).code());
        let once: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(once.len(), codes.len(), "{codes:?}");
    }
}
