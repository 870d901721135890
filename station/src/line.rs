//! The line to the centre: one HTTPS client with the installation's own certificate, and one
//! function per message of `domain::sync`.
//!
//! Every request has a time limit, which grows with what it carries; every body has a size limit, and
//! every failure a code ([`LineError`]). Not here: when to ask, and what to do with the answer (`sync`).

mod answer;
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
    BlobAt, Enrol, Enrolled, Hello, HelloReply, LoggedIn, Login, NewPassword, Pull, PullReply,
    PushReply, time_for,
};
use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use reqwest::{Method, RequestBuilder};
use serde::de::DeserializeOwned;
use tokio::sync::watch;

use crate::keys::Installation;

pub use answer::{parse, take};
pub use body::{Came, Packed};
pub use error::LineError;
pub use ranged::whole;

/// Reaching the centre, TLS included, on a line that the other lanes fill.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// A request until its answer begins, beyond the time for the bytes that it carries; and an answer until
/// its end, likewise. A long poll has the wait beside that.
const REQUEST_LIMIT: Duration = Duration::from_secs(20);
/// A line that has died without a word is noticed within this, however much time a request has.
const GONE_AFTER: Duration = Duration::from_secs(40);
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
        let wait = Duration::from_millis(hello.wait_ms);
        self.post_and_wait("hello", Packed::new(hello)?, wait).await
    }

    /// `POST /push` with a body packed by [`Packed::new`] from a `domain::sync::Push`.
    pub async fn push(&self, push: Packed) -> Result<PushReply, LineError> {
        self.post("push", push).await
    }

    /// `POST /pull`
    pub async fn pull(&self, pull: &Pull) -> Result<PullReply, LineError> {
        self.post("pull", Packed::new(pull)?).await
    }

    /// `POST /enrol`, on the port that asks for no certificate.
    pub async fn enrol(&self, enrol: &Enrol) -> Result<Enrolled, LineError> {
        self.post("enrol", Packed::new(enrol)?).await
    }

    /// `POST /certificate`
    pub async fn certificate(&self, left: &NothingLeft) -> Result<CertificateFile, LineError> {
        self.post("certificate", Packed::new(left)?).await
    }

    /// `POST /login`
    pub async fn login(&self, login: &Login) -> Result<LoggedIn, LineError> {
        self.post("login", Packed::new(login)?).await
    }

    /// `POST /password`
    pub async fn change_password(&self, asked: &NewPassword) -> Result<LoggedIn, LineError> {
        self.post("password", Packed::new(asked)?).await
    }

    /// `GET /blob/{sha256}`: how much of a page is there.
    pub async fn blob_at(&self, sha256: &str) -> Result<BlobAt, LineError> {
        let request = self.request(Method::GET, &format!("blob/{sha256}"));
        self.exchange(request, REQUEST_LIMIT).await
    }

    /// `PATCH /blob/{sha256}`: one part at `offset` of a page of `size_bytes`.
    pub async fn blob_part(
        &self,
        sha256: &str,
        offset: u64,
        size_bytes: u64,
        part: Vec<u8>,
    ) -> Result<BlobAt, LineError> {
        let limit = REQUEST_LIMIT + time_for(part.len());
        let request = self
            .request(Method::PATCH, &format!("blob/{sha256}"))
            .header("upload-offset", offset)
            .header("upload-length", size_bytes)
            .header(CONTENT_TYPE, "application/octet-stream")
            .body(part);
        self.exchange(request, limit).await
    }

    /// `PUT /preview/{sha256}`: a small picture of a page; how much of the page itself is there.
    pub async fn preview(&self, sha256: &str, small: Vec<u8>) -> Result<BlobAt, LineError> {
        let limit = REQUEST_LIMIT + time_for(small.len());
        let request = self
            .request(Method::PUT, &format!("preview/{sha256}"))
            .header(CONTENT_TYPE, "image/jpeg")
            .body(small);
        self.exchange(request, limit).await
    }

    /// `GET /page/{sha256}/{offset}`: the next bytes of a page that is stored at the centre.
    pub async fn page_part(&self, sha256: &str, offset: u64) -> Result<Vec<u8>, LineError> {
        let path = format!("page/{sha256}/{offset}");
        let request = self.request(Method::GET, &path);
        self.unless_cut(answer::bytes(request, REQUEST_LIMIT)).await
    }

    /// `GET /catalogue/{sha256}`: the file of a catalogue.
    pub async fn catalogue(&self, offer: &Offer) -> Result<Vec<u8>, LineError> {
        let path = format!("catalogue/{}", offer.sha256);
        let request = self.request(Method::GET, &path);
        self.unless_cut(answer::bytes(request, REQUEST_LIMIT)).await
    }

    async fn post<A: DeserializeOwned>(&self, path: &str, body: Packed) -> Result<A, LineError> {
        self.post_and_wait(path, body, Duration::ZERO).await
    }

    async fn post_and_wait<A: DeserializeOwned>(
        &self,
        path: &str,
        body: Packed,
        wait: Duration,
    ) -> Result<A, LineError> {
        let limit = wait + REQUEST_LIMIT + time_for(body.bytes.len());
        let request = self
            .request(Method::POST, path)
            .header(CONTENT_TYPE, "application/json")
            .header(CONTENT_ENCODING, body::ZSTD)
            .body(body.bytes);
        self.exchange(request, limit).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let client = self.client.lock();
        client
            .unwrap_or_else(PoisonError::into_inner)
            .request(method, format!("{}/{path}", self.base))
            .header(ACCEPT_ENCODING, body::ZSTD)
    }

    /// Sends and reads the answer, which begins within the limit.
    async fn exchange<A: DeserializeOwned>(
        &self,
        request: RequestBuilder,
        limit: Duration,
    ) -> Result<A, LineError> {
        self.unless_cut(answer::answer(request, limit)).await
    }

    /// Does it, unless the line is cut meanwhile.
    async fn unless_cut<T>(
        &self,
        work: impl Future<Output = Result<T, LineError>>,
    ) -> Result<T, LineError> {
        tokio::select! {
            biased;
            () = self.switch.until(true) => Err(LineError::new("line.cut")),
            done = work => done,
        }
    }
}

fn client(tls: rustls::ClientConfig) -> Result<reqwest::Client, LineError> {
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .https_only(true)
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(CONNECT_LIMIT)
        .tcp_keepalive(GONE_AFTER / 2)
        .pool_idle_timeout(IDLE_LIMIT);
    // Elsewhere the system itself gives up on what is not acknowledged within such a time.
    #[cfg(target_os = "linux")]
    let builder = builder.tcp_user_timeout(GONE_AFTER);
    builder.build().map_err(|error| LineError::of(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

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
