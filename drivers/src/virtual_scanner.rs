//! A network scanner without paper: eSCL on the loopback, for the demo, training and tests.
//!
//! It scans sample pages from a glass and a feeder that somebody loads, and it can be told to go
//! wrong ([`Behaviour`]): every fault of real scanners that we know of, at the page of one's choice.
//! An independent client (`sane-airscan`) is run against it in `tests/escl.rs`, so that our own
//! client is not only tested against our own idea of the protocol.

mod answer;
mod http;
mod sheet;
mod words;

pub use sheet::number_of;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// What goes wrong while a page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// 503 so many times.
    NotReady(u32),
    /// 404 so many times, then the page.
    NotYet404(u32),
    /// 410 so many times, then the page.
    NotYet410(u32),
    /// The job is dropped: 410.
    Gone,
    /// 409 and this `AdfState`, until [`VirtualScanner::clear`].
    Feeder(&'static str),
    /// 503, and this `AdfState` in the status.
    FeederUnready(&'static str),
    /// 409 and no reason.
    Conflict,
    /// 503 and `Stopped` in the status.
    Stopped,
    /// The page comes with this pause between its twenty parts, milliseconds.
    Slow(u64),
    /// The page stops half way and the line stays open.
    Stall,
    /// No answer at all; the line stays open.
    Silent,
    /// Half of the picture, in an answer that is whole.
    Cut,
    /// The line is cut in the middle of the page.
    Drop,
    /// The line is cut before the answer.
    Refuse,
    /// A web page.
    Html,
    /// A PDF.
    Pdf,
    /// An answer without a body.
    Nothing,
    /// A body that is announced to be larger than any page.
    Huge,
    /// Any status of HTTP.
    Code(u16),
}

/// How the address of a job is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Location {
    /// Whole.
    #[default]
    Whole,
    /// Whole, with a slash at the end.
    Slash,
    /// The path.
    Path,
    /// Without the base path.
    Bare,
    /// Relative to the request.
    Relative,
    /// With a host that leads nowhere.
    WrongHost,
    /// With an IPv6 host that lacks its brackets.
    BrokenV6,
    /// An empty header.
    Empty,
    /// No header.
    Missing,
}

/// How a scanner behaves.
#[derive(Debug, Clone)]
pub struct Behaviour {
    /// What it calls itself; peculiarities are found by this.
    pub model: String,
    /// Whether it has a glass.
    pub platen: bool,
    /// Whether it has a feeder.
    pub feeder: bool,
    /// The Host header it insists on.
    pub host: Option<String>,
    /// How it tells a job's address.
    pub location: Location,
    /// What it answers when the feeder is empty: 404, 409 or 410.
    pub end: u16,
    /// It says "feeder empty" whatever lies in it.
    pub always_empty: bool,
    /// Its status is a web page.
    pub status_is_html: bool,
    /// What stands in place of its capabilities: status and body.
    pub capabilities: Option<(u16, String)>,
    /// What it answers to the first jobs instead of taking them: status, and how often.
    pub refuse_jobs: (u16, u32),
    /// It cannot delete jobs.
    pub keeps_jobs: bool,
    /// At the page of this number, once; 1 is the first of a job.
    pub fault: Option<(u32, Fault)>,
    /// What it takes to make a page.
    pub page_time: Duration,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            model: "Yizhan Virtual Scanner".to_string(),
            platen: true,
            feeder: true,
            host: None,
            location: Location::default(),
            end: 404,
            always_empty: false,
            status_is_html: false,
            capabilities: None,
            refuse_jobs: (503, 0),
            keeps_jobs: false,
            fault: None,
            page_time: Duration::ZERO,
        }
    }
}

/// A running scanner; dropping it switches it off.
pub struct VirtualScanner {
    address: SocketAddr,
    secure: bool,
    state: Arc<Mutex<State>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// What the scanner knows.
struct State {
    behaviour: Behaviour,
    address: SocketAddr,
    secure: bool,
    /// Numbers of the sheets in the feeder, the next one first.
    sheets: Vec<u32>,
    /// Sheets that were ever loaded.
    loaded: u32,
    jobs: Vec<Job>,
    /// `AdfState` while something is wrong, and the state of the whole.
    feeder_state: Option<&'static str>,
    stopped: bool,
    /// How often the fault of the page in work has struck.
    struck: u32,
    refused: u32,
    log: Vec<String>,
}

struct Job {
    number: u32,
    feeder: bool,
    gray: bool,
    dpi: u32,
    pages: u32,
    state: &'static str,
}

impl VirtualScanner {
    /// Switches a scanner on, at a free port of the loopback.
    pub fn start(behaviour: Behaviour) -> io::Result<Self> {
        Self::listen(behaviour, None)
    }

    /// The same behind a secure connection.
    pub fn start_secure(behaviour: Behaviour, tls: Arc<rustls::ServerConfig>) -> io::Result<Self> {
        Self::listen(behaviour, Some(tls))
    }

    fn listen(behaviour: Behaviour, tls: Option<Arc<rustls::ServerConfig>>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let secure = tls.is_some();
        let state = Arc::new(Mutex::new(State {
            behaviour,
            address,
            secure,
            sheets: Vec::new(),
            loaded: 0,
            jobs: Vec::new(),
            feeder_state: None,
            stopped: false,
            struck: 0,
            refused: 0,
            log: Vec::new(),
        }));
        let stop = Arc::new(AtomicBool::new(false));
        let (of_thread, stopped) = (Arc::clone(&state), Arc::clone(&stop));
        let thread = std::thread::Builder::new()
            .name("virtual-scanner".to_string())
            .spawn(move || accept(&listener, &of_thread, &stopped, tls.as_ref()))?;
        Ok(Self {
            address,
            secure,
            state,
            stop,
            thread: Some(thread),
        })
    }

    /// Its base address, as a person would type it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = if self.secure { "https" } else { "http" };
        format!("{scheme}://{}/eSCL", self.address)
    }

    /// Lays so many sheets more into the feeder. They are numbered on from the last ones.
    pub fn load(&self, sheets: u32) {
        let mut state = self.state();
        let first = state.loaded + 1;
        state.loaded += sheets;
        let last = state.loaded;
        state.sheets.extend(first..=last);
    }

    /// Sheets in the feeder.
    #[must_use]
    pub fn sheets(&self) -> usize {
        self.state().sheets.len()
    }

    /// Takes the cause of a fault away: paper out, cover shut.
    pub fn clear(&self) {
        let mut state = self.state();
        state.behaviour.fault = None;
        (state.feeder_state, state.stopped, state.struck) = (None, false, 0);
    }

    /// Changes how it behaves from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        let mut state = self.state();
        state.behaviour = behaviour;
        (state.feeder_state, state.stopped) = (None, false);
        (state.struck, state.refused) = (0, 0);
    }

    /// The requests so far: method, path, and the status answered.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    /// Jobs that were neither finished nor deleted.
    #[must_use]
    pub fn open_jobs(&self) -> usize {
        let open = |job: &&Job| matches!(job.state, "Pending" | "Processing");
        self.state().jobs.iter().filter(open).count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl Drop for VirtualScanner {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(
    listener: &TcpListener,
    state: &Arc<Mutex<State>>,
    stop: &Arc<AtomicBool>,
    tls: Option<&Arc<rustls::ServerConfig>>,
) {
    for stream in listener.incoming() {
        if stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let (state, stop, tls) = (Arc::clone(state), Arc::clone(stop), tls.cloned());
        let thread = std::thread::Builder::new().name("virtual-scanner-line".to_string());
        // A line that fails is the client's to notice.
        let _ = thread.spawn(move || http::serve(stream, tls, &state, &stop));
    }
}
