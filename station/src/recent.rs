//! What the program noted last: time, level, place, message and code of each line, and no other
//! particular, so that nobody's data can be in it. With the kinds of the last audit records it is what
//! the centre gets when it asks for a log. It lies in a file too, since what is asked for is mostly what
//! happened before a restart.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, SecondsFormat, Utc};
use domain::order::{EXTRACT_BYTES, EXTRACT_LINES};
use rusqlite::Connection;
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use crate::error::Result;
use crate::store::audit;

/// Characters of one line.
const LINE: usize = 160;

/// The file of lines, and the one before it.
const FILES: [&str; 2] = ["recent.log", "recent.log.old"];
/// A file that has grown to this is put aside for a new one.
const FILE_BYTES: u64 = 128 << 10;

static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());
static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

/// Where lines are kept.
struct Kept {
    folder: PathBuf,
    file: File,
    bytes: u64,
}

impl Kept {
    fn open(folder: &Path) -> std::io::Result<Kept> {
        let path = folder.join(FILES[0]);
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let bytes = file.metadata()?.len();
        let folder = folder.to_owned();
        Ok(Kept {
            folder,
            file,
            bytes,
        })
    }

    fn append(&mut self, line: &str) -> std::io::Result<()> {
        if self.bytes > FILE_BYTES {
            let [now, before] = FILES.map(|name| self.folder.join(name));
            std::fs::rename(now, before)?;
            *self = Kept::open(&self.folder)?;
        }
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.bytes += line.len() as u64 + 1;
        Ok(())
    }
}

/// Keeps lines in this folder from now on, and goes on from those that lie there. Nothing waits for them
/// to be durable, and a disk that takes none stops nothing.
pub fn keep_in(folder: &Path) {
    let read = |name: &&str| std::fs::read(folder.join(name)).unwrap_or_default();
    for bytes in FILES.iter().rev().map(read) {
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<_> = text.lines().collect();
        let from = lines.len().saturating_sub(EXTRACT_LINES);
        lines[from..].iter().for_each(|line| remember(line));
    }
    *KEPT.lock().unwrap_or_else(PoisonError::into_inner) = Kept::open(folder).ok();
}

/// Keeps what is noted from now on.
pub struct Recent;

impl<S: Subscriber> Layer<S> for Recent {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let meta = event.metadata();
        let own = meta.target().starts_with("station") || meta.target().starts_with("yizhan");
        let least = if own { Level::INFO } else { Level::WARN };
        if *meta.level() > least {
            return;
        }
        let mut said = Said::default();
        event.record(&mut said);
        let mut line = format!("{} {} {}", now(), meta.level(), meta.target());
        for part in [said.message, said.code].into_iter().flatten() {
            // Writing to a string cannot fail.
            let _ = write!(line, " {}", part.replace(['\n', '\r'], " "));
        }
        keep(line);
    }
}

/// Of an event's fields only these are kept: messages and codes are written in the program's source.
#[derive(Default)]
struct Said {
    message: Option<String>,
    code: Option<String>,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "code" {
            self.code = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        match field.name() {
            "message" => self.message = Some(format!("{value:?}")),
            "code" => self.code = Some(format!("{value:?}")),
            _ => {}
        }
    }
}

/// The last lines and the kinds of the last audit records, newest last; at most
/// [`EXTRACT_LINES`] lines and [`EXTRACT_BYTES`] bytes, of which the newest are kept.
pub fn extract(connection: &Connection) -> Result<String> {
    let mut lines = vec![format!(
        "yizhan {} on {} {}, {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        now()
    )];
    let half = EXTRACT_LINES / 2;
    for (at_ms, kind) in audit::kinds(connection, half)? {
        let at = DateTime::from_timestamp_millis(at_ms).unwrap_or_default();
        lines.push(format!("{} audit {kind}", seconds(at)));
    }
    let noted = held();
    lines.extend(noted.iter().skip(noted.len().saturating_sub(half)).cloned());
    drop(noted);
    Ok(cut(lines))
}

/// Leaves out from the second line on what is too much: the first says which program this is.
fn cut(mut lines: Vec<String>) -> String {
    let mut bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
    while bytes > EXTRACT_BYTES && lines.len() > 1 {
        bytes -= lines.remove(1).len() + 1;
    }
    lines.join("\n")
}

fn keep(line: String) {
    let line: String = line.chars().take(LINE).collect();
    remember(&line);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if kept
        .as_mut()
        .is_some_and(|kept| kept.append(&line).is_err())
    {
        *kept = None;
    }
}

fn remember(line: &str) {
    let mut lines = held();
    if lines.len() == EXTRACT_LINES {
        lines.pop_front();
    }
    lines.push_back(line.chars().take(LINE).collect());
}

fn now() -> String {
    seconds(Utc::now())
}

fn seconds(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

fn held() -> MutexGuard<'static, VecDeque<String>> {
    LINES.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[test]
    fn messages_and_codes_are_kept_and_no_other_particular() {
        let subscriber = tracing_subscriber::registry().with(Recent);
        tracing::subscriber::with_default(subscriber, || {
            let name = "王示范";
            tracing::warn!(code = "line.unreachable", %name, number = 7, "a trial\nline");
            tracing::debug!("too small to keep");
        });
        let lines: Vec<_> = held()
            .iter()
            .filter(|line| line.contains("a trial"))
            .cloned()
            .collect();
        assert_eq!(lines.len(), 1);
        // Behind time, level and place: the message and the code, and neither name nor number.
        let (_, said) = lines[0].split_once("recent::tests ").unwrap();
        assert_eq!(said, "a trial line line.unreachable");
    }

    #[test]
    fn lines_outlive_the_program_and_their_files_do_not_grow_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(
            path(FILES[0]),
            "2026-11-30T08:00:00Z WARN before a restart\n",
        )
        .unwrap();
        keep_in(folder.path());
        assert!(held().iter().any(|line| line.ends_with("before a restart")));
        for n in 0..2 * FILE_BYTES / 100 {
            keep(format!("{n} {}", "y".repeat(100)));
        }
        *KEPT.lock().unwrap() = None;
        for name in FILES {
            let bytes = std::fs::metadata(path(name)).unwrap().len();
            assert!(bytes <= FILE_BYTES + 1_000, "{name} has {bytes}");
        }
        let text = std::fs::read_to_string(path(FILES[0])).unwrap();
        assert!(text.ends_with("y\n"));
    }

    #[test]
    fn what_is_too_much_is_left_out_from_the_oldest_on() {
        let line = "x".repeat(LINE);
        let mut lines: Vec<_> = (0..EXTRACT_BYTES / LINE).map(|_| line.clone()).collect();
        lines.insert(0, "which program".into());
        lines.push("the newest".into());
        let text = cut(lines);
        assert!(text.len() <= EXTRACT_BYTES);
        assert!(text.starts_with("which program\n") && text.ends_with("\nthe newest"));
    }
}
