//! One run of `scanimage`: pulled page by page, watched, ended.

use super::child::Guarded;
use super::lines::Lines;
use super::signal::{self, Signal};
use crate::document::{Canceller, Event, Format, Job, Page, PaperSource, Settings, file, pnm};
use crate::error::{PageError, ScanFault};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How soon a cancelled job notices.
const TICK: Duration = Duration::from_millis(50);
/// A driver that has said its last word gets this long to go: some never do.
const EXIT_GRACE: Duration = Duration::from_secs(1);
/// Lines waiting to be taken; more hold the child up.
const LINE_LIMIT: usize = 256;
/// Bytes of the child that are taken at once.
const PIECE_LEN: usize = 8192;

/// A scan in progress.
pub struct ScanJob {
    child: Guarded,
    input: Option<ChildStdin>,
    lines: Receiver<Signal>,
    canceller: Canceller,
    /// Asks whether a doubtful fault means that the scanner is gone.
    judge: Box<dyn Fn(ScanFault) -> ScanFault + Send>,
    feeder: bool,
    dpi: u32,
    limits: Limits,
    /// Sheets asked for and pages delivered.
    asked: u32,
    delivered: u32,
    /// The child waits for a line before it draws the next sheet.
    prompted: bool,
    /// Whether any page was begun, and whether one is being made.
    began: bool,
    in_page: bool,
    /// The last change that shows life, and the percentage it was about.
    alive: Instant,
    percent: Option<f32>,
    failed: Option<u32>,
    words: String,
    over: Option<Instant>,
    result: Option<Result<Event, ScanFault>>,
    /// Removed with everything in it when the job is dropped.
    _folder: TempDir,
}

struct Limits {
    start: Duration,
    stall: Duration,
}

impl ScanJob {
    /// Starts the child. `command` has device and options; `dpi` is noted on the pages.
    pub fn start(
        mut command: Command,
        settings: &Settings,
        dpi: u32,
        spool: Option<&Path>,
        judge: Box<dyn Fn(ScanFault) -> ScanFault + Send>,
    ) -> Result<Self, ScanFault> {
        let folder = match spool {
            Some(folder) => private_in(folder)?,
            None => private_in(Path::new("/dev/shm"))?,
        };
        let feeder = settings.source != PaperSource::Flatbed;
        command.args([
            "--format=pnm",
            "--progress",
            "--batch-print",
            "--batch-prompt",
        ]);
        command.arg(format!("--batch={}/p%d.pnm", folder.path().display()));
        if !feeder {
            command.arg("--batch-count=1");
        }
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = Guarded::spawn(&mut command)?;
        let (sender, lines) = sync_channel(LINE_LIMIT);
        let pipes = child.0.pipes();
        let (input, output) = (pipes.stdin.take(), pipes.stdout.take());
        let errors = pipes.stderr.take();
        follow(output, sender.clone(), signal::of_output);
        follow(errors, sender, signal::of_errors);
        Ok(Self {
            input,
            child,
            lines,
            canceller: Canceller::default(),
            judge,
            feeder,
            dpi,
            limits: Limits {
                start: settings.start_limit,
                stall: settings.stall_limit,
            },
            asked: 0,
            delivered: 0,
            prompted: false,
            began: false,
            in_page: false,
            alive: Instant::now(),
            percent: None,
            failed: None,
            words: String::new(),
            over: None,
            result: None,
            _folder: folder,
        })
    }

    /// Takes what the child said; an event if it is one for the caller.
    fn take(&mut self, signal: Signal) -> Result<Option<Event>, ScanFault> {
        match signal {
            // The two pipes race: a word about the last page may come after that page itself.
            Signal::Progress(percent) if !self.in_page || self.percent == Some(percent) => {
                return Ok(None);
            }
            Signal::Progress(percent) => {
                self.percent = Some(percent);
                self.alive = Instant::now();
                return Ok(Some(Event::Progress(percent)));
            }
            Signal::Prompt => self.prompted = true,
            Signal::Begin => (self.began, self.in_page) = (true, true),
            Signal::Failed(status) => {
                self.failed = Some(status);
                self.over.get_or_insert_with(Instant::now);
            }
            Signal::Over => self.over = Some(Instant::now()),
            Signal::Words(words) => self.words = words,
            Signal::Page(path) => {
                let page = self.page(&path)?;
                self.alive = Instant::now();
                return Ok(Some(Event::Page(page)));
            }
        }
        self.alive = Instant::now();
        Ok(None)
    }

    /// Reads a finished page and checks it against its header.
    fn page(&mut self, path: &Path) -> Result<Page, ScanFault> {
        let len = std::fs::metadata(path).map_err(|_| ScanFault::Spool)?.len();
        if len > file::RAW_LIMIT {
            return Err(ScanFault::Protocol);
        }
        let bytes = std::fs::read(path).map_err(|_| ScanFault::Spool)?;
        let _ = std::fs::remove_file(path);
        let header = pnm::header(&bytes).map_err(|error| match error {
            PageError::Truncated => ScanFault::Truncated { got: 0, want: 1 },
            _ => ScanFault::Protocol,
        })?;
        let (got, want) = ((bytes.len() - header.data_at) as u64, header.data_len());
        if got < want {
            return Err(ScanFault::Truncated { got, want });
        }
        self.delivered += 1;
        (self.in_page, self.percent) = (false, None);
        Ok(Page {
            bytes,
            format: Format::Pnm,
            dpi: self.dpi,
            seq: self.delivered,
        })
    }

    /// Lets the child draw the next sheet, once everything before it is delivered.
    fn ask(&mut self) {
        if self.prompted && self.asked == self.delivered {
            self.prompted = false;
            self.asked += 1;
            self.alive = Instant::now();
            // A child that is gone is noticed by its closed pipes.
            if let Some(input) = &mut self.input {
                let _ = input.write_all(b"\n").and_then(|()| input.flush());
            }
        }
    }

    fn is_stalled(&self) -> bool {
        let started = self.percent.is_some();
        self.alive.elapsed()
            > if started {
                self.limits.stall
            } else {
                self.limits.start
            }
    }

    /// The child is over, or has said so: what came of it.
    fn finish(&mut self) -> Result<Event, ScanFault> {
        let status = self.child.wait_until(Instant::now() + EXIT_GRACE);
        self.child.end();
        let code = match (self.failed, status) {
            (Some(failed), _) => failed,
            // It never left, but it said that it was done.
            (None, None) => 0,
            (None, Some(status)) => {
                let code = status.code().ok_or(ScanFault::Crashed)?;
                u32::try_from(code).unwrap_or(u32::MAX)
            }
        };
        let end = Event::End {
            pages: self.delivered,
        };
        match code {
            0 | signal::NO_DOCS if self.delivered > 0 => Ok(end),
            0 if self.feeder => Err(ScanFault::Empty),
            0 => Err(ScanFault::Protocol),
            _ if !self.began => Err((self.judge)(signal::open_fault(&self.words))),
            code => Err((self.judge)(signal::fault_of(code))),
        }
    }

    fn step(&mut self, deadline: Instant) -> Result<Event, ScanFault> {
        loop {
            if self.canceller.is_cancelled() {
                return Err(ScanFault::Cancelled);
            }
            self.ask();
            let left = deadline.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left.min(TICK)) {
                Ok(signal) => {
                    if let Some(event) = self.take(signal)? {
                        return Ok(event);
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return self.finish(),
                Err(RecvTimeoutError::Timeout) => {
                    if self.over.is_some_and(|over| over.elapsed() > EXIT_GRACE) {
                        return self.finish();
                    }
                    if left.is_zero() && !self.is_stalled() {
                        return Ok(Event::Waiting);
                    }
                }
            }
            if self.is_stalled() {
                return Err(ScanFault::Hung);
            }
        }
    }
}

impl Job for ScanJob {
    fn next(&mut self, deadline: Instant) -> Result<Event, ScanFault> {
        if let Some(result) = &self.result {
            return result.clone();
        }
        let mut result = self.step(deadline);
        if !matches!(result, Err(_) | Ok(Event::End { .. })) {
            return result;
        }
        self.input = None;
        self.child.end();
        // A cancelled driver reports whatever it likes; once asked, cancelled it is.
        if self.canceller.is_cancelled() && result.is_err() {
            result = Err(ScanFault::Cancelled);
        }
        self.result = Some(result.clone());
        result
    }

    fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

/// A private folder for pages in flight. They are not yet sealed: never in the system's folder for
/// temporary files, which may be a disk.
fn private_in(folder: &Path) -> Result<TempDir, ScanFault> {
    let made = tempfile::Builder::new().prefix("pages-").tempdir_in(folder);
    made.map_err(|_| ScanFault::Spool)
}

/// Sends the meaning of each line until either side is gone.
fn follow(
    from: Option<impl Read + Send + 'static>,
    to: SyncSender<Signal>,
    meaning: fn(&str) -> Option<Signal>,
) {
    let Some(mut from) = from else { return };
    std::thread::spawn(move || {
        let (mut lines, mut piece) = (Lines::default(), vec![0; PIECE_LEN]);
        loop {
            let came = match from.read(&mut piece) {
                Ok(0) => return,
                Ok(len) => &piece[..len],
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(_) => return,
            };
            let mut signals = lines
                .take(came)
                .into_iter()
                .filter_map(|line| meaning(&line));
            if signals.any(|signal| to.send(signal).is_err()) {
                return;
            }
        }
    });
}
