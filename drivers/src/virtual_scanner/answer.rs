//! What the scanner answers; the sheet is drawn when its page is sent.

use super::http::Request;
use super::{Fault, Job, Location, State, sheet, words};
use std::time::Duration;

/// An answer on its way.
pub struct Answer {
    pub code: u16,
    pub kind: &'static str,
    pub location: Option<String>,
    pub body: Body,
}

/// How the body goes out.
pub enum Body {
    Whole(Vec<u8>),
    /// In parts with a pause after each.
    Slow(Vec<u8>, Duration),
    /// Half, then nothing more.
    Stalled(Vec<u8>),
    /// Half, then the line is cut.
    Dropped(Vec<u8>),
    /// This length is announced; nothing comes.
    Announced(u64),
    /// The line is cut before the answer.
    Refused,
    /// Nothing at all, on an open line.
    Silence,
}

impl Body {
    pub fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) | Self::Slow(bytes, _) => bytes,
            Self::Stalled(bytes) | Self::Dropped(bytes) => bytes,
            Self::Announced(_) | Self::Refused | Self::Silence => &[],
        }
    }
}

const XML: &str = "text/xml";
const HTML: &str = "<!DOCTYPE html><html><body><p>Log in<br></body></html>";

/// Answers a request.
pub fn to(state: &mut State, request: &Request) -> Answer {
    if let Some(host) = &state.behaviour.host
        && *host != request.host
    {
        return text(400, "text/html", HTML.to_string());
    }
    let path = request.path.strip_prefix("/eSCL/").unwrap_or_default();
    match (request.method.as_str(), path) {
        ("GET", "ScannerCapabilities") => match &state.behaviour.capabilities {
            Some((code, body)) => Answer {
                // A redirection needs somewhere to lead to.
                location: (300..400).contains(code).then(|| body.clone()),
                ..text(*code, "text/html", body.clone())
            },
            None => text(200, XML, words::capabilities(&state.behaviour)),
        },
        ("GET", "ScannerStatus") if state.behaviour.status_is_html => {
            text(200, "text/html", HTML.to_string())
        }
        ("GET", "ScannerStatus") => text(200, XML, words::status(state)),
        ("POST", "ScanJobs") => new_job(state, &request.body),
        (method, path) => match words::job_number(path) {
            Some((number, true)) if method == "GET" => next_document(state, number),
            Some((number, false)) if method == "DELETE" => delete(state, number),
            _ => text(404, "text/html", HTML.to_string()),
        },
    }
}

fn text(code: u16, kind: &'static str, text: String) -> Answer {
    Answer {
        code,
        kind,
        location: None,
        body: Body::Whole(text.into_bytes()),
    }
}

fn code(code: u16) -> Answer {
    text(code, XML, String::new())
}

fn new_job(state: &mut State, body: &str) -> Answer {
    let (refusal, times) = state.behaviour.refuse_jobs;
    if state.refused < times {
        state.refused += 1;
        return code(refusal);
    }
    let Some(wish) = words::wish(body) else {
        return code(400);
    };
    if state.jobs.iter().any(|job| job.state == "Processing") {
        return code(503);
    }
    let offered = if wish.feeder {
        state.behaviour.feeder
    } else {
        state.behaviour.platen
    };
    if !offered || (wish.feeder && state.sheets.is_empty()) {
        return code(409);
    }
    let number = state.jobs.len() as u32 + 1;
    state.jobs.push(Job {
        number,
        feeder: wish.feeder,
        gray: wish.gray,
        dpi: wish.dpi,
        pages: 0,
        state: "Processing",
    });
    let scheme = if state.secure { "https" } else { "http" };
    let whole = format!("{scheme}://{}/eSCL/ScanJobs/{number}", state.address);
    let location = match state.behaviour.location {
        Location::Whole => Some(whole),
        Location::Slash => Some(format!("{whole}/")),
        Location::Path => Some(format!("/eSCL/ScanJobs/{number}")),
        Location::Bare => Some(format!("/ScanJobs/{number}")),
        Location::Relative => Some(format!("ScanJobs/{number}")),
        Location::WrongHost => Some(format!("http://192.0.2.1:1/eSCL/ScanJobs/{number}")),
        Location::BrokenV6 => Some(format!("http://fe80::1%eth0/eSCL/ScanJobs/{number}")),
        Location::Empty => Some(String::new()),
        Location::Missing => None,
    };
    Answer {
        location,
        ..code(201)
    }
}

fn delete(state: &mut State, number: u32) -> Answer {
    if state.behaviour.keeps_jobs {
        return code(405);
    }
    match state.jobs.iter_mut().find(|job| job.number == number) {
        Some(job) => {
            if job.state == "Processing" {
                job.state = "Canceled";
            }
            code(200)
        }
        None => code(404),
    }
}

fn next_document(state: &mut State, number: u32) -> Answer {
    let Some(at) = state.jobs.iter().position(|job| job.number == number) else {
        return code(404);
    };
    if state.jobs[at].state != "Processing" {
        return code(state.behaviour.end);
    }
    let page = state.jobs[at].pages + 1;
    let feeder = state.jobs[at].feeder;
    if (feeder && state.sheets.is_empty()) || (!feeder && page > 1) {
        state.jobs[at].state = "Completed";
        return code(state.behaviour.end);
    }
    let fault = state.behaviour.fault.filter(|(when, _)| *when == page);
    if let Some((_, fault)) = fault
        && let Some(answer) = without_page(state, at, fault)
    {
        return answer;
    }
    let sheet = if feeder { state.sheets[0] } else { 1 };
    let job = &state.jobs[at];
    let bytes = sheet::jpeg(sheet, job.dpi, job.gray);
    let body = match fault {
        Some((_, fault)) => {
            // It strikes once; the page after it, or the same page in a new job, is good.
            state.behaviour.fault = None;
            with_page(fault, bytes)
        }
        None => Body::Whole(bytes),
    };
    state.struck = 0;
    state.jobs[at].pages += 1;
    // What did not leave the scanner whole is still in it.
    if feeder && matches!(body, Body::Whole(_) | Body::Slow(..)) {
        state.sheets.remove(0);
    }
    Answer {
        code: 200,
        kind: "image/jpeg",
        location: None,
        body,
    }
}

/// A fault that answers before there is a page.
fn without_page(state: &mut State, at: usize, fault: Fault) -> Option<Answer> {
    state.struck += 1;
    let struck = state.struck;
    match fault {
        Fault::NotReady(times) if struck <= times => Some(code(503)),
        Fault::NotYet404(times) if struck <= times => Some(code(404)),
        Fault::NotYet410(times) if struck <= times => Some(code(410)),
        Fault::Gone => {
            state.jobs[at].state = "Aborted";
            state.behaviour.fault = None;
            Some(code(410))
        }
        Fault::Feeder(word) => {
            state.feeder_state = Some(word);
            Some(code(409))
        }
        Fault::FeederUnready(word) => {
            state.feeder_state = Some(word);
            Some(code(503))
        }
        Fault::Conflict => Some(code(409)),
        Fault::Stopped => {
            state.stopped = true;
            Some(code(503))
        }
        Fault::Code(status) => Some(code(status)),
        Fault::Html => Some(text(200, "text/html", HTML.to_string())),
        Fault::Pdf => Some(text(
            200,
            "application/pdf",
            "%PDF-1.7\n%%EOF\n".to_string(),
        )),
        Fault::Nothing => Some(code(200)),
        Fault::Silent => Some(Answer {
            body: Body::Silence,
            ..code(200)
        }),
        Fault::Refuse => Some(Answer {
            body: Body::Refused,
            ..code(200)
        }),
        Fault::Huge => Some(Answer {
            body: Body::Announced(1 << 40),
            ..code(200)
        }),
        _ => None,
    }
}

/// A fault of the page itself.
fn with_page(fault: Fault, bytes: Vec<u8>) -> Body {
    match fault {
        Fault::Slow(ms) => Body::Slow(bytes, Duration::from_millis(ms)),
        Fault::Stall => Body::Stalled(bytes),
        Fault::Drop => Body::Dropped(bytes),
        Fault::Cut => Body::Whole(bytes[..bytes.len() / 2].to_vec()),
        _ => Body::Whole(bytes),
    }
}
