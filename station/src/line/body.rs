//! Bodies: JSON under zstd on the way up, zstd or plain on the way down, both with limits.

use std::io::Read;

use domain::sync::{PUSH_DECODED_LIMIT_BYTES, time_for};
use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use serde::Serialize;
use tokio::time::Instant;

use super::{LineError, REQUEST_LIMIT};

/// The name of the coding in headers.
pub const ZSTD: &str = "zstd";
/// Bytes of an answer as it comes over the wire.
const REPLY_LIMIT_BYTES: usize = 8 << 20;
/// Bytes of an answer once decoded: a pull of [`domain::sync::PULL_LIMIT`] facts and room to spare.
const REPLY_DECODED_LIMIT_BYTES: usize = 4 * PUSH_DECODED_LIMIT_BYTES;
/// zstd's window grows with this; 8 MiB is what every decoder must accept.
const WINDOW_LOG_MAX: u32 = 23;
const LEVEL: i32 = 3;

/// A body ready to be sent.
#[derive(Clone, Debug)]
pub struct Packed {
    /// As sent.
    pub bytes: Vec<u8>,
    /// Length once decoded.
    pub decoded_bytes: usize,
}

impl Packed {
    /// JSON under zstd.
    pub fn new(value: &impl Serialize) -> Result<Packed, LineError> {
        pack(value).map_err(|_| LineError::new("internal.bug"))
    }
}

fn pack(value: &impl Serialize) -> std::io::Result<Packed> {
    let json = serde_json::to_vec(value)?;
    Ok(Packed {
        bytes: zstd::encode_all(json.as_slice(), LEVEL)?,
        decoded_bytes: json.len(),
    })
}

/// An answer's body as it came.
#[derive(Clone, Debug)]
pub struct Came {
    /// All of it.
    pub bytes: Vec<u8>,
    /// Packed with zstd.
    pub coded: bool,
}

/// Reads an answer to its end.
pub(super) async fn read(mut response: Response) -> Result<Came, LineError> {
    let coded = response
        .headers()
        .get(CONTENT_ENCODING)
        .is_some_and(|coding| coding == ZSTD);
    let mut bytes = Vec::new();
    let began = Instant::now();
    loop {
        // What has come earns the time for what comes.
        let until = began + REQUEST_LIMIT + time_for(bytes.len());
        let chunk = tokio::time::timeout_at(until, response.chunk()).await;
        let chunk = chunk.map_err(|_| LineError::new("line.timeout"))?;
        let Some(chunk) = chunk.map_err(|error| LineError::of(&error))? else {
            break;
        };
        if bytes.len() + chunk.len() > REPLY_LIMIT_BYTES {
            return Err(LineError::new("line.answer_too_large"));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Came { bytes, coded })
}

impl Came {
    /// As it was before it was packed.
    pub fn decoded(self) -> Result<Vec<u8>, LineError> {
        match self.coded {
            true => unpack(&self.bytes, REPLY_DECODED_LIMIT_BYTES),
            false => Ok(self.bytes),
        }
    }
}

/// Decodes at most `limit` bytes; more is an error, not a cut.
pub fn unpack(coded: &[u8], limit: usize) -> Result<Vec<u8>, LineError> {
    let broken = |_| LineError::new("line.bad_answer");
    let mut decoder = zstd::Decoder::new(coded).map_err(broken)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(broken)?;
    let mut plain = Vec::new();
    decoder
        .take(limit as u64 + 1)
        .read_to_end(&mut plain)
        .map_err(broken)?;
    if plain.len() > limit {
        return Err(LineError::new("line.answer_too_large"));
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_again() {
        let packed = pack(&vec!["驿站"; 100]).unwrap();
        assert!(packed.bytes.len() < packed.decoded_bytes);
        let plain = unpack(&packed.bytes, packed.decoded_bytes).unwrap();
        assert_eq!(
            serde_json::from_slice::<Vec<String>>(&plain).unwrap().len(),
            100
        );
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unfolded() {
        let bomb = zstd::encode_all(std::io::repeat(0).take(1 << 30), 1).unwrap();
        assert!(bomb.len() < 1 << 17);
        assert_eq!(
            unpack(&bomb, 1 << 20).unwrap_err().reason.code,
            "line.answer_too_large"
        );
    }

    #[test]
    fn every_cut_of_a_body_is_refused() {
        let packed = pack(&vec!["a", "b"]).unwrap().bytes;
        for end in 0..packed.len() {
            // Nothing at all is an empty body, which is no JSON either.
            if let Ok(plain) = unpack(&packed[..end], 1000) {
                assert!(
                    serde_json::from_slice::<Vec<String>>(&plain).is_err(),
                    "cut at {end}"
                );
            }
        }
    }
}
