//! A job as its owner sees it: pulled, never blocking past a deadline. The work is done in a thread
//! of its own, so that a line that hangs cannot hang the counter.

use super::session::{Session, Told};
use crate::document::{Canceller, Event, Job};
use crate::error::ScanFault;
use std::future::Future;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// How soon cancelling is noticed.
const TICK: Duration = Duration::from_millis(50);
/// After cancelling, the thread gets this long to tell the scanner; then it is left to its limits.
const CANCEL_LIMIT: Duration = Duration::from_millis(900);

/// A job on a scanner.
pub struct EsclJob {
    pulls: Option<UnboundedSender<()>>,
    events: Receiver<Told>,
    canceller: Canceller,
    thread: JoinHandle<()>,
    /// A page was asked for and has not come.
    pulled: bool,
    cancelled_at: Option<Instant>,
    result: Option<Told>,
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
        Ok(Self {
            pulls: Some(sender),
            events,
            canceller,
            thread,
            pulled: false,
            cancelled_at: None,
            result: None,
        })
    }

    fn step(&mut self, deadline: Instant) -> Told {
        if !std::mem::replace(&mut self.pulled, true)
            && let Some(pulls) = &self.pulls
        {
            // A thread that is gone is noticed by its closed channel.
            let _ = pulls.send(());
        }
        loop {
            if self.canceller.is_cancelled() {
                let at = *self.cancelled_at.get_or_insert_with(Instant::now);
                if at.elapsed() > CANCEL_LIMIT {
                    return Err(ScanFault::Cancelled);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match self.events.recv_timeout(left.min(TICK)) {
                // Life, but nothing to tell.
                Ok(Ok(Event::Waiting)) => {}
                Ok(told) => return told,
                Err(RecvTimeoutError::Disconnected) => return Err(ScanFault::Crashed),
                Err(RecvTimeoutError::Timeout) if left.is_zero() => return Ok(Event::Waiting),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

impl Job for EsclJob {
    fn next(&mut self, deadline: Instant) -> Told {
        if let Some(result) = &self.result {
            return result.clone();
        }
        let told = self.step(deadline);
        match &told {
            Ok(Event::Page(_)) if self.canceller.is_cancelled() => {
                // It came after the wish to stop, and nobody waits for it.
                self.pulled = false;
                return self.next(deadline);
            }
            Ok(Event::Page(_)) => self.pulled = false,
            Ok(Event::End { .. }) | Err(_) => self.result = Some(told.clone()),
            Ok(Event::Waiting | Event::Progress(_)) => {}
        }
        told
    }

    fn canceller(&self) -> Canceller {
        self.canceller.clone()
    }
}

impl Drop for EsclJob {
    fn drop(&mut self) {
        self.canceller.cancel();
        self.pulls = None;
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
