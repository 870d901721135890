//! A stretch of a file: the answer has to be the stretch that was asked for, byte for byte.

use domain::snapshot::Offer;
use reqwest::header::{CONTENT_RANGE, RANGE};
use reqwest::{Method, RequestBuilder, Response, StatusCode};

use super::answer::{begun, retry_after_s, take};
use super::{Line, LineError, REQUEST_LIMIT, body};

impl Line {
    /// `GET /snapshot/{sha256}`: `len` bytes from `offset` on.
    pub async fn snapshot_part(
        &self,
        offer: &Offer,
        offset: u64,
        len: u64,
    ) -> Result<Vec<u8>, LineError> {
        let last = offset.saturating_add(len).saturating_sub(1);
        let asked = format!("bytes {offset}-{last}/{}", offer.size_bytes);
        let path = format!("snapshot/{}", offer.sha256);
        let request = self
            .request(Method::GET, &path)
            .header(RANGE, format!("bytes={offset}-{last}"));
        self.unless_cut(stretch(request, &asked, len)).await
    }
}

async fn stretch(request: RequestBuilder, asked: &str, len: u64) -> Result<Vec<u8>, LineError> {
    let response = begun(request, REQUEST_LIMIT).await?;
    let (status, retry_after_s) = (response.status(), retry_after_s(&response));
    let same = is_stretch(&response, asked);
    let bytes = take(status, retry_after_s, body::read(response).await?)?;
    whole(bytes, len).and_then(|bytes| match same {
        true => Ok(bytes),
        false => Err(LineError::new("line.bad_answer")),
    })
}

/// A stretch that has the length that was asked for.
pub fn whole(bytes: Vec<u8>, len: u64) -> Result<Vec<u8>, LineError> {
    match bytes.len() as u64 == len {
        true => Ok(bytes),
        false => Err(LineError::new("line.bad_answer")),
    }
}

fn is_stretch(response: &Response, asked: &str) -> bool {
    let told = response.headers().get(CONTENT_RANGE);
    let told = told.and_then(|told| told.to_str().ok());
    response.status() == StatusCode::PARTIAL_CONTENT && told == Some(asked)
}
