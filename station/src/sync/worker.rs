//! The thread that exchanges with the centre, and the status it tells.
//!
//! It runs while the desk is open: a locked station has no keys to speak with. Dropping the
//! [`Worker`] ends it at once, also in the middle of a request.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use domain::Reason;
use tokio::sync::{Notify, watch};

use super::catalogue::Rules;
use super::custody::Custody;
use super::exchange::Exchange;
use super::health::LookAround;
use super::lane::Ms;
use super::seen::Seen;
use crate::blobs::Blobs;
use crate::keys::Installation;
use crate::line::Line;
use crate::line::tls::Clock;
use crate::store::Store;
use crate::view::LineStatus;

/// What the worker tells; never with a lock held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// [`Worker::line`] has changed.
    Status,
    /// Facts arrived, or the outbox moved: what is shown may be old.
    Changed,
    /// Another lease came: others may work here, or under other terms.
    Lease,
    /// The centre has the receipt of a wipe: keys and data go now.
    Wipe,
    /// Everything has been sent, and this machine is to serve another community.
    Move,
}

/// Where news goes.
pub type Tell = Arc<dyn Fn(News) + Send + Sync>;

/// What the worker works with.
pub struct Setup {
    /// Outbox, feed and pages to send.
    pub store: Arc<Store>,
    /// The sealed pages.
    pub blobs: Arc<Blobs>,
    /// The line to the station port.
    pub line: Line,
    /// Who we are, and whose word counts here.
    pub installation: Installation,
    /// The installation's own keys; None in a test without any.
    pub custody: Option<Custody>,
    /// By which catalogue the station works; None in a test that has one for good.
    pub rules: Option<Rules>,
    /// Our clock; the worker brings it the centre's.
    pub clock: Arc<Clock>,
    /// Looks at what the store does not know of: devices, disk.
    pub around: LookAround,
    /// The program's version, for the centre.
    pub version: String,
    /// Seed of the jitter: the same seed gives the same pauses.
    pub seed: u64,
    /// Where news goes.
    pub tell: Tell,
}

/// The running exchange.
pub struct Worker {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

/// What thread and owner share.
pub(super) struct Shared {
    status: Mutex<LineStatus>,
    seen: Mutex<Seen>,
    began: Instant,
    pub(super) bells: Bells,
    /// The log contradicts the centre's.
    pub(super) wants_new_log: AtomicBool,
    stop: watch::Sender<bool>,
}

/// One bell per lane.
#[derive(Default)]
pub(super) struct Bells {
    pub(super) hello: Bell,
    pub(super) push: Bell,
    pub(super) pull: Bell,
    pub(super) pages: Bell,
}

/// Makes a lane look again at what there is to do.
#[derive(Default)]
pub(super) struct Bell {
    notify: Notify,
    hurry: AtomicBool,
}

impl Bell {
    /// Look again.
    pub(super) fn ring(&self) {
        self.notify.notify_one();
    }

    /// Look again, and don't sit out a pause of our own choice: somebody waits.
    fn hurry(&self) {
        self.hurry.store(true, Ordering::SeqCst);
        self.notify.notify_one();
    }

    pub(super) fn take_hurry(&self) -> bool {
        self.hurry.swap(false, Ordering::SeqCst)
    }

    pub(super) async fn rung(&self) {
        self.notify.notified().await;
    }
}

impl Shared {
    fn new() -> Shared {
        Shared {
            status: Mutex::new(LineStatus {
                up: false,
                reason: Reason::new("line.connecting"),
                last_contact: None,
                next_try: None,
                clock_off_s: None,
            }),
            seen: Mutex::default(),
            began: Instant::now(),
            bells: Bells::default(),
            wants_new_log: AtomicBool::new(false),
            stop: watch::Sender::new(false),
        }
    }

    pub(super) fn status(&self) -> MutexGuard<'_, LineStatus> {
        self.status.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Milliseconds since the worker began.
    pub(super) fn now(&self) -> Ms {
        Ms::try_from(self.began.elapsed().as_millis()).unwrap_or(Ms::MAX)
    }
}

impl Worker {
    /// Starts the thread. Fails only when the system gives no thread or no runtime.
    pub fn start(setup: Setup) -> std::io::Result<Worker> {
        let shared = Arc::new(Shared::new());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("sync".to_owned())
            .spawn(move || {
                let exchange = Exchange::new(setup, Arc::clone(&theirs));
                runtime.block_on(async {
                    let mut stop = theirs.stop.subscribe();
                    tokio::select! {
                        _ = stop.wait_for(|stop| *stop) => {}
                        () = exchange.run() => {}
                    }
                });
            })?;
        Ok(Worker {
            shared,
            thread: Some(thread),
        })
    }

    /// Something was put into the outbox: send it now rather than at the next try.
    pub fn wake(&self) {
        let bells = &self.shared.bells;
        for bell in [&bells.hello, &bells.push, &bells.pages] {
            bell.hurry();
        }
    }

    /// Somebody wants everything sent and fetched now. A pause that the centre asked for stays.
    pub fn hurry(&self) {
        let bells = &self.shared.bells;
        for bell in [&bells.hello, &bells.push, &bells.pull, &bells.pages] {
            bell.hurry();
        }
    }

    /// What the lanes are doing.
    pub fn seen(&self) -> Seen {
        Seen {
            now: self.shared.now(),
            ..self.shared.seen().clone()
        }
    }

    /// Whether this log contradicts the centre's, so that it has to go on in a new one.
    pub fn wants_new_log(&self) -> bool {
        self.shared.wants_new_log.load(Ordering::SeqCst)
    }

    /// The line in words.
    pub fn line(&self) -> LineStatus {
        self.shared.status().clone()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.shared.stop.send_replace(true);
        let Some(thread) = self.thread.take() else {
            return;
        };
        // News is told on the thread itself; whoever drops the worker there must not wait for it.
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("the exchange with the centre ended in a panic");
        }
    }
}

#[cfg(test)]
#[path = "worker_tests.rs"]
mod tests;
