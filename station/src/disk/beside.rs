//! One thread that waits for a file's syncs, so that two files on two disks are made durable in the
//! time of the slower one. It lives as long as the file.

use std::io;
use std::sync::mpsc::{self, Receiver, Sender};

use super::Syncing;

type Job = Box<dyn FnOnce() -> io::Result<()> + Send>;

/// The thread, while somebody holds this.
pub struct Beside(Option<Sender<(Job, Sender<io::Result<()>>)>>);

impl Beside {
    /// Starts it. Where the computer gives no thread, everything is done at once instead.
    pub fn new() -> Beside {
        let (sender, jobs) = mpsc::channel();
        let started = std::thread::Builder::new()
            .name("sync beside".into())
            .spawn(move || work(&jobs));
        Beside(started.is_ok().then_some(sender))
    }

    /// Begins a job; what comes back waits for it.
    pub fn run(&self, job: impl FnOnce() -> io::Result<()> + Send + 'static) -> Syncing {
        let Some(sender) = &self.0 else {
            let outcome = job();
            return Box::new(move || outcome);
        };
        let (told, outcome) = mpsc::channel();
        let begun = sender.send((Box::new(job), told)).is_ok();
        Box::new(move || match begun {
            true => outcome.recv().unwrap_or_else(|_| Err(ended())),
            false => Err(ended()),
        })
    }
}

fn work(jobs: &Receiver<(Job, Sender<io::Result<()>>)>) {
    while let Ok((job, told)) = jobs.recv() {
        // Nobody waits any more where the caller is gone.
        let _ = told.send(job());
    }
}

fn ended() -> io::Error {
    io::Error::other("the thread that syncs has ended")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    #[test]
    fn a_job_goes_on_beside_its_caller_and_tells_how_it_went() {
        let beside = Beside::new();
        let (let_go, held) = mpsc::channel();
        let done = Arc::new(AtomicBool::new(false));
        let seen = done.clone();
        let wait = beside.run(move || {
            held.recv().map_err(io::Error::other)?;
            seen.store(true, Ordering::SeqCst);
            Ok(())
        });
        assert!(
            !done.load(Ordering::SeqCst),
            "it has come back before the end"
        );
        let_go.send(()).unwrap();
        wait().unwrap();
        assert!(done.load(Ordering::SeqCst));
        let failed = beside.run(|| Err(io::ErrorKind::StorageFull.into()))();
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
    }
}
