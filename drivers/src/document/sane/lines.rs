//! A stream of bytes cut into lines, whatever a driver writes; pure.

/// The longest line, bytes; a longer one is cut there.
const LINE_LEN: usize = 4096;

/// What has come of a line so far.
#[derive(Default)]
pub struct Lines {
    line: Vec<u8>,
}

impl Lines {
    /// Takes bytes in; the lines that end in them. A line feed or a carriage return ends one:
    /// progress is written over itself. The last line counts only when it has ended: half a path is
    /// no path.
    pub fn take(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut lines = Vec::new();
        for &byte in bytes {
            let ended = matches!(byte, b'\r' | b'\n');
            if !ended {
                self.line.push(byte);
            }
            if ended || self.line.len() == LINE_LEN {
                lines.push(String::from_utf8_lossy(&self.line).into_owned());
                self.line.clear();
            }
        }
        lines.retain(|line| !line.is_empty());
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::super::signal;
    use super::*;
    use crate::hostile;

    #[test]
    fn a_line_ends_with_either_end_and_is_put_together_from_pieces() {
        let mut lines = Lines::default();
        assert_eq!(lines.take(b"Progress: 1%\rProg"), ["Progress: 1%"]);
        assert_eq!(lines.take(b"ress: 2%\r\n\nBat"), ["Progress: 2%"]);
        assert_eq!(lines.take(b"ch\n"), ["Batch"]);
        assert!(lines.take(b"/dev/shm/p1.p").is_empty(), "not yet");
        let cut = Lines::default().take(&[b'x'; 10_000]);
        assert_eq!(cut.iter().map(String::len).collect::<Vec<_>>(), [4096; 2]);
    }

    #[test]
    fn hostile_output_gives_the_same_lines_however_it_comes_and_none_that_is_long() {
        let words = [
            "Press <RETURN> to continue.",
            "Scanning page 1",
            "Progress: ",
            "1e99%",
            "NaN",
            "-0.5%",
            "(scanner status = ",
            "99999999999",
            ")",
            "Batch terminated",
            "scanimage: ",
            "/dev/shm/p1.pnm",
            "\r",
            "\n",
            "\0",
            "\u{FFFD}",
        ];
        let make = |chance: &mut hostile::Chance| {
            let count = chance.below(200);
            let mut bytes = Vec::new();
            for _ in 0..count {
                match chance.once_in(20) {
                    true => {
                        let len = chance.below(9_000);
                        bytes.extend(chance.bytes(len));
                    }
                    false => bytes.extend(chance.of(&words).as_bytes()),
                }
            }
            bytes
        };
        let samples = [
            b"Scanning page 1\nProgress: 12.5%\rScanned page 1. (scanner status = 5)\n".to_vec(),
            b"scanimage: open of device test:0 failed: Device busy\n".to_vec(),
        ];
        hostile::parser(&samples, make, 4 << 20, |bytes| {
            let whole = Lines::default().take(bytes);
            let mut lines = Lines::default();
            let pieces = bytes.chunks(7).flat_map(|piece| lines.take(piece));
            assert!(pieces.eq(whole.iter().cloned()));
            for line in &whole {
                // A byte that is no UTF-8 is shown by three.
                assert!(line.len() <= 3 * LINE_LEN);
                let _ = signal::of_errors(line);
                let _ = signal::of_output(line);
                let _ = signal::open_fault(line);
            }
        });
    }
}
