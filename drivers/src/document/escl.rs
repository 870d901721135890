//! Scanners on the network through eSCL (AirScan, the scanning side of AirPrint), by our own client.
//!
//! ```text
//! GET  ScannerCapabilities                    what it can do
//! POST ScanJobs            201 Location       the job
//! GET  {job}/NextDocument  200 page …         until 404
//! DELETE {job}                                done, or stop
//! ```
//!
//! What an answer means is decided in `verdict`, a pure table; how single models differ is data
//! (`scanners.toml`). A page is asked for when it is pulled; whether the sheet after it is drawn
//! ahead is the scanner's own choice, and pages that were delivered are kept either way.
//!
//! Addresses are typed in, or found where scanners announce themselves ([`discovery`]). Not here: USB (the distribution's `ipp-usb` offers such scanners as
//! eSCL on the loopback), passwords.

mod address;
pub mod discovery;
mod job;
mod line;
pub mod pin;
pub mod quirks;
mod reply;
mod request;
mod session;
mod verdict;
mod xml;

use super::{Caps, Job, PaperSource, Settings, Source};
use crate::error::ScanFault;
use line::Line;
use pin::Pins;
use quirks::{Quirk, Quirks};
use reply::Capabilities;
use reqwest::{Method, Url};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Asking a scanner what it can do, with every detour.
const CAPS_LIMIT: Duration = Duration::from_secs(20);
/// Times a scanner may send us elsewhere.
const MOVE_LIMIT: usize = 2;
/// The Host that some scanners insist on.
const LOCAL_HOST: &str = "localhost";

/// A scanner at an address.
pub struct Escl {
    base: Url,
    pins: Arc<dyn Pins>,
    quirks: Quirks,
    known: Option<Known>,
}

/// What a scanner told.
#[derive(Clone)]
struct Known {
    line: Line,
    told: Capabilities,
    quirk: Quirk,
}

impl Escl {
    /// A scanner by what was typed in: an IP address, a name, or a whole `http(s)` address.
    /// Nothing is sent yet.
    pub fn at(typed: &str, pins: Arc<dyn Pins>) -> Result<Self, ScanFault> {
        Ok(Self {
            base: address::base(typed)?,
            pins,
            quirks: Quirks::embedded(),
            known: None,
        })
    }

    /// The same with other peculiarities than the embedded ones.
    #[must_use]
    pub fn with_quirks(self, quirks: Quirks) -> Self {
        Self { quirks, ..self }
    }

    /// Make and model, once [`Source::caps`] was asked.
    #[must_use]
    pub fn model(&self) -> Option<&str> {
        self.known.as_ref().map(|known| known.told.model.as_str())
    }

    /// Its base address; https where it sent us there.
    #[must_use]
    pub fn address(&self) -> &str {
        let known = self.known.as_ref();
        known.map_or(self.base.as_str(), |known| known.line.base.as_str())
    }

    fn known(&mut self) -> Result<&Known, ScanFault> {
        if self.known.is_none() {
            let (base, pins) = (self.base.clone(), Arc::clone(&self.pins));
            let quirks = self.quirks.clone();
            let known = job::wait_for(CAPS_LIMIT, meet(base, pins, quirks))?;
            self.known = Some(known);
        }
        self.known.as_ref().ok_or(ScanFault::NoScanner)
    }
}

impl Source for Escl {
    fn caps(&mut self) -> Result<Caps, ScanFault> {
        Ok(self.known()?.told.caps())
    }

    fn start(&mut self, settings: &Settings) -> Result<Box<dyn Job>, ScanFault> {
        let known = self.known()?.clone();
        let request = request::build(&known.told, &known.quirk, settings)?;
        let (sender, events) = channel();
        let session = session::Session {
            line: known.line,
            quirk: known.quirk,
            request,
            settings: settings.clone(),
            feeder: settings.source != PaperSource::Flatbed,
            canceller: super::Canceller::default(),
            events: sender,
            job: Mutex::new(None),
        };
        let pulls = tokio::sync::mpsc::unbounded_channel();
        Ok(Box::new(job::EsclJob::start(session, pulls, events)?))
    }
}

/// Asks a scanner for its capabilities, follows it to https, finds the Host it insists on, and
/// keeps its certificate's fingerprint once it has spoken like a scanner.
async fn meet(base: Url, pins: Arc<dyn Pins>, quirks: Quirks) -> Result<Known, ScanFault> {
    let mut base = base;
    let mut moves = 0;
    let (line, told) = loop {
        let pin = pins.find(&name(&base));
        let line = Line::new(base.clone(), pin)?;
        let (line, answer) = ask(line).await?;
        let url = address::below(&base, "ScannerCapabilities");
        let to = match (answer.code, &answer.location) {
            (300..=399, Some(location)) => address::moved(&base, &url, location),
            _ => None,
        };
        match to {
            Some(to) if moves < MOVE_LIMIT => (base, moves) = (to, moves + 1),
            _ => break (line, understand(&answer)?),
        }
    };
    if let Some(pin) = line.pin()
        && pins.find(&name(&base)).is_none()
    {
        let kept = pins.keep(&name(&base), pin);
        kept.map_err(|_| ScanFault::PinNotKept)?;
    }
    let quirk = quirks.of(&told.model);
    let line = match &quirk.host {
        Some(host) => line.with_host(host),
        None => line,
    };
    Ok(Known { line, told, quirk })
}

/// The first question. Scanners that mind their Host header refuse it, and are asked again.
async fn ask(line: Line) -> Result<(Line, line::Answer), ScanFault> {
    let url = address::below(&line.base, "ScannerCapabilities");
    let answer = line.ask(Method::GET, url.clone(), String::new()).await?;
    if !matches!(answer.code, 400 | 403 | 404 | 421) {
        return Ok((line, answer));
    }
    let local = line.clone().with_host(LOCAL_HOST);
    let again = local.ask(Method::GET, url, String::new()).await;
    match again {
        Ok(again) if again.code == 200 => Ok((local, again)),
        _ => Ok((line, answer)),
    }
}

fn understand(answer: &line::Answer) -> Result<Capabilities, ScanFault> {
    match answer.code {
        200 => reply::capabilities(&answer.body).map_err(|_| ScanFault::NotEscl),
        401 | 403 => Err(ScanFault::LoginRequired),
        503 => Err(ScanFault::Busy),
        500..=599 => Err(ScanFault::Transfer),
        _ => Err(ScanFault::NotEscl),
    }
}

/// Forgets the certificate of a scanner at an address: it is believed again on its next first use.
pub fn forget(address: &str, pins: &dyn Pins) -> Result<(), ScanFault> {
    let forgotten = pins.forget(&name(&address::base(address)?));
    forgotten.map_err(|_| ScanFault::PinNotKept)
}

/// What a scanner's fingerprint is kept under.
fn name(base: &Url) -> String {
    let port = base.port_or_known_default().unwrap_or(0);
    format!("{}:{port}", base.host_str().unwrap_or_default())
}
