//! What a scanner's answer means: the status of HTTP beside the scanner's own status; pure.
//!
//! The same number says different things on different machines. 503 is "not yet". 404 is "no more
//! pages", on some "not yet". 409 is a jam, an open cover, or an empty feeder. 410 is a dropped
//! job, on some the end. `AdfState` alone is not to be trusted: "empty" is often said while the
//! last sheets are on their way. So on anything but success the status is read, and both decide.

use super::quirks::Quirk;
use super::reply::Status;
use crate::error::ScanFault;
use std::time::Duration;

/// The wait before asking again.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest wait a scanner may ask for.
const PAUSE_LIMIT: Duration = Duration::from_secs(5);
/// "No more pages" so many times is not believed while the scanner says that the job goes on.
const CONTRADICTIONS: u32 = 2;
/// So long a busy scanner is asked to take a job. Time counts, not tries: a scanner that warms up may
/// name no wait at all.
const POST_LIMIT: Duration = Duration::from_secs(30);

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It worked.
    Good,
    /// Ask the same again after this time.
    Again(Duration),
    /// No more pages.
    End,
    /// Over.
    Fault(ScanFault),
}

/// What the answers were given to.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The peculiarities of the model.
    pub quirk: &'a Quirk,
    /// Whether paper comes from the feeder.
    pub feeder: bool,
    /// Pages that came before.
    pub pages: u32,
    /// How often the same was asked before.
    pub tries: u32,
    /// Since when.
    pub waited: Duration,
    /// The path of the job.
    pub job: &'a str,
}

/// What an answer to `POST ScanJobs` means. `status` is the scanner's own word, if it gave one.
pub fn of_post(asked: Asked<'_>, code: u16, wait: Option<Duration>, status: &Status) -> Verdict {
    let fault = feeder_fault(asked, status);
    match code {
        200..=299 => Verdict::Good,
        503 if fault.is_none() && asked.waited < POST_LIMIT => again(wait),
        503 => Verdict::Fault(fault.unwrap_or(ScanFault::Busy)),
        409 => Verdict::Fault(fault.unwrap_or(match status.state.as_str() {
            "Processing" => ScanFault::Busy,
            _ => ScanFault::Conflict,
        })),
        400 | 406 | 415 | 422 => Verdict::Fault(ScanFault::InvalidSetting),
        404 | 405 => Verdict::Fault(ScanFault::NotEscl),
        other => Verdict::Fault(other_fault(other, fault)),
    }
}

/// What an answer to `GET NextDocument` means.
pub fn of_page(asked: Asked<'_>, code: u16, wait: Option<Duration>, status: &Status) -> Verdict {
    // Nothing but a real fault of the feeder is believed while a job runs.
    let fault = status.feeder_fault().filter(|_| asked.feeder);
    let job = status.job(asked.job);
    let runs = matches!(job, Some("Pending" | "Processing"));
    match code {
        200..=299 => Verdict::Good,
        503 => match (fault, job) {
            (Some(fault), _) => Verdict::Fault(fault),
            (None, Some("Completed")) if asked.tries > 0 => end(asked),
            (None, Some("Aborted" | "Canceled")) => Verdict::Fault(ScanFault::JobGone),
            (None, _) if status.is_stopped() => Verdict::Fault(ScanFault::Stopped),
            (None, _) if asked.waited < asked.quirk.warm_up => again(wait),
            (None, _) => Verdict::Fault(ScanFault::NotReady),
        },
        404 if fault.is_none() && asked.tries < early_404(asked, runs) => again(wait),
        404 => fault.map_or_else(|| end(asked), Verdict::Fault),
        410 if fault.is_none() && asked.tries < asked.quirk.early_410 => again(wait),
        410 => match fault {
            Some(fault) => Verdict::Fault(fault),
            None if asked.quirk.gone_is_end || job == Some("Completed") => end(asked),
            None => Verdict::Fault(ScanFault::JobGone),
        },
        409 => match fault {
            Some(fault) => Verdict::Fault(fault),
            None if status.is_stopped() => Verdict::Fault(ScanFault::Stopped),
            // AirSane up to 0.4 says 409 for "the feeder is empty now".
            None if asked.feeder && (status.feeder_is_empty() || job == Some("Completed")) => {
                end(asked)
            }
            None => Verdict::Fault(ScanFault::Conflict),
        },
        other => Verdict::Fault(other_fault(other, fault)),
    }
}

/// Before a job: whether a status already says that it would be in vain.
pub fn of_status(asked: Asked<'_>, status: &Status) -> Option<ScanFault> {
    (asked.feeder && asked.quirk.check_feeder_first)
        .then(|| feeder_fault(asked, status))
        .flatten()
}

fn early_404(asked: Asked<'_>, runs: bool) -> u32 {
    let contradictions = if asked.feeder && runs {
        CONTRADICTIONS
    } else {
        0
    };
    asked.quirk.early_404.max(contradictions)
}

fn feeder_fault(asked: Asked<'_>, status: &Status) -> Option<ScanFault> {
    if !asked.feeder {
        return None;
    }
    let empty = status.feeder_is_empty().then_some(ScanFault::Empty);
    status.feeder_fault().or(empty)
}

fn again(wait: Option<Duration>) -> Verdict {
    Verdict::Again(wait.unwrap_or(PAUSE).min(PAUSE_LIMIT))
}

fn end(asked: Asked<'_>) -> Verdict {
    match (asked.pages, asked.feeder) {
        (0, true) => Verdict::Fault(ScanFault::Empty),
        (0, false) => Verdict::Fault(ScanFault::NoImage),
        _ => Verdict::End,
    }
}

fn other_fault(code: u16, fault: Option<ScanFault>) -> ScanFault {
    match code {
        401 | 403 | 407 => ScanFault::LoginRequired,
        500..=599 => fault.unwrap_or(ScanFault::Transfer),
        _ => fault.unwrap_or(ScanFault::Protocol),
    }
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
