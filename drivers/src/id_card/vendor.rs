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
        let until = Instant::now() + START_LIMIT;
        let opened = answer(|len| process.take(len, until))?;
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
        let until = Instant::now() + command.limit() + MARGIN;
        let answered = answer(|len| process.take(len, until));
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

/// The next answer, from what gives exactly so many bytes; codes of the library's own are errors.
fn answer(mut take: impl FnMut(usize) -> Result<Vec<u8>, Fault>) -> Result<Answer, CardError> {
    let head = take(2).map_err(error_of)?;
    let len = usize::from(u16::from_be_bytes([head[0], head[1]]));
    if !(1..=BODY_LIMIT).contains(&len) {
        return Err(CardError::FrameLength { announced: len });
    }
    let mut body = take(len).map_err(error_of)?;
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
    use crate::hostile::{self, Chance};

    /// Gives bytes as a program's output does.
    fn from(mut bytes: &[u8]) -> impl FnMut(usize) -> Result<Vec<u8>, Fault> {
        move |len| {
            let (given, rest) = bytes.split_at_checked(len).ok_or(Fault::Ended)?;
            bytes = rest;
            Ok(given.to_vec())
        }
    }

    /// An answer of the program, now and then with a wrong length.
    fn made_up(chance: &mut Chance) -> Vec<u8> {
        let len = chance.below(3_000);
        let body = chance.bytes(len);
        let mut told = len as u16;
        if chance.once_in(3) {
            told = chance.bits() as u16;
        }
        [&told.to_be_bytes()[..], &body].concat()
    }

    #[test]
    fn every_truncation_of_an_answer_is_refused() {
        let whole = [0, 3, sdt::OK, 7, 8];
        assert_eq!(
            answer(from(&whole)).map(|a| (a.sw3, a.data)),
            Ok((sdt::OK, vec![7, 8]))
        );
        for cut in 0..whole.len() {
            assert_eq!(
                answer(from(&whole[..cut])).err(),
                Some(CardError::VendorStopped)
            );
        }
    }

    #[test]
    fn hostile_answers_are_an_answer_or_an_error_within_their_length() {
        let samples = [
            vec![0, 1, 0x90],
            vec![0, 4, 0x90, 1, 2, 3],
            vec![0, 1, 0x02],
        ];
        hostile::parser(&samples, made_up, 64 << 10, |bytes| {
            if let Ok(answer) = answer(from(bytes)) {
                assert!(answer.data.len() < BODY_LIMIT && answer.sw3 >= 0x10);
            }
        });
    }

    /// The program at the other end, which counts what it is asked.
    struct Counted(usize);

    impl sdtapi::Calls for Counted {
        fn open(&mut self, _: u16) -> u8 {
            sdt::OK
        }
        fn call(&mut self, command: [u8; 2]) -> (u8, Vec<u8>) {
            self.0 += 1;
            (sdt::OK, command.to_vec())
        }
    }

    #[test]
    fn hostile_requests_end_the_program_or_are_answered_one_by_one() {
        let samples = [vec![0, 2, 0x20, 1, 0, 3, 0x30, 1, 0xFF]];
        hostile::parser(&samples, made_up, 256 << 10, |bytes| {
            let (mut output, mut calls) = (Vec::new(), Counted(0));
            let _ = sdtapi::serve(bytes, &mut output, 1001, &mut calls);
            // One answer about the port, and five bytes for each request.
            assert_eq!(output.len(), 3 + 5 * calls.0);
        });
    }

    #[test]
    fn every_code_of_the_library_has_a_meaning_of_its_own() {
        let codes = [0x01, 0x02, 0x03, 0x05, 0x09].map(|code| error_of_library(code).code());
        let once: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(once.len(), codes.len(), "{codes:?}");
    }
}
