//! Child processes that end when their owner ends, however it ends (kill -9 included).
//!
//! The child runs under a tiny shell that holds the reading end of a pipe from us. When we drop the
//! writing end, or die, the shell sees the end of the pipe and stops the child, politely first.
//! `PR_SET_PDEATHSIG` would not do: it follows the thread that started the child, and a test's
//! thread ends long before the test process.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::{Doing, Error, Result};

/// How long a child may take to leave after the polite signal.
const STOP_LIMIT_S: u32 = 8;
/// How much of a log is quoted in an error.
const QUOTE_SIZE_BYTES: u64 = 2_000;

/// $1 is the polite signal, the rest the command. The last `kill` takes what the child left behind
/// in its process group.
const SHELL: &str = r#"
stop=$1; limit=$2; shift 2
exec 3<&0 </dev/null
"$@" 3<&- &
child=$!
{ read -r _ <&3; kill -s "$stop" "$child"; sleep "$limit"; kill -s KILL "$child"; } \
    >/dev/null 2>&1 &
wait "$child"; code=$?
trap '' TERM
kill -s TERM 0
exit "$code"
"#;

/// What to start.
pub struct Launch {
    /// How messages call it.
    pub name: &'static str,
    /// Program and arguments.
    pub line: Vec<OsString>,
    /// Environment on top of ours.
    pub envs: Vec<(String, OsString)>,
    /// Where its output goes (appended).
    pub log: PathBuf,
    /// The polite signal: `TERM`, or `INT` for PostgreSQL's fast shutdown.
    pub stop: &'static str,
}

impl Launch {
    /// A launch that stops by `TERM`; `line` is program and arguments.
    pub fn new<S: Into<OsString>>(
        name: &'static str,
        line: impl IntoIterator<Item = S>,
        log: impl Into<PathBuf>,
    ) -> Launch {
        let line = line.into_iter().map(Into::into).collect();
        Launch {
            name,
            line,
            envs: Vec::new(),
            log: log.into(),
            stop: "TERM",
        }
    }

    /// Adds arguments.
    pub fn arguments<S: Into<OsString>>(mut self, words: impl IntoIterator<Item = S>) -> Launch {
        self.line.extend(words.into_iter().map(Into::into));
        self
    }

    /// Adds one environment variable.
    pub fn env(mut self, key: &str, value: impl Into<OsString>) -> Launch {
        self.envs.push((key.to_owned(), value.into()));
        self
    }

    /// Starts it, in a process group of its own (a terminal's Ctrl-C reaches only us).
    pub fn start(self) -> Result<Supervised> {
        let log = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .doing(|| format!("open {}", self.log.display()))?;
        let log_start = log.metadata().map_or(0, |m| m.len());
        let err = log
            .try_clone()
            .doing(|| format!("open {}", self.log.display()))?;
        let mut child = Command::new("/bin/sh")
            .args(["-c", SHELL, "sh", self.stop, &STOP_LIMIT_S.to_string()])
            .args(&self.line)
            .envs(self.envs.iter().map(|(k, v)| (k, v)))
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(err)
            .process_group(0)
            .spawn()
            .doing(|| format!("start {}", self.name))?;
        let lifeline = child.stdin.take();
        Ok(Supervised {
            name: self.name,
            child,
            lifeline,
            log: self.log,
            log_start,
        })
    }
}

/// A running child; dropping it stops it and waits.
pub struct Supervised {
    name: &'static str,
    child: Child,
    lifeline: Option<ChildStdin>,
    log: PathBuf,
    log_start: u64,
}

impl Supervised {
    /// How messages call it.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its exit status once it has left by itself.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// What it has said in this run.
    pub fn said(&self) -> String {
        read_from(&self.log, self.log_start)
    }

    /// Waits until `ready` answers something. Fails when the child ends first or time is up; the
    /// error quotes the end of its log.
    pub fn wait_until<T>(
        &mut self,
        limit: Duration,
        mut ready: impl FnMut(&Supervised) -> Option<T>,
    ) -> Result<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = ready(self) {
                return Ok(found);
            }
            let why = match self.ended() {
                Some(status) => format!("ended early ({status})"),
                None if start.elapsed() > limit => format!("not ready after {} s", limit.as_secs()),
                None => {
                    std::thread::sleep(Duration::from_millis(25));
                    continue;
                }
            };
            let quote = tail(&self.log, self.log_start);
            let log = self.log.display();
            return Err(Error::Failed(format!(
                "{}: {why}; {log} ends:\n{quote}",
                self.name
            )));
        }
    }

    /// Stops it politely, by force after a few seconds, and waits.
    pub fn stop(&mut self) {
        self.lifeline = None;
        // The shell always ends: its child is killed when it does not leave.
        let _ = self.child.wait();
    }
}

impl Drop for Supervised {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs a command to its end and returns what it printed; the error quotes what it complained of.
pub fn output(what: &str, command: &mut Command) -> Result<String> {
    let out = command
        .stdin(Stdio::null())
        .output()
        .doing(|| format!("start {what}"))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let err = String::from_utf8_lossy(&out.stderr);
    Err(Error::Failed(format!(
        "{what} failed ({}):\n{}",
        out.status,
        err.trim_end()
    )))
}

/// Runs a command to its end with its output on our terminal.
pub fn run(what: &str, command: &mut Command) -> Result<()> {
    let status = command.status().doing(|| format!("start {what}"))?;
    match status.success() {
        true => Ok(()),
        false => Err(Error::Failed(format!("{what} failed ({status})"))),
    }
}

/// The processes that a process has started and that run.
pub fn children(parent: u32) -> Vec<u32> {
    let parent = parent.to_string();
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = numbers.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    pids.filter(|pid| stat(*pid).is_some_and(|fields| fields.get(1) == Some(&parent)))
        .collect()
}

/// Whether a process is there and has not ended.
pub fn is_alive(pid: u32) -> bool {
    stat(pid).is_some_and(|fields| fields.first().is_some_and(|state| state != "Z"))
}

/// The fields of a process behind its name, which stands in brackets and may hold blanks (proc(5)).
pub fn stat(pid: u32) -> Option<Vec<String>> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    Some(rest.split(' ').map(str::to_owned).collect())
}

/// Whether we run as root.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|m| m.uid() == 0)
}

fn tail(log: &Path, start: u64) -> String {
    let length = fs::metadata(log).map_or(0, |m| m.len());
    read_from(log, start.max(length.saturating_sub(QUOTE_SIZE_BYTES)))
}

fn read_from(path: &Path, start: u64) -> String {
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|mut file| file.seek(SeekFrom::Start(start)).map(|_| file))
        .and_then(|mut file| file.read_to_end(&mut bytes));
    if read.is_err() {
        bytes.clear();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pid_lives(pid: &str) -> bool {
        // A zombie has left already; only its parent has not looked yet.
        fs::read_to_string(format!("/proc/{}/stat", pid.trim())).is_ok_and(|s| !s.contains(") Z "))
    }

    fn start(dir: &Path, script: &str) -> Supervised {
        Launch::new("child", ["sh", "-c", script], dir.join("log"))
            .start()
            .unwrap()
    }

    #[test]
    fn a_dropped_child_and_its_own_children_are_gone() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = start(dir.path(), "sleep 600 & echo $! $$; wait");
        let pids = child
            .wait_until(Duration::from_secs(10), |c| {
                c.said().lines().next().map(str::to_owned)
            })
            .unwrap();
        assert!(pids.split(' ').all(pid_lives));
        drop(child);
        let start = Instant::now();
        while pids.split(' ').any(pid_lives) && start.elapsed() < Duration::from_secs(5) {
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(!pids.split(' ').any(pid_lives), "left behind: {pids}");
    }

    #[test]
    fn a_child_that_ends_early_is_reported_with_its_last_words() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = start(dir.path(), "echo no such card >&2; exit 3");
        let error = child
            .wait_until(Duration::from_secs(10), |_| None::<()>)
            .unwrap_err();
        assert!(error.to_string().contains("no such card"), "{error}");
        assert_eq!(child.ended().and_then(|s| s.code()), Some(3));
    }

    #[test]
    fn a_child_stays_while_its_owner_lives() {
        let dir = tempfile::tempdir().unwrap();
        let mut child = start(dir.path(), "exec sleep 600");
        std::thread::sleep(Duration::from_millis(300));
        assert!(child.ended().is_none());
    }
}
