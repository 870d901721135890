//! One job on a scanner, from the POST to the DELETE: acts on the verdicts.

use super::address;
use super::line::Line;
use super::quirks::Quirk;
use super::request::Request;
use super::verdict::{self, Asked, Verdict};
use crate::document::steady::Told;
use crate::document::{Canceller, Event, Page, Settings, file};
use crate::error::{PageError, ScanFault};
use reqwest::{Method, Url};
use std::sync::mpsc::Sender;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{sleep, timeout};

/// How soon a cancelled job notices.
const TICK: Duration = Duration::from_millis(50);
/// A job that is being made when it is cancelled gets this long to say its address, so that it can
/// be deleted.
const POST_GRACE: Duration = Duration::from_millis(300);

/// A job in work.
pub struct Session {
    /// The way to the scanner.
    pub line: Line,
    /// The scanner's peculiarities.
    pub quirk: Quirk,
    /// What is asked of it.
    pub request: Request,
    /// Limits of time.
    pub settings: Settings,
    /// Whether paper comes from the feeder.
    pub feeder: bool,
    /// Stops it.
    pub canceller: Canceller,
    /// Takes events; the last one is the end or a fault.
    pub events: Sender<Told>,
    /// Where the job is, once the scanner said so.
    pub job: Mutex<Option<Url>>,
}

impl Session {
    /// Works until the end, a fault or cancelling; a page is asked for only when it is pulled.
    pub async fn run(self, mut pulls: UnboundedReceiver<()>) {
        let mut told = {
            let work = self.work(&mut pulls);
            tokio::pin!(work);
            tokio::select! {
                biased;
                told = &mut work => told,
                () = self.cancelled() => {
                    if self.job_url().is_none() {
                        let _ = timeout(POST_GRACE, &mut work).await;
                    }
                    Err(ScanFault::Cancelled)
                }
            }
        };
        if self.canceller.is_cancelled() && told.is_err() {
            told = Err(ScanFault::Cancelled);
        }
        let kept = self.quirk.skip_delete && told.is_ok();
        if let Some(job) = self.job_url().filter(|_| !kept) {
            self.line.delete(job).await;
        }
        // Nobody listens to a job that was dropped.
        let _ = self.events.send(told);
    }

    async fn work(&self, pulls: &mut UnboundedReceiver<()>) -> Told {
        pull(pulls).await?;
        if self.quirk.check_feeder_first {
            let status = self.line.status().await;
            if let Some(fault) = verdict::of_status(self.asked(0, 0, ""), &status) {
                return Err(fault);
            }
        }
        let job = self.post().await?;
        let mut pages = 0;
        loop {
            let Some(bytes) = self.page(&job, pages).await? else {
                return Ok(Event::End { pages });
            };
            pages += 1;
            let format = form(&bytes)?;
            let page = Page {
                bytes,
                format,
                dpi: self.request.dpi,
                seq: pages,
            };
            let _ = self.events.send(Ok(Event::Page(page)));
            pull(pulls).await?;
            if !self.feeder {
                return Ok(Event::End { pages });
            }
            sleep(self.quirk.pause).await;
        }
    }

    /// Makes the job; returns its address.
    async fn post(&self) -> Result<Url, ScanFault> {
        let url = address::below(&self.line.base, "ScanJobs");
        let since = Instant::now();
        for tries in 0.. {
            let words = self.request.xml.clone();
            let answer = self.line.ask(Method::POST, url.clone(), words).await?;
            let status = match answer.code {
                200..=299 => Default::default(),
                _ => self.line.status().await,
            };
            let asked = Asked {
                waited: since.elapsed(),
                ..self.asked(0, tries, "")
            };
            match verdict::of_post(asked, answer.code, answer.wait, &status) {
                Verdict::Again(wait) => sleep(wait).await,
                Verdict::Fault(fault) => return Err(fault),
                Verdict::Good | Verdict::End => {
                    let location = answer.location.unwrap_or_default();
                    let job = address::job(&self.line.base, &location);
                    let job = job.ok_or(ScanFault::NoJobAddress)?;
                    *self.job.lock().unwrap_or_else(PoisonError::into_inner) = Some(job.clone());
                    // Cancelled meanwhile: no sheet is drawn for it.
                    return match self.canceller.is_cancelled() {
                        true => Err(ScanFault::Cancelled),
                        false => Ok(job),
                    };
                }
            }
        }
        Err(ScanFault::Busy)
    }

    /// The next page; `None` when there are no more.
    async fn page(&self, job: &Url, pages: u32) -> Result<Option<Vec<u8>>, ScanFault> {
        let url = address::next_document(job);
        let since = Instant::now();
        for tries in 0.. {
            let limit = self.settings.start_limit;
            let response = self.line.open(url.clone(), limit).await?;
            if response.status().is_success() {
                let mut told = -1;
                let stall_limit = self.settings.stall_limit;
                let percent = |percent: f32| {
                    if percent as i32 > told {
                        told = percent as i32;
                        let _ = self.events.send(Ok(Event::Progress(percent)));
                    }
                };
                let page = self.line.page(response, stall_limit, percent);
                return page.await.map(Some);
            }
            let answer = self.line.words(response).await?;
            let status = self.line.status().await;
            let asked = Asked {
                waited: since.elapsed(),
                ..self.asked(pages, tries, job.path())
            };
            match verdict::of_page(asked, answer.code, answer.wait, &status) {
                Verdict::Again(wait) => {
                    let _ = self.events.send(Ok(Event::Waiting));
                    sleep(wait).await;
                }
                Verdict::Fault(fault) => return Err(fault),
                Verdict::Good | Verdict::End => return Ok(None),
            }
        }
        Err(ScanFault::NotReady)
    }

    fn asked<'a>(&'a self, pages: u32, tries: u32, job: &'a str) -> Asked<'a> {
        Asked {
            quirk: &self.quirk,
            feeder: self.feeder,
            pages,
            tries,
            waited: Duration::ZERO,
            job,
        }
    }

    fn job_url(&self) -> Option<Url> {
        let job = self.job.lock().unwrap_or_else(PoisonError::into_inner);
        job.clone()
    }

    async fn cancelled(&self) {
        while !self.canceller.is_cancelled() {
            sleep(TICK).await;
        }
    }
}

/// Waits until the job's owner wants a page. One who is gone wants none.
async fn pull(pulls: &mut UnboundedReceiver<()>) -> Result<(), ScanFault> {
    pulls.recv().await.ok_or(ScanFault::Cancelled)
}

/// The form of a page that came whole.
pub(super) fn form(bytes: &[u8]) -> Result<crate::document::Format, ScanFault> {
    if bytes.is_empty() {
        return Err(ScanFault::Cut);
    }
    file::whole(bytes).map_err(|error| match error {
        PageError::Truncated => ScanFault::Cut,
        _ => ScanFault::PageForm,
    })
}
