//! Bodies as they travel: packed and read by both ends' own code, and now and then cut on the way. What is
//! cut is never read, whole or in part.

use center::wire;
use domain::sync::PUSH_DECODED_LIMIT_BYTES;
use reqwest::StatusCode;
use serde::Serialize;
use serde::de::DeserializeOwned;
use station::line::{self, Came, LineError, Packed};

/// A request's body.
#[derive(Clone)]
pub struct Body {
    packed: Packed,
    is_cut: bool,
}

/// An answer.
#[derive(Clone)]
pub struct Reply {
    status: StatusCode,
    retry_after_s: Option<u64>,
    came: Came,
    is_cut: bool,
}

/// What was read of a body, and whether it should not have been.
pub type Taken<T> = (T, bool);

impl Body {
    pub fn of(packed: Packed) -> Body {
        let is_cut = false;
        Body { packed, is_cut }
    }

    pub fn new(value: &impl Serialize) -> Body {
        Body::of(Packed::new(value).expect("a message is JSON"))
    }

    /// Cuts it at this part of its length.
    pub fn cut(&mut self, part: f64) {
        self.is_cut = true;
        cut(&mut self.packed.bytes, part);
    }

    /// As the centre reads it.
    pub fn read<T: DeserializeOwned>(&self) -> Taken<center::Result<T>> {
        let read = wire::parse(&self.packed.bytes, true, PUSH_DECODED_LIMIT_BYTES);
        let wrong = self.is_cut && read.is_ok();
        (read, wrong)
    }
}

impl Reply {
    /// As the centre answers.
    pub fn new(answer: &center::Result<impl Serialize>) -> Reply {
        let (status, retry_after_s, packed) = match answer {
            Ok(body) => (StatusCode::OK, None, wire::pack(true, body)),
            Err(error) => {
                let (status, said) = (error.refusal().status.as_u16(), wire::said(error));
                let status = StatusCode::from_u16(status).expect("a status");
                (
                    status,
                    error.problem().retry_after_s,
                    wire::pack(false, &said),
                )
            }
        };
        let (bytes, coded) = packed.expect("an answer is JSON");
        Reply {
            status,
            retry_after_s,
            came: Came { bytes, coded },
            is_cut: false,
        }
    }

    /// Bytes as they are, such as a part of a snapshot.
    pub fn raw(answer: center::Result<Vec<u8>>) -> Reply {
        match answer {
            Ok(bytes) => {
                let coded = false;
                Reply {
                    status: StatusCode::PARTIAL_CONTENT,
                    retry_after_s: None,
                    came: Came { bytes, coded },
                    is_cut: false,
                }
            }
            Err(error) => Reply::new(&Err::<(), _>(error)),
        }
    }

    pub fn cut(&mut self, part: f64) {
        self.is_cut = true;
        cut(&mut self.came.bytes, part);
    }

    /// As the line reads it.
    pub fn read<T: DeserializeOwned>(self) -> Taken<Result<T, LineError>> {
        let is_cut = self.is_cut;
        let read = self.bytes().and_then(|bytes| line::parse(&bytes));
        let wrong = is_cut && read.is_ok();
        (read, wrong)
    }

    /// A stretch of so many bytes.
    pub fn stretch(self, len: u64) -> Taken<Result<Vec<u8>, LineError>> {
        let is_cut = self.is_cut;
        let read = self.bytes().and_then(|bytes| line::whole(bytes, len));
        let wrong = is_cut && read.is_ok();
        (read, wrong)
    }

    fn bytes(self) -> Result<Vec<u8>, LineError> {
        line::take(self.status, self.retry_after_s, self.came)
    }
}

fn cut(bytes: &mut Vec<u8>, part: f64) {
    let left = (bytes.len() as f64 * part) as usize;
    bytes.truncate(left.min(bytes.len().saturating_sub(1)));
}
