//! JSON bodies on the way in and out, zstd where the other side speaks it, with bounded decoding.

use std::io::Read;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, TRANSFER_ENCODING,
};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Reason;
use domain::sync::{Problem, time_for};
use futures_util::StreamExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};

use crate::error::{Error, Result};
use crate::refusal;
use crate::room::Taken;

/// Compression level: on our bodies, higher ones cost time and gain little.
const LEVEL: i32 = 3;
/// Answers below this are not worth compressing.
const WORTHWHILE_BYTES: usize = 512;
/// zstd's window grows with this; 8 MiB is what every decoder must accept.
const WINDOW_LOG_MAX: u32 = 23;

/// How large a request may be.
#[derive(Clone, Copy)]
pub struct Limit {
    /// As sent.
    pub sent_bytes: usize,
    /// Decoded.
    pub decoded_bytes: usize,
    /// How long it may take to arrive, beyond the time that its bytes earn.
    pub within: Duration,
}

/// For everything but pushes and pages.
pub const SMALL: Limit = Limit {
    sent_bytes: 64 << 10,
    decoded_bytes: 256 << 10,
    within: Duration::from_secs(10),
};

/// Reads a JSON body.
pub async fn read<T: DeserializeOwned>(request: Request<Body>, limit: Limit) -> Result<T> {
    let packed = has_zstd(request.headers());
    let bytes = bytes(request, limit.sent_bytes, limit.within).await?;
    parse(&bytes, packed, limit.decoded_bytes)
}

/// Whether the body is packed.
pub fn has_zstd(headers: &HeaderMap) -> bool {
    is_zstd(headers, CONTENT_ENCODING.as_str())
}

/// A JSON body that was read.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], packed: bool, limit_bytes: usize) -> Result<T> {
    let malformed = |_| Error::Refused(&refusal::REQUEST_MALFORMED);
    match packed {
        true => serde_json::from_slice(&unpack(bytes, limit_bytes)?).map_err(malformed),
        false => serde_json::from_slice(bytes).map_err(malformed),
    }
}

/// The bytes of a body that is still to come, as far as its head says; never more than the limit.
pub fn to_come(headers: &HeaderMap, limit_bytes: usize) -> usize {
    match announced(headers) {
        Some(length) => length.min(limit_bytes),
        None if headers.contains_key(TRANSFER_ENCODING) => limit_bytes,
        None => 0,
    }
}

fn announced(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Reads a body as it is. What has come earns the time for what comes: a slow line is waited for, one
/// that stands still is not.
pub async fn bytes(request: Request<Body>, limit_bytes: usize, within: Duration) -> Result<Bytes> {
    if announced(request.headers()).is_some_and(|length| length > limit_bytes) {
        return Err(Error::Refused(&refusal::REQUEST_TOO_LARGE));
    }
    let mut arriving = request.into_body().into_data_stream();
    let (began, mut arrived) = (Instant::now(), Vec::new());
    loop {
        let until = began + within + time_for(arrived.len());
        let next = timeout_at(until, arriving.next()).await;
        let next = next.map_err(|_| Error::Refused(&refusal::REQUEST_SLOW))?;
        let Some(chunk) = next else {
            return Ok(arrived.into());
        };
        let chunk = chunk.map_err(|_| Error::Refused(&refusal::REQUEST_MALFORMED))?;
        if arrived.len() + chunk.len() > limit_bytes {
            return Err(Error::Refused(&refusal::REQUEST_TOO_LARGE));
        }
        arrived.extend_from_slice(&chunk);
    }
}

/// Whether the answer may be packed.
pub fn wants_zstd(headers: &HeaderMap) -> bool {
    is_zstd(headers, ACCEPT_ENCODING.as_str())
}

/// A JSON answer.
pub fn answer<T: Serialize>(packed: bool, body: &T) -> Response {
    answer_of(packed, body, Bytes::from)
}

/// The same, in room that it keeps until it has left.
pub fn answer_within<T: Serialize>(room: Taken, packed: bool, body: &T) -> Response {
    answer_of(packed, body, |bytes| room.hold(bytes))
}

fn answer_of<T: Serialize>(
    packed: bool,
    body: &T,
    hold: impl FnOnce(Vec<u8>) -> Bytes,
) -> Response {
    let (bytes, is_packed) = match pack(packed, body) {
        Ok(packed) => packed,
        Err(error) => return refuse(&error),
    };
    let mut response = Response::builder().header(CONTENT_TYPE, "application/json");
    if is_packed {
        response = response.header(CONTENT_ENCODING, "zstd");
    }
    response
        .body(Body::from(hold(bytes)))
        .unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

/// JSON as it travels, and whether it is packed: where the other side can read that, and it is worth it.
pub fn pack<T: Serialize>(may: bool, body: &T) -> Result<(Vec<u8>, bool)> {
    let json = serde_json::to_vec(body)
        .map_err(|error| Error::Fault(format!("an answer that is no JSON: {error}")))?;
    if may
        && json.len() >= WORTHWHILE_BYTES
        && let Ok(smaller) = zstd::bulk::compress(&json, LEVEL)
    {
        return Ok((smaller, true));
    }
    Ok((json, false))
}

/// The answer to a request that failed. Faults of ours are logged here, once.
pub fn refuse(error: &Error) -> Response {
    let refusal = error.refusal();
    if refusal.status.is_server_error() {
        tracing::error!(code = refusal.code, %error, "a request failed");
    } else {
        tracing::debug!(code = refusal.code, "a request was refused");
    }
    let said = said(error);
    let mut response = answer(false, &said);
    *response.status_mut() = refusal.status;
    if let Some(seconds) = said.problem.retry_after_s {
        response
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// A problem as `domain` has it; to the console also why, in the domain's words.
#[derive(Serialize)]
pub struct Said<'a> {
    #[serde(flatten)]
    problem: Problem,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    reasons: &'a [Reason],
}

/// What the body of a refusal says.
pub fn said(error: &Error) -> Said<'_> {
    Said {
        problem: error.problem(),
        reasons: match error {
            Error::Told(_, told) => told.reasons.as_slice(),
            _ => &[],
        },
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        refuse(&self)
    }
}

fn is_zstd(headers: &HeaderMap, name: &str) -> bool {
    headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("zstd"))
}

fn unpack(bytes: &[u8], limit_bytes: usize) -> Result<Vec<u8>> {
    let malformed = |_| Error::Refused(&refusal::REQUEST_MALFORMED);
    let mut decoder = zstd::stream::read::Decoder::new(bytes).map_err(malformed)?;
    decoder.window_log_max(WINDOW_LOG_MAX).map_err(malformed)?;
    let mut decoded = Vec::new();
    decoder
        .take(limit_bytes as u64 + 1)
        .read_to_end(&mut decoded)
        .map_err(malformed)?;
    if decoded.len() > limit_bytes {
        return Err(Error::Refused(&refusal::REQUEST_TOO_LARGE));
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bomb_is_refused_after_the_limit_and_a_truncation_at_once() {
        let packed = zstd::bulk::compress(&vec![b'0'; 1 << 20], 3).unwrap();
        let refused = |error: Error| error.refusal();
        let bomb = unpack(&packed, 1000).map_err(refused);
        assert_eq!(bomb, Err(&refusal::REQUEST_TOO_LARGE));
        for end in 0..packed.len() {
            assert!(unpack(&packed[..end], 2 << 20).is_err(), "cut at {end}");
        }
    }

    #[test]
    fn a_body_that_asks_for_much_memory_to_be_decoded_is_refused() {
        let packed = |window_log| {
            let mut encoder = zstd::stream::Encoder::new(Vec::new(), 1).unwrap();
            encoder.window_log(window_log).unwrap();
            std::io::Write::write_all(&mut encoder, b"[1, 2]").unwrap();
            encoder.finish().unwrap()
        };
        assert_eq!(unpack(&packed(23), 100).unwrap(), b"[1, 2]");
        let refused = unpack(&packed(27), 100).map_err(|error| error.refusal());
        assert_eq!(refused, Err(&refusal::REQUEST_MALFORMED));
    }
}
