//! The device page: every device in words, and the lines for support. Pure: what is known goes in.
//! The lines hold names, codes, versions and times; never a number or name of a person.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use domain::Reason;
use drivers::document::escl::quirks;
use drivers::id_card::monitor::ServiceState;
use drivers::id_card::profile::BESIDE;
use drivers::{CardError, ScanFault};

use super::plugged::Usb;
use super::reader_words::{done, words_of};
use super::readers::Seen;
use super::sources::Sources;
use crate::view::{DeviceDone, DeviceKind, DeviceView};

/// The row that stands where no reader is.
const NO_READER: &str = "reader";

/// Every reader; one row that says why when there is none, or why those of the service are not here.
pub fn readers(seen: &Seen, usb: &Usb) -> Vec<DeviceView> {
    if seen.readers.is_empty() {
        return vec![nothing(no_reader(seen, usb))];
    }
    let view = |reader: &drivers::id_card::monitor::Reader| {
        let (_, code, ready) = words_of(reader, seen);
        // What is wrong with the card that lies there says more than that one lies there.
        let failed = seen.failed.get(&reader.name);
        DeviceView {
            id: format!("reader:{}", reader.name),
            kind: DeviceKind::CardReader,
            name: Some(reader.name.clone()),
            how: seen.met.get(&reader.name).map(|met| met.profile.clone()),
            ready: ready && failed.is_none(),
            needed: true,
            reason: Reason::new(failed.map_or(code, CardError::code)),
            last: seen.last.get(&reader.name).cloned(),
            preferred: false,
            removable: false,
            testable: true,
        }
    };
    let mut all: Vec<DeviceView> = seen.readers.iter().map(view).collect();
    if seen.service == Some(ServiceState::Down) {
        all.push(DeviceView {
            needed: false,
            ..nothing(Reason::new("reader.service_stopped"))
        });
    }
    all
}

/// Why there is none: off, no service, nothing plugged in, or a driver that lacks.
fn no_reader(seen: &Seen, usb: &Usb) -> Reason {
    if seen.off {
        return Reason::new("reader.off");
    }
    match seen.service {
        None => Reason::new("reader.starting"),
        Some(ServiceState::Down) => Reason::new("reader.service_stopped"),
        Some(ServiceState::Up) => match usb.card_readers().first() {
            Some(name) => Reason::new("reader.driver_missing").with("name", name),
            None => Reason::new("reader.none"),
        },
    }
}

fn nothing(reason: Reason) -> DeviceView {
    DeviceView {
        id: NO_READER.into(),
        kind: DeviceKind::CardReader,
        name: None,
        how: None,
        ready: false,
        needed: true,
        reason,
        last: None,
        preferred: false,
        removable: false,
        testable: false,
    }
}

/// A file of readers with a slip in it, which stands in the list until it is put right.
pub fn readers_left_out(error: &CardError) -> DeviceView {
    let why = match error {
        CardError::ProfilesInvalid { why } => why.clone(),
        other => other.to_string(),
    };
    left_out(
        BESIDE,
        Reason::new("reader.profiles_left_out").with("why", why),
    )
}

/// The same of a file of scanner models.
pub fn scanners_left_out(fault: &ScanFault) -> DeviceView {
    let why = match fault {
        ScanFault::QuirksInvalid { why } => why.clone(),
        other => other.to_string(),
    };
    let view = left_out(
        quirks::BESIDE,
        Reason::new("scanner.models_left_out").with("why", why),
    );
    DeviceView {
        kind: DeviceKind::Scanner,
        ..view
    }
}

fn left_out(file: &str, reason: Reason) -> DeviceView {
    DeviceView {
        id: file.into(),
        name: Some(file.into()),
        last: Some(done(false, reason.clone(), None)),
        ..nothing(reason)
    }
}

/// A file that was left out, for support, with the line and the word.
pub fn left_out_line(view: &DeviceView) -> String {
    let why = view.reason.with.get("why").map_or("", String::as_str);
    format!("left out: {}: {why}", view.id)
}

/// Scanners, cameras, the folder; one row for each way of finding them that fails and has nothing to
/// show, and one that says so when there is no scanner. What works without them is not called needed.
pub fn sources(sources: &Sources) -> Vec<DeviceView> {
    let state = sources.shared.state();
    let first = state.first().map(|known| known.found.id.clone());
    let at_work = state.work.as_ref().map(|(id, _)| id.clone());
    let mut all: Vec<DeviceView> = state
        .known
        .iter()
        .map(|known| {
            let id = &known.found.id;
            let (ready, reason) = known.words(at_work.as_ref() == Some(id));
            DeviceView {
                id: id.clone(),
                kind: known.found.kind,
                name: Some(known.found.name.clone()),
                how: Some(known.found.how.to_owned()),
                ready,
                needed: true,
                reason,
                last: known.last.clone(),
                preferred: first.as_ref() == Some(id),
                removable: known.found.added,
                testable: true,
            }
        })
        .collect();
    let needed = all.is_empty();
    let silent = |at: usize| state.known.iter().all(|known| known.finder != at);
    let failed = state.troubles.iter().filter(|(at, _)| silent(**at));
    let failed = failed.map(|(at, fault)| {
        let (kind, how) = sources.shared.finders[*at].sort();
        DeviceView {
            id: format!("finder:{how}"),
            kind,
            how: Some(how.to_owned()),
            needed,
            ..nothing(Reason::new(fault.code()))
        }
    });
    all.extend(failed.collect::<Vec<_>>());
    drop(state);
    if all.iter().all(|view| view.kind != DeviceKind::Scanner) {
        let reason = match needed {
            true => sources.status().reason,
            false => Reason::new("scanner.none"),
        };
        all.push(DeviceView {
            id: "scanner".into(),
            kind: DeviceKind::Scanner,
            needed,
            ..nothing(reason)
        });
    }
    all
}

/// The readers in lines for support.
pub fn reader_lines(seen: &Seen, usb: &Usb) -> Vec<String> {
    let service = match (seen.off, seen.service) {
        (true, _) => "off",
        (false, None) => "starting",
        (false, Some(ServiceState::Up)) => "up",
        (false, Some(ServiceState::Down)) => "down",
    };
    let mut lines = vec![format!("card service: {service}")];
    for name in usb.card_readers() {
        lines.push(format!("usb: {name}"));
    }
    for view in readers(seen, usb) {
        let met = view.name.as_ref().and_then(|name| seen.met.get(name));
        let module = match met {
            Some(met) if met.module => "yes",
            Some(_) => "not told",
            None => "not known",
        };
        lines.push(format!("{}, security module: {module}", line(&view)));
    }
    lines
}

/// A device in one line.
pub fn line(view: &DeviceView) -> String {
    let name = match view.kind {
        // Where it lies may be named after somebody.
        DeviceKind::Folder => "chosen",
        _ => view.name.as_deref().unwrap_or("none"),
    };
    let mut text = format!("{}: {name}", word(view.kind));
    // Writing to a string cannot fail.
    if let Some(how) = &view.how {
        let _ = write!(text, ", by {how}");
    }
    let _ = write!(text, ", {}", view.reason.code);
    if let Some(last) = &view.last {
        let _ = write!(text, ", last: {}", did(last));
    }
    text
}

fn did(last: &DeviceDone) -> String {
    let at = when(last.at);
    let took = last.took_ms.map(|ms| format!(" in {ms} ms"));
    format!("{} at {at}{}", last.reason.code, took.unwrap_or_default())
}

fn word(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::CardReader => "reader",
        DeviceKind::Scanner => "scanner",
        DeviceKind::Camera => "camera",
        DeviceKind::Folder => "folder",
        DeviceKind::PhotoDecoder => "photo decoder",
    }
}

/// A moment for support, to the second.
pub fn when(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
#[path = "listed_tests.rs"]
mod tests;
