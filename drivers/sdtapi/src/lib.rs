//! The vendors' library for identity card readers (`sdtapi.dll`, 32 bits) as a process: this side
//! serves, `drivers::id_card::vendor` asks. A crash or a hang of the library costs a process that is
//! started again, and the station stays 64 bits.
//!
//! ```text
//! request   length u16 big endian | CMD PARA         the two command bytes of the module
//! answer    length u16 big endian | code u8 | data   one per request, in order
//! ```
//!
//! Before the first request comes one answer about the port: 90 when it is open. Codes from 10 on
//! are the module's third status byte with the data a frame of it would hold; codes below 10 are the
//! library's own (01 port, 02 time limit, 03 transfer, 05 number of the module, 09 file). The program
//! ends when its input does.
//!
//! Not here: the library itself (`dll`), of which only Windows compiles anything.

#[cfg(windows)]
pub mod dll;

use std::io::{ErrorKind, Read, Result, Write};

/// The longest request, bytes; anything longer is no request of ours.
const REQUEST_LIMIT: usize = 16;

/// What the vendors' library does.
pub trait Calls {
    /// Opens a port: 1 to 16 serial, 1001 to 1016 USB. 90 or the library's code.
    fn open(&mut self, port: u16) -> u8;
    /// One command of the module: the code, and what a frame of the answer would hold.
    fn call(&mut self, command: [u8; 2]) -> (u8, Vec<u8>);
}

/// Serves until the input ends.
pub fn serve(
    mut from: impl Read,
    mut to: impl Write,
    port: u16,
    calls: &mut impl Calls,
) -> Result<()> {
    let opened = calls.open(port);
    answer(&mut to, opened, b"")?;
    if opened != 0x90 {
        return Ok(());
    }
    while let Some(command) = request(&mut from)? {
        let (code, data) = calls.call(command);
        answer(&mut to, code, &data)?;
    }
    Ok(())
}

/// The next command; `None` when the input ends between two.
fn request(from: &mut impl Read) -> Result<Option<[u8; 2]>> {
    let mut len = [0; 2];
    match from.read_exact(&mut len[..1]) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    from.read_exact(&mut len[1..])?;
    let len = usize::from(u16::from_be_bytes(len));
    if !(2..=REQUEST_LIMIT).contains(&len) {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut body = vec![0; len];
    from.read_exact(&mut body)?;
    Ok(Some([body[0], body[1]]))
}

/// One answer in one write, so that nobody ever sees half of it.
fn answer(to: &mut impl Write, code: u8, data: &[u8]) -> Result<()> {
    let len = u16::try_from(data.len() + 1).map_err(|_| ErrorKind::InvalidData)?;
    let mut bytes = Vec::with_capacity(data.len() + 3);
    bytes.extend_from_slice(&len.to_be_bytes());
    bytes.push(code);
    bytes.extend_from_slice(data);
    to.write_all(&bytes)?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers a command with its own bytes.
    struct Echo(u8);

    impl Calls for Echo {
        fn open(&mut self, _: u16) -> u8 {
            self.0
        }
        fn call(&mut self, command: [u8; 2]) -> (u8, Vec<u8>) {
            (0x90, command.to_vec())
        }
    }

    fn served(input: &[u8], opened: u8) -> (Vec<u8>, bool) {
        let mut output = Vec::new();
        let ended = serve(input, &mut output, 1001, &mut Echo(opened));
        (output, ended.is_ok())
    }

    #[test]
    fn the_port_is_answered_for_first_then_each_request_in_order() {
        let requests = [0, 2, 0x20, 1, 0, 3, 0x30, 1, 0xFF];
        let answers = [
            &[0, 1, 0x90][..],
            &[0, 3, 0x90, 0x20, 1],
            &[0, 3, 0x90, 0x30, 1],
        ]
        .concat();
        assert_eq!(served(&requests, 0x90), (answers, true));
        // A port that cannot be opened ends the program.
        assert_eq!(served(&requests, 1), (vec![0, 1, 1], true));
    }

    #[test]
    fn every_truncation_and_impossible_length_is_refused() {
        let request = [0, 2, 0x20, 1];
        for cut in 1..request.len() {
            assert!(!served(&request[..cut], 0x90).1, "{cut}");
        }
        for len in [[0, 0], [0, 1], [0, 17], [0xFF, 0xFF]] {
            assert!(!served(&[&len[..], &[1; 64]].concat(), 0x90).1);
        }
    }
}
