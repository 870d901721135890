//! One thread that watches every reader and reads every card laid on one.
//!
//! It owns the only PC/SC context of the process. It waits for changes (the pseudo reader for
//! hot-plug and all known readers), reads a card as it arrives, and starts over by itself when
//! the smart card service goes away and comes back. The same card lying still is read once;
//! another card in its place is told apart by the reader's event count, however short the gap.

mod watch;

use super::pcsc::Reading;
use super::profile::Profiles;
use crate::error::CardError;
use ::pcsc::Context;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A reader that does not come back from an exchange is left to itself after this.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// What the monitor tells.
#[derive(Debug, Clone)]
pub enum Event {
    /// The smart card service appeared or went away.
    Service(ServiceState),
    /// The readers or the state of one changed; always the whole list.
    Readers(Vec<Reader>),
    /// A card was read.
    Card(Reading),
    /// A card could not be read; it is tried again when it is lifted and laid down.
    Failed {
        /// The reader it lies on.
        reader: String,
        /// Why.
        error: CardError,
    },
    /// A card left its reader, read or not. Also sent when reader or service went away.
    Removed {
        /// The reader it lay on.
        reader: String,
    },
}

/// Whether the smart card service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceState {
    /// It answers.
    Up,
    /// It does not; it is tried again on and on.
    Down,
}

/// A reader and its state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// The name the system gives it.
    pub name: String,
    /// Its state.
    pub state: ReaderCondition,
}

/// What state a reader is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReaderCondition {
    /// No card.
    Empty,
    /// A card is being read.
    Reading,
    /// A card lies there.
    Card,
    /// Something lies there that does not answer.
    Mute,
    /// Another program holds the card for itself.
    InUse,
    /// The reader does not work.
    Unavailable,
}

/// The running monitor. Dropping it stops the thread.
pub struct Monitor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    /// Wakes the thread out of a pause between tries.
    wake: Sender<()>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    context: Mutex<Option<Context>>,
}

impl Monitor {
    /// Starts watching. Events go to `events`; the thread ends when its receiver is gone.
    pub fn start(profiles: Profiles, events: Sender<Event>) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (wake, pause) = channel();
        let watch = watch::Watch {
            shared: Arc::clone(&shared),
            profiles,
            events,
            pause,
        };
        let thread = std::thread::Builder::new()
            .name("id-card".to_string())
            .spawn(move || watch.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
            wake,
        })
    }

    /// Stops watching; returns when the thread has ended, or after 3 s if a reader holds it.
    pub fn stop(mut self) {
        self.halt();
    }

    fn halt(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        self.shared.stop.store(true, Ordering::SeqCst);
        // The thread may be gone already, and then nobody needs waking.
        let _ = self.wake.send(());
        let until = Instant::now() + STOP_LIMIT;
        while !thread.is_finished() && Instant::now() < until {
            // A cancel before the wait begins is lost, so it is repeated.
            if let Some(context) = &*lock(&self.shared.context) {
                let _ = context.cancel();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        if thread.is_finished() && thread.join().is_err() {
            tracing::error!("the card monitor ended in a panic");
        }
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.halt();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
