//! A program of somebody else's, kept at arm's length: bytes in, bytes out, each within a time
//! limit, and killed with its children when it does not keep to it.

use crate::group::Group;
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Instant;

/// Bytes taken from the program at once.
const PIECE_LEN: usize = 8192;
/// Pieces that wait to be taken in; a program that writes on and on is held up by the pipe.
const PIECES_WAITING: usize = 8;

/// A running program. Dropping it kills it, with what it has started.
pub struct Process {
    group: Group,
    stdin: Option<SyncSender<Vec<u8>>>,
    output: Receiver<Vec<u8>>,
    held: Vec<u8>,
}

/// Why the program did not give what was asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It cannot be started.
    NotStarted,
    /// It did not keep to the time limit.
    Late,
    /// Its output ended.
    Ended,
}

impl Process {
    /// Starts a program. What it writes to its standard error is thrown away: it may hold a
    /// card's content.
    pub fn start(program: &Path, arguments: &[String]) -> Result<Self, Fault> {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut group = Group::spawn(&mut command).map_err(|error| {
            tracing::warn!(program = %program.display(), %error, "program not started");
            Fault::NotStarted
        })?;
        let stdin = group.pipes().stdin.take().map(writer);
        let output = group.pipes().stdout.take().map(reader);
        Ok(Self {
            group,
            stdin,
            output: output.ok_or(Fault::NotStarted)?,
            held: Vec::new(),
        })
    }

    /// Gives the program bytes, without waiting for it to take them.
    pub fn give(&mut self, bytes: Vec<u8>) -> Result<(), Fault> {
        let stdin = self.stdin.as_ref().ok_or(Fault::Ended)?;
        // One message waits at most: a program that takes nothing in is late, not slow.
        stdin.try_send(bytes).map_err(|_| Fault::Late)
    }

    /// Says that no more bytes come.
    pub fn give_no_more(&mut self) {
        self.stdin = None;
    }

    /// Exactly so many bytes of its output.
    pub fn take(&mut self, len: usize, until: Instant) -> Result<Vec<u8>, Fault> {
        while self.held.len() < len {
            if !self.fill(until)? {
                return Err(Fault::Ended);
            }
        }
        let rest = self.held.split_off(len);
        Ok(std::mem::replace(&mut self.held, rest))
    }

    /// All of its output, up to `limit` bytes and one more, and whether it ended well.
    pub fn take_all(&mut self, limit: usize, until: Instant) -> Result<(Vec<u8>, bool), Fault> {
        while self.held.len() <= limit {
            if !self.fill(until)? {
                break;
            }
        }
        let mut all = std::mem::take(&mut self.held);
        all.truncate(limit + 1);
        match self.group.wait_until(until) {
            Ok(Some(status)) => Ok((all, status.success())),
            Ok(None) => Err(Fault::Late),
            Err(_) => Err(Fault::Ended),
        }
    }

    /// Takes in more of its output; false when that has ended.
    fn fill(&mut self, until: Instant) -> Result<bool, Fault> {
        let left = until.saturating_duration_since(Instant::now());
        match self.output.recv_timeout(left) {
            Ok(piece) => {
                self.held.extend_from_slice(&piece);
                Ok(true)
            }
            Err(RecvTimeoutError::Timeout) => Err(Fault::Late),
            Err(RecvTimeoutError::Disconnected) => Ok(false),
        }
    }

    /// The process's number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.group.id()
    }
}

fn writer(mut stdin: ChildStdin) -> SyncSender<Vec<u8>> {
    let (sender, receiver) = sync_channel::<Vec<u8>>(1);
    std::thread::spawn(move || {
        while let Ok(bytes) = receiver.recv() {
            // A program that closes its input says by its output or its end what that means.
            if stdin
                .write_all(&bytes)
                .and_then(|()| stdin.flush())
                .is_err()
            {
                return;
            }
        }
    });
    sender
}

fn reader(mut stdout: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = sync_channel(PIECES_WAITING);
    std::thread::spawn(move || {
        let mut piece = vec![0; PIECE_LEN];
        loop {
            match stdout.read(&mut piece) {
                Ok(0) => return,
                Ok(len) if sender.send(piece[..len].to_vec()).is_err() => return,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    });
    receiver
}
