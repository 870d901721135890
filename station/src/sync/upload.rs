//! One page on its way up, step by step, without doing it: [`Upload::told`] takes what the centre
//! answered and says what comes next. The worker's page lane and a simulator run the same steps.

use domain::sync::BlobAt;

use super::plan::{self, Part};
use crate::line::LineError;

/// A part the centre did not take leaves it where it stood; so often in a row is one too many.
const STANDSTILL_LIMIT: u32 = 3;

/// What is to be done for a page.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Ask how much of it the centre has.
    Ask,
    /// Send this part.
    Send {
        /// Where it begins.
        offset: u64,
        /// Its length.
        len: usize,
    },
    /// The centre has it, whole and re-hashed.
    Stored,
    /// It failed for itself: others go past it.
    Refused(LineError),
    /// The line failed.
    Line(LineError),
}

/// A page under way.
#[derive(Clone, Debug)]
pub struct Upload {
    size_bytes: u64,
    /// Where the centre stood before the part that was sent last.
    before: Option<u64>,
    is_sending: bool,
    standstill: u32,
}

impl Upload {
    /// A page of so many bytes. The first thing to do is [`Next::Ask`].
    pub fn new(size_bytes: u64) -> Upload {
        Upload {
            size_bytes,
            before: None,
            is_sending: false,
            standstill: 0,
        }
    }

    /// The centre has answered: how much it has, or why not.
    pub fn told(&mut self, answer: Result<BlobAt, LineError>) -> Next {
        let was_sending = std::mem::take(&mut self.is_sending);
        let at = match answer {
            Ok(at) => at,
            // The centre stands elsewhere: an earlier part arrived although its answer did not.
            Err(error) if was_sending && error.reason.code == "blob.offset" => return Next::Ask,
            // Nothing known of it yet: it starts at its first byte.
            Err(error) if !was_sending && error.status == Some(404) => BlobAt {
                have: 0,
                stored: false,
            },
            Err(error) if error.is_about_the_request() => return Next::Refused(error),
            Err(error) => return Next::Line(error),
        };
        self.standstill = match self.before == Some(at.have) && !at.stored {
            true => self.standstill + 1,
            false => 0,
        };
        let refused = || Next::Refused(LineError::new("page.refused"));
        if self.standstill == STANDSTILL_LIMIT {
            return refused();
        }
        match plan::next_part(self.size_bytes, &at) {
            Part::Stored => Next::Stored,
            Part::Wrong => refused(),
            Part::Send { offset, len } => {
                (self.before, self.is_sending) = (Some(offset), true);
                Next::Send { offset, len }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::sync::BLOB_PART_BYTES;

    const PART: u64 = BLOB_PART_BYTES as u64;

    fn have(have: u64) -> Result<BlobAt, LineError> {
        Ok(BlobAt {
            have,
            stored: false,
        })
    }

    fn error(code: &'static str, status: u16) -> Result<BlobAt, LineError> {
        let mut error = LineError::new(code);
        error.status = Some(status);
        Err(error)
    }

    fn send(offset: u64, len: u64) -> Next {
        let len = len as usize;
        Next::Send { offset, len }
    }

    #[test]
    fn a_page_goes_on_where_the_centre_stands() {
        let mut upload = Upload::new(2 * PART + 5);
        assert_eq!(upload.told(error("blob.unknown", 404)), send(0, PART));
        assert_eq!(upload.told(have(PART)), send(PART, PART));
        // The answer to an earlier part was lost, and another process took it meanwhile.
        assert_eq!(upload.told(error("blob.offset", 409)), Next::Ask);
        assert_eq!(upload.told(have(2 * PART)), send(2 * PART, 5));
        let stored = BlobAt {
            have: 2 * PART + 5,
            stored: true,
        };
        assert_eq!(upload.told(Ok(stored)), Next::Stored);
    }

    #[test]
    fn a_centre_that_never_moves_is_asked_three_times() {
        let mut upload = Upload::new(PART);
        let mut sent = 0;
        let mut next = upload.told(have(0));
        while let Next::Send { .. } = next {
            sent += 1;
            next = upload.told(have(0));
        }
        assert!(matches!(next, Next::Refused(_)), "{next:?}");
        assert_eq!(sent, 3);
    }

    #[test]
    fn bytes_that_are_not_those_of_the_hash_start_over_and_more_than_there_are_is_refused() {
        let mut upload = Upload::new(PART + 1);
        assert_eq!(upload.told(have(PART)), send(PART, 1));
        assert_eq!(upload.told(have(0)), send(0, PART), "it starts over");
        assert!(matches!(upload.told(have(PART + 1)), Next::Refused(_)));
    }
}
