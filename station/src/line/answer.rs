//! A request on its way and its answer: time limits that grow with the bytes, and refusals as errors.

use std::time::Duration;

use domain::sync::Problem;
use reqwest::header::RETRY_AFTER;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;

use super::LineError;
use super::body::{self, Came};

/// Sends a request and reads the JSON of its answer.
pub(super) async fn answer<A: DeserializeOwned>(
    request: RequestBuilder,
    limit: Duration,
) -> Result<A, LineError> {
    parse(&bytes(request, limit).await?)
}

/// An answer in JSON, whole or not at all.
pub fn parse<A: DeserializeOwned>(bytes: &[u8]) -> Result<A, LineError> {
    serde_json::from_slice(bytes).map_err(|_| LineError::new("line.bad_answer"))
}

/// The same as it is.
pub(super) async fn bytes(request: RequestBuilder, limit: Duration) -> Result<Vec<u8>, LineError> {
    let response = begun(request, limit).await?;
    let status = response.status();
    let retry_after_s = retry_after_s(&response);
    take(status, retry_after_s, body::read(response).await?)
}

/// Sends a request; its answer begins within the limit.
pub(super) async fn begun(request: RequestBuilder, limit: Duration) -> Result<Response, LineError> {
    let begun = tokio::time::timeout(limit, request.send()).await;
    let begun = begun.map_err(|_| LineError::new("line.timeout"))?;
    begun.map_err(|error| LineError::of(&error))
}

/// What came: the bytes that were asked for, or a refusal.
pub fn take(
    status: StatusCode,
    retry_after_s: Option<u64>,
    came: Came,
) -> Result<Vec<u8>, LineError> {
    let bytes = came.decoded()?;
    match status.is_success() {
        true => Ok(bytes),
        false => Err(refusal(status, retry_after_s, &bytes)),
    }
}

/// A refusal as an error: the centre's own code where it gave one.
fn refusal(status: StatusCode, retry_after_s: Option<u64>, bytes: &[u8]) -> LineError {
    let problem = serde_json::from_slice::<Problem>(bytes).ok();
    let error = match &problem {
        Some(problem) => LineError::new(&problem.code),
        None if status == StatusCode::SERVICE_UNAVAILABLE => LineError::new("line.busy"),
        None if status.is_server_error() => LineError::new("line.server_error"),
        None => LineError::new("line.refused"),
    };
    let in_body = problem.as_ref().and_then(|problem| problem.retry_after_s);
    LineError {
        status: Some(status.as_u16()),
        retry_after: in_body.or(retry_after_s).map(Duration::from_secs),
        acked: problem.and_then(|problem| problem.acked),
        ..error
    }
}

/// `Retry-After` in seconds. The form with a date is not read: our clock may be wrong.
pub(super) fn retry_after_s(response: &Response) -> Option<u64> {
    response
        .headers()
        .get(RETRY_AFTER)?
        .to_str()
        .ok()?
        .trim()
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_the_centres_code_and_its_time_to_wait() {
        // Status, Retry-After, body; code, seconds to wait.
        type Row = (u16, Option<u64>, &'static str, &'static str, Option<u64>);
        let table: &[Row] = &[
            (503, Some(7), "", "line.busy", Some(7)),
            (
                503,
                Some(7),
                r#"{"code":"centre.busy","retry_after_s":3}"#,
                "centre.busy",
                Some(3),
            ),
            (502, None, "<html>", "line.server_error", None),
            (404, None, "<html>", "line.refused", None),
            (
                403,
                None,
                r#"{"code":"station.revoked"}"#,
                "station.revoked",
                None,
            ),
        ];
        for (status, header, body, code, wait_s) in table {
            let status = StatusCode::from_u16(*status).unwrap();
            let error = refusal(status, *header, body.as_bytes());
            assert_eq!(error.reason.code, *code);
            assert_eq!(error.retry_after, wait_s.map(Duration::from_secs));
        }
    }

    #[test]
    fn a_conflict_says_where_the_centres_log_ends() {
        let body = br#"{"code":"log.conflict","acked":41}"#;
        assert_eq!(refusal(StatusCode::CONFLICT, None, body).acked, Some(41));
    }
}
