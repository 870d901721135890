//! JSON bodies on the way in and out, zstd where the other side speaks it, with bounded decoding.

use std::borrow::Cow;
use std::io::Read;
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::Reason;
use domain::sync::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::refusal;
use crate::room::Taken;

/// Compression level: on our bodies, higher ones cost time and gain little.
const LEVEL: i32 = 3;
/// Answers below this are not worth compressing.
const WORTHWHILE_BYTES: usize = 512;

/// How large a request may be.
#[derive(Clone, Copy)]
pub struct Limit {
    /// As sent.
    pub sent_bytes: usize,
    /// Decoded.
    pub decoded_bytes: usize,
    /// How long it may take to arrive: who reads it holds a place that others wait for.
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
    let packed = is_zstd(request.headers(), CONTENT_ENCODING.as_str());
    let bytes = bytes(request, limit.sent_bytes, limit.within).await?;
    parse(&bytes, packed, limit.decoded_bytes)
}

/// A JSON body as it came, whole or not at all.
pub fn parse<T: DeserializeOwned>(bytes: &[u8], packed: bool, limit_bytes: usize) -> Result<T> {
    let decoded = match packed {
        true => Cow::Owned(unpack(bytes, limit_bytes)?),
        false => Cow::Borrowed(bytes),
    };
    serde_json::from_slice(&decoded).map_err(|_| Error::Refused(&refusal::REQUEST_MALFORMED))
}

/// Reads a body as it is.
pub async fn bytes(request: Request<Body>, limit_bytes: usize, within: Duration) -> Result<Bytes> {
    let announced = request
        .headers()
        .get("content-length")
        .and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit_bytes) {
        return Err(Error::Refused(&refusal::REQUEST_TOO_LARGE));
    }
    let arriving = to_bytes(request.into_body(), limit_bytes);
    let arrived = tokio::time::timeout(within, arriving).await;
    let arrived = arrived.map_err(|_| Error::Refused(&refusal::REQUEST_SLOW))?;
    arrived.map_err(|error| {
        let over = std::error::Error::source(&error)
            .is_some_and(|cause| cause.to_string().contains("length limit"));
        Error::Refused(if over {
            &refusal::REQUEST_TOO_LARGE
        } else {
            &refusal::REQUEST_MALFORMED
        })
    })
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
    let decoder = zstd::stream::read::Decoder::new(bytes).map_err(malformed)?;
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
}
