//! The line to the centre: one HTTPS client with the installation's own certificate, and one
//! function per message of `domain::sync`.
//!
//! Every request has a time limit, every body a size limit, and every failure a code
//! ([`LineError`]). Not here: when to ask, and what to do with the answer (`sync`).

pub mod body;
pub mod error;
#[cfg(test)]
pub(crate) mod listener;
mod open_port;
mod ranged;
pub mod tls;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::bundle::Offer;
use domain::certificate::{CertificateFile, NothingLeft};
use domain::sync::{
    BlobAt, Enrol, Enrolled, Hello, HelloReply, LoggedIn, Login, NewPassword, Problem, Pull,
    PullReply, PushReply,
};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::keys::Installation;

pub use body::Packed;
pub use error::LineError;

/// Reaching the centre, TLS included.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// One request and its answer.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// One part of a page: 256 KiB over a village's line.
const PART_LIMIT: Duration = Duration::from_secs(60);
/// What a long poll may take beyond the wait that was asked for.
const HELLO_MARGIN: Duration = Duration::from_secs(10);
/// An idle connection is closed after this: a city of stations that keep four each is much to hold.
const IDLE_LIMIT: Duration = Duration::from_secs(15);

/// The switch that cuts the line, for the demo and for training.
///
/// A cut line fails every request at once with `line.cut`, also one that is under way.
pub struct LineSwitch(watch::Sender<bool>);

impl Default for LineSwitch {
    fn default() -> LineSwitch {
        LineSwitch(watch::Sender::new(false))
    }
}

impl LineSwitch {
    /// Cuts the line, or restores it.
    pub fn set_cut(&self, cut: bool) {
        self.0.send_replace(cut);
    }

    /// Whether it is cut.
    pub fn is_cut(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the line is cut (`true`) or whole (`false`).
    pub async fn until(&self, cut: bool) {
        // The sender lives in self, so the wait can't fail.
        let _ = self.0.subscribe().wait_for(|now| *now == cut).await;
    }
}

/// A client for one address of the centre.
pub struct Line {
    /// Replaced when the certificate is.
    client: Mutex<reqwest::Client>,
    base: String,
    switch: Arc<LineSwitch>,
}

impl Line {
    /// A line to `base` (`https://host:port`) with the given TLS settings, see [`tls`].
    pub fn new(
        base: &str,
        tls: rustls::ClientConfig,
        switch: Arc<LineSwitch>,
    ) -> Result<Line, LineError> {
        let client = Mutex::new(client(tls)?);
        let base = base.trim_end_matches('/').to_owned();
        Ok(Line {
            client,
            base,
            switch,
        })
    }

    /// The line of an enrolled station: its own certificate, and the city's CA as the only root.
    pub fn of(
        installation: &Installation,
        switch: Arc<LineSwitch>,
        clock: Arc<tls::Clock>,
    ) -> Result<Line, LineError> {
        let Installation {
            station_url,
            ca_pem,
            certificate_pem,
            key_pem,
            ..
        } = installation;
        Line::new(
            station_url,
            tls::mutual(ca_pem, certificate_pem, key_pem, clock)?,
            switch,
        )
    }

    /// Goes on with the installation's new certificate; requests under way end with the old one.
    pub fn certify(
        &self,
        installation: &Installation,
        clock: Arc<tls::Clock>,
    ) -> Result<(), LineError> {
        let Installation {
            ca_pem,
            certificate_pem,
            key_pem,
            ..
        } = installation;
        let fresh = client(tls::mutual(ca_pem, certificate_pem, key_pem, clock)?)?;
        *self.client.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        Ok(())
    }

    /// The switch of this line.
    pub fn switch(&self) -> &Arc<LineSwitch> {
        &self.switch
    }

    /// `POST /hello`; waits up to `hello.wait_ms` for news.
    pub async fn hello(&self, hello: &Hello) -> Result<HelloReply, LineError> {
        let limit = Duration::from_millis(hello.wait_ms) + HELLO_MARGIN;
        self.post("hello", Packed::new(hello)?, limit).await
    }

    /// `POST /push` with a body packed by [`Packed::new`] from a `domain::sync::Push`.
    pub async fn push(&self, push: Packed) -> Result<PushReply, LineError> {
        self.post("push", push, REQUEST_LIMIT).await
    }

    /// `POST /pull`
    pub async fn pull(&self, pull: &Pull) -> Result<PullReply, LineError> {
        self.post("pull", Packed::new(pull)?, REQUEST_LIMIT).await
    }

    /// `POST /enrol`, on the port that asks for no certificate.
    pub async fn enrol(&self, enrol: &Enrol) -> Result<Enrolled, LineError> {
        self.post("enrol", Packed::new(enrol)?, REQUEST_LIMIT).await
    }

    /// `POST /certificate`
    pub async fn certificate(&self, left: &NothingLeft) -> Result<CertificateFile, LineError> {
        self.post("certificate", Packed::new(left)?, REQUEST_LIMIT)
            .await
    }

    /// `POST /login`
    pub async fn login(&self, login: &Login) -> Result<LoggedIn, LineError> {
        self.post("login", Packed::new(login)?, REQUEST_LIMIT).await
    }

    /// `POST /password`
    pub async fn change_password(&self, asked: &NewPassword) -> Result<LoggedIn, LineError> {
        self.post("password", Packed::new(asked)?, REQUEST_LIMIT)
            .await
    }

    /// `GET /blob/{sha256}`: how much of a page is there.
    pub async fn blob_at(&self, sha256: &str) -> Result<BlobAt, LineError> {
        let request = self.request(Method::GET, &format!("blob/{sha256}"), REQUEST_LIMIT);
        self.exchange(request).await
    }

    /// `PATCH /blob/{sha256}`: one part at `offset` of a page of `size_bytes`.
    pub async fn blob_part(
        &self,
        sha256: &str,
        offset: u64,
        size_bytes: u64,
        part: Vec<u8>,
    ) -> Result<BlobAt, LineError> {
        let request = self
            .request(Method::PATCH, &format!("blob/{sha256}"), PART_LIMIT)
            .header("upload-offset", offset)
            .header("upload-length", size_bytes)
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(part);
        self.exchange(request).await
    }

    /// `PUT /preview/{sha256}`: a small picture of a page; how much of the page itself is there.
    pub async fn preview(&self, sha256: &str, small: Vec<u8>) -> Result<BlobAt, LineError> {
        let request = self
            .request(Method::PUT, &format!("preview/{sha256}"), PART_LIMIT)
            .header(CONTENT_TYPE, "image/jpeg")
            .body(small);
        self.exchange(request).await
    }

    /// `GET /page/{sha256}/{offset}`: the next bytes of a page that is stored at the centre.
    pub async fn page_part(&self, sha256: &str, offset: u64) -> Result<Vec<u8>, LineError> {
        let path = format!("page/{sha256}/{offset}");
        let request = self.request(Method::GET, &path, PART_LIMIT);
        tokio::select! {
            biased;
            () = self.switch.until(true) => Err(LineError::new("line.cut")),
            bytes = bytes(request) => bytes,
        }
    }

    /// `GET /catalogue/{sha256}`: the file of a catalogue.
    pub async fn catalogue(&self, offer: &Offer) -> Result<Vec<u8>, LineError> {
        let path = format!("catalogue/{}", offer.sha256);
        let request = self.request(Method::GET, &path, PART_LIMIT);
        tokio::select! {
            biased;
            () = self.switch.until(true) => Err(LineError::new("line.cut")),
            bytes = bytes(request) => bytes,
        }
    }

    async fn post<A: DeserializeOwned>(
        &self,
        path: &str,
        body: Packed,
        limit: Duration,
    ) -> Result<A, LineError> {
        let request = self
            .request(Method::POST, path, limit)
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_ENCODING, body::ZSTD)
            .body(body.bytes);
        self.exchange(request).await
    }

    fn request(&self, method: Method, path: &str, limit: Duration) -> RequestBuilder {
        let client = self.client.lock();
        client
            .unwrap_or_else(PoisonError::into_inner)
            .request(method, format!("{}/{path}", self.base))
            .timeout(limit)
            .header(ACCEPT_ENCODING, body::ZSTD)
    }

    /// Sends and reads the answer, unless the line is cut meanwhile.
    async fn exchange<A: DeserializeOwned>(&self, request: RequestBuilder) -> Result<A, LineError> {
        tokio::select! {
            biased;
            () = self.switch.until(true) => Err(LineError::new("line.cut")),
            answer = answer(request) => answer,
        }
    }
}

fn client(tls: rustls::ClientConfig) -> Result<reqwest::Client, LineError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .pool_idle_timeout(IDLE_LIMIT)
        .build()
        .map_err(|error| LineError::of(&error))
}

async fn answer<A: DeserializeOwned>(request: RequestBuilder) -> Result<A, LineError> {
    let bytes = bytes(request).await?;
    serde_json::from_slice(&bytes).map_err(|_| LineError::new("line.bad_answer"))
}

async fn bytes(request: RequestBuilder) -> Result<Vec<u8>, LineError> {
    let response = request
        .send()
        .await
        .map_err(|error| LineError::of(&error))?;
    let status = response.status();
    let retry_after_s = retry_after_s(&response);
    let bytes = body::read(response).await?;
    if status.is_success() {
        return Ok(bytes);
    }
    Err(refusal(status, retry_after_s, &bytes))
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
fn retry_after_s(response: &Response) -> Option<u64> {
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

    #[test]
    fn an_address_without_tls_is_refused() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let tls = tls::tests::trusting_nobody();
        let line = Line::new("http://127.0.0.1:1", tls, Arc::default()).unwrap();
        let error = runtime.block_on(line.blob_at("00")).unwrap_err();
        assert_eq!(error.reason.code, "line.bad_address");
    }

    #[test]
    fn a_cut_line_fails_at_once_even_in_the_middle_of_a_request() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("https://{}", silent.local_addr().unwrap());
        let switch = Arc::new(LineSwitch::default());
        let line = Line::new(&base, tls::tests::trusting_nobody(), Arc::clone(&switch)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let started = std::time::Instant::now();
        let error = runtime.block_on(async {
            let cut = async {
                tokio::time::sleep(Duration::from_millis(50)).await;
                switch.set_cut(true);
            };
            tokio::join!(line.blob_at("00"), cut).0.unwrap_err()
        });
        assert_eq!(error.reason.code, "line.cut");
        assert!(started.elapsed() < CONNECT_LIMIT / 2);
    }
}
