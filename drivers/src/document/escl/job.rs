//! A job as its owner sees it: pulled, never blocking past a deadline. The work is done in a thread
//! of its own, so that a line that hangs cannot hang the counter.

use super::session::Session;
use crate::document::steady::{CANCEL_LIMIT, Pulled, Steady, Told};
use crate::document::{Canceller, Job};
use crate::error::ScanFault;
use std::future::Future;
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// A job on a scanner.
pub struct EsclJob {
    job: Steady<Pulled>,
    thread: JoinHandle<()>,
}

impl EsclJob {
    /// Starts the thread; nothing is sent before the first pull.
    pub fn start(
        session: Session,
        pulls: (UnboundedSender<()>, UnboundedReceiver<()>),
        events: Receiver<Told>,
    ) -> Result<Self, ScanFault> {
        let canceller = session.canceller.clone();
        let (sender, receiver) = pulls;
        let thread = spawn(session.run(receiver))?;
        let pull = move || {
            // A thread that is gone is noticed by its closed channel.
            let _ = sender.send(());
        };
        // The session keeps the limits of time.
        let work = Pulled::new(pull, events, canceller, None);
        Ok(Self {
            job: Steady::new(work),
            thread,
        })
    }
}

impl Job for EsclJob {
    fn next(&mut self, deadline: Instant) -> Told {
        self.job.next(deadline)
    }

    fn canceller(&self) -> Canceller {
        self.job.canceller()
    }
}

impl Drop for EsclJob {
    fn drop(&mut self) {
        self.canceller().cancel();
        self.job.steps.pull = None;
        let until = Instant::now() + CANCEL_LIMIT;
        while !self.thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Runs to the end in a thread with a runtime of its own: whoever calls may be inside another one,
/// where blocking is not allowed.
fn spawn(work: impl Future<Output = ()> + Send + 'static) -> Result<JoinHandle<()>, ScanFault> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|_| ScanFault::Crashed)?;
    std::thread::Builder::new()
        .name("escl".to_string())
        .spawn(move || {
            runtime.block_on(work);
            // A name that is still being looked up would hold the thread.
            runtime.shutdown_background();
        })
        .map_err(|_| ScanFault::Crashed)
}

/// The outcome of some work, for `limit` at most.
pub fn wait_for<T: Send + 'static>(
    limit: Duration,
    work: impl Future<Output = Result<T, ScanFault>> + Send + 'static,
) -> Result<T, ScanFault> {
    let (sender, receiver) = channel();
    spawn(async move {
        let done = tokio::time::timeout(limit, work).await;
        // The receiver leaves a moment after the limit at the latest.
        let _ = sender.send(done.unwrap_or(Err(ScanFault::Hung)));
    })?;
    let grace = Duration::from_millis(500);
    receiver
        .recv_timeout(limit + grace)
        .unwrap_or(Err(ScanFault::Hung))
}
