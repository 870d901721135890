//! The line to a scanner: HTTP/1.1 requests with limits of time and size, each on a connection of
//! its own, since scanners drop idle ones without a word.

use super::address::below;
use super::pin::{Fingerprint, FirstUse};
use super::reply::{self, Status};
use super::xml;
use crate::document::file;
use crate::error::ScanFault;
use reqwest::header::{CONNECTION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Response, Url, redirect};
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// Reaching a scanner on the same network.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// An answer other than a page.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// Telling the scanner that a job is over.
const DELETE_LIMIT: Duration = Duration::from_millis(500);
/// The shortest wait that a scanner may ask for: none would be a flood.
const WAIT_MIN: Duration = Duration::from_millis(100);

/// Requests to one scanner.
#[derive(Clone)]
pub struct Line {
    client: Client,
    /// The base address.
    pub base: Url,
    host: Option<HeaderValue>,
    pin: Arc<FirstUse>,
}

/// An answer that was read to its end.
pub struct Answer {
    /// The status of HTTP.
    pub code: u16,
    /// Where the scanner points to.
    pub location: Option<String>,
    /// How long the scanner wants to be left alone.
    pub wait: Option<Duration>,
    /// What it said.
    pub body: Vec<u8>,
}

impl Line {
    /// A line to a scanner; nothing is sent yet. `pin` is the fingerprint kept for it.
    pub fn new(base: Url, pin: Option<Fingerprint>) -> Result<Self, ScanFault> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let pin = Arc::new(FirstUse::new(Arc::clone(&provider), pin));
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| ScanFault::Tls)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&pin) as Arc<_>)
            .with_no_client_auth();
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            // A scanner is on the office's own network, never behind its proxy.
            .no_proxy()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_LIMIT)
            .pool_max_idle_per_host(0)
            .http1_only()
            .http1_ignore_invalid_headers_in_responses(true)
            .http1_allow_spaces_after_header_name_in_responses(true)
            .http1_allow_obsolete_multiline_headers_in_responses(true)
            .build()
            .map_err(|_| ScanFault::Tls)?;
        Ok(Self {
            client,
            base,
            host: None,
            pin,
        })
    }

    /// The same line with another Host header.
    pub fn with_host(mut self, host: &str) -> Self {
        self.host = HeaderValue::from_str(host).ok();
        self
    }

    /// The certificate's fingerprint, once there was a secure connection.
    pub fn pin(&self) -> Option<Fingerprint> {
        self.pin.pin()
    }

    /// A request that is answered by a few words.
    pub async fn ask(&self, method: Method, url: Url, body: String) -> Result<Answer, ScanFault> {
        let answer = async {
            let response = self.send(method, url, body).await?;
            self.words(response).await
        };
        timeout(ANSWER_LIMIT, answer)
            .await
            .unwrap_or(Err(ScanFault::Hung))
    }

    /// Asks for something large; the answer's body is still to come.
    pub async fn open(&self, url: Url, limit: Duration) -> Result<Response, ScanFault> {
        let answer = self.send(Method::GET, url, String::new());
        timeout(limit, answer).await.unwrap_or(Err(ScanFault::Hung))
    }

    /// The words of an answer that is not what was hoped for.
    pub async fn words(&self, response: Response) -> Result<Answer, ScanFault> {
        let header = |name: &str| header(response.headers(), name);
        let (code, location) = (response.status().as_u16(), header("location"));
        let wait = header("retry-after").and_then(|text| text.parse().ok());
        let body = self
            .body(response, xml::BYTES_LIMIT as u64, ANSWER_LIMIT, |_| ())
            .await?;
        Ok(Answer {
            code,
            location,
            wait: wait.map(|s| Duration::from_secs(s).max(WAIT_MIN)),
            body,
        })
    }

    /// Reads a page; tells percent where the scanner said how long it will be.
    pub async fn page(
        &self,
        response: Response,
        stall_limit: Duration,
        percent: impl FnMut(f32),
    ) -> Result<Vec<u8>, ScanFault> {
        self.body(response, file::BYTES_LIMIT, stall_limit, percent)
            .await
    }

    /// The scanner's own word of what it is doing; empty where it gives none that can be read.
    pub async fn status(&self) -> Status {
        let url = below(&self.base, "ScannerStatus");
        let answer = self.ask(Method::GET, url, String::new()).await;
        let read = answer.ok().filter(|answer| answer.code == 200);
        let status = read.and_then(|answer| reply::status(&answer.body).ok());
        status.unwrap_or_default()
    }

    /// Tells the scanner that a job is over. It may not care: nothing depends on the answer.
    pub async fn delete(&self, job: Url) {
        let sent = self.send(Method::DELETE, job, String::new());
        if let Ok(Err(fault)) = timeout(DELETE_LIMIT, sent).await {
            tracing::debug!(code = fault.code(), "a job could not be deleted");
        }
    }

    async fn send(&self, method: Method, url: Url, body: String) -> Result<Response, ScanFault> {
        let mut request = self
            .client
            .request(method.clone(), url)
            .header(CONNECTION, "close");
        if let Some(host) = &self.host {
            request = request.header(HOST, host);
        }
        if method == Method::POST {
            request = request.header(CONTENT_TYPE, "text/xml").body(body);
        }
        request.send().await.map_err(|error| self.fault(&error))
    }

    async fn body(
        &self,
        mut response: Response,
        limit: u64,
        stall_limit: Duration,
        mut percent: impl FnMut(f32),
    ) -> Result<Vec<u8>, ScanFault> {
        let too_large = ScanFault::TooLarge { limit };
        let whole = response.content_length();
        if whole.is_some_and(|whole| whole > limit) {
            return Err(too_large);
        }
        let mut body = Vec::new();
        loop {
            let part = timeout(stall_limit, response.chunk()).await;
            let part = part.map_err(|_| ScanFault::Hung)?;
            let Some(part) = part.map_err(|error| self.fault(&error))? else {
                return Ok(body);
            };
            if (body.len() + part.len()) as u64 > limit {
                return Err(too_large);
            }
            body.extend_from_slice(&part);
            if let Some(whole) = whole.filter(|whole| *whole > 0) {
                percent(body.len() as f32 * 100.0 / whole as f32);
            }
        }
    }

    fn fault(&self, error: &reqwest::Error) -> ScanFault {
        if self.pin.is_changed() {
            ScanFault::CertificateChanged
        } else if error.is_connect() && is_tls(error) {
            ScanFault::Tls
        } else if error.is_connect() {
            ScanFault::Unreachable
        } else if error.is_timeout() {
            ScanFault::Hung
        } else if error.is_builder() {
            ScanFault::BadAddress
        } else {
            ScanFault::BrokenOff
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?;
    Some(String::from_utf8_lossy(value.as_bytes()).into_owned())
}

/// Whether a failure to connect came from the secure layer: it said so, or the other side hung up
/// on it, which a plain connection never meets before it is there.
fn is_tls(error: &(dyn Error + 'static)) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionReset, InvalidData, UnexpectedEof};
    if error.is::<rustls::Error>() {
        return true;
    }
    let io = error.downcast_ref::<std::io::Error>();
    let broke = io.is_some_and(|io| {
        let kind = io.kind();
        matches!(
            kind,
            BrokenPipe | ConnectionReset | InvalidData | UnexpectedEof
        )
    });
    // An error in an `io::Error` is no source of it; only that one's own source is.
    let inner = io.and_then(std::io::Error::get_ref);
    broke || inner.is_some_and(|inner| is_tls(inner)) || error.source().is_some_and(is_tls)
}

#[cfg(test)]
#[path = "line_tests.rs"]
mod tests;
