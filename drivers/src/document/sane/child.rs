//! A child process in a group of its own, which can always be ended.

use crate::error::ScanFault;
use crate::group::Group;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Between asking to end and making it.
const TERM_GRACE: Duration = Duration::from_millis(400);
/// A killed driver is gone within this, unless it hangs in the kernel.
const KILL_LIMIT: Duration = Duration::from_secs(1);
/// More output than this is nonsense, bytes.
const OUTPUT_LIMIT: u64 = 1 << 20;

/// A running child; dropping it ends its whole group. The group ends with the child, too.
pub struct Guarded(pub Group);

impl Guarded {
    /// Starts a command in its own process group.
    pub fn spawn(command: &mut Command) -> Result<Self, ScanFault> {
        Group::spawn(command)
            .map(Self)
            .map_err(|error| match error.kind() {
                std::io::ErrorKind::NotFound => ScanFault::NotInstalled,
                _ => ScanFault::Crashed,
            })
    }

    /// Waits for the end; `None` when it does not come in time.
    pub fn wait_until(&mut self, until: Instant) -> Option<std::process::ExitStatus> {
        self.0.wait_until(until).ok().flatten()
    }

    /// Ends the group: asks, waits 400 ms, kills. Returns when the child is gone.
    pub fn end(&mut self) {
        if matches!(self.0.ended(), Ok(Some(_))) {
            return;
        }
        self.0.ask_to_end();
        if self.wait_until(Instant::now() + TERM_GRACE).is_none() {
            self.0.kill();
            self.wait_until(Instant::now() + KILL_LIMIT);
        }
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.end();
    }
}

/// What a short command said.
pub struct Output {
    /// Exit status; `None` when a signal ended it.
    pub status: Option<i32>,
    /// Standard output.
    pub text: String,
    /// Standard error.
    pub errors: String,
}

/// Runs a command to its end, or for `limit`.
pub fn output(mut command: Command, limit: Duration) -> Result<Output, ScanFault> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let until = Instant::now() + limit;
    let mut child = Guarded::spawn(&mut command)?;
    let text = collect(child.0.pipes().stdout.take());
    let errors = collect(child.0.pipes().stderr.take());
    let status = child.wait_until(until).ok_or(ScanFault::Hung)?;
    let left = || {
        until
            .saturating_duration_since(Instant::now())
            .max(TERM_GRACE)
    };
    Ok(Output {
        status: status.code(),
        text: text.recv_timeout(left()).map_err(|_| ScanFault::Hung)?,
        errors: errors.recv_timeout(left()).map_err(|_| ScanFault::Hung)?,
    })
}

fn collect(from: Option<impl Read + Send + 'static>) -> std::sync::mpsc::Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(from) = from {
            // A read that fails leaves what came before it, which is judged by the status.
            let _ = from.take(OUTPUT_LIMIT).read_to_end(&mut bytes);
        }
        let _ = sender.send(String::from_utf8_lossy(&bytes).into_owned());
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_does_not_end_is_ended_with_its_children() {
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' TERM; sleep 1000 & echo $!; wait"]);
        let started = Instant::now();
        let result = output(command, Duration::from_millis(300));
        assert_eq!(result.err(), Some(ScanFault::Hung));
        assert!(started.elapsed() < Duration::from_secs(2));
    }

    #[test]
    fn a_program_that_is_not_there_is_not_installed() {
        let result = output(
            Command::new("/nonexistent/scanimage"),
            Duration::from_secs(1),
        );
        assert_eq!(
            result.err().map(|fault| fault.code()),
            Some("scan.not_installed")
        );
    }
}
