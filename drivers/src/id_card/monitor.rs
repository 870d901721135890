//! One thread that watches every reader, and one for each card that is being read.
//!
//! - `watch`: waits for changes (the pseudo reader for hot-plug and all known readers) and starts
//!   over by itself when the smart card service goes away and comes back.
//! - `slots`: what lies on which reader and whose read is awaited; events are told from there.
//! - `reading`: finds out what kind of card it is and reads it, so that a slow card holds up
//!   nobody but itself.
//! - `watchdog`: a service, a card or another program that does not let go is noticed in time.
//! - `meaning`: what the errors of pcsc-lite and of Windows mean for the watch.
//!
//! The same card lying still is read once; another card in its place is told apart by the
//! reader's event count, however short the gap. Not here: readers that are not PC/SC.

mod meaning;
mod reading;
mod slots;
mod watch;
mod watchdog;

use super::last_card::LastCard;
use super::pcsc;
use super::profile::Profiles;
use crate::error::CardError;
use crate::social_card;
use ::pcsc::Context;
use slots::Slots;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A service that does not come back from a wait is left to itself after this.
const STOP_LIMIT: Duration = Duration::from_secs(3);

/// What the monitor tells.
#[derive(Debug, Clone)]
pub enum Event {
    /// The smart card service appeared or went away.
    Service(ServiceState),
    /// The readers or the state of one changed; always the whole list.
    Readers(Vec<Reader>),
    /// A card was read.
    Card {
        /// What it says.
        reading: Reading,
        /// It is the card that was read last, on whichever reader: the same card again and not
        /// another one.
        same_card: bool,
    },
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

/// A card, read, of either kind.
#[derive(Debug, Clone)]
pub enum Reading {
    /// An identity card, a residence permit or a foreigner's card.
    Identity(pcsc::Reading),
    /// A social-security card.
    Social(social_card::Reading),
}

impl Reading {
    /// Name of the reader.
    #[must_use]
    pub fn reader(&self) -> &str {
        match self {
            Self::Identity(reading) => &reading.reader,
            Self::Social(reading) => &reading.reader,
        }
    }

    /// When the last byte had come.
    #[must_use]
    pub fn taken_at(&self) -> Instant {
        match self {
            Self::Identity(reading) => reading.taken_at,
            Self::Social(reading) => reading.taken_at,
        }
    }

    /// From connecting to the last byte, milliseconds.
    #[must_use]
    pub fn exchange_ms(&self) -> u32 {
        match self {
            Self::Identity(reading) => reading.exchange_ms,
            Self::Social(reading) => reading.exchange_ms,
        }
    }
}

/// Whether the smart card service runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceState {
    /// It answers. On Windows also when it rests because no reader is connected.
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

struct Shared {
    stop: AtomicBool,
    context: Mutex<Option<Context>>,
    profiles: Profiles,
    slots: Slots,
    /// What the watching thread asks the service just now.
    call: watchdog::Call,
}

impl Monitor {
    /// Starts watching. Events go to `events`; the thread ends when its receiver is gone.
    pub fn start(profiles: Profiles, events: Sender<Event>) -> std::io::Result<Self> {
        Self::remembering(profiles, events, Arc::default())
    }

    /// The same, with a memory of the last card that other readers share.
    pub(super) fn remembering(
        profiles: Profiles,
        events: Sender<Event>,
        last: Arc<LastCard>,
    ) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            context: Mutex::new(None),
            profiles,
            slots: Slots::new(events, last),
            call: watchdog::Call::default(),
        });
        watchdog::start(&shared)?;
        let (wake, pause) = channel();
        let watch = watch::Watch {
            shared: Arc::clone(&shared),
            pause,
        };
        let thread = std::thread::Builder::new()
            .name("cards".to_string())
            .spawn(move || watch.run())?;
        Ok(Self {
            shared,
            thread: Some(thread),
            wake,
        })
    }

    /// Gives up every read that is under way, at once: nothing is told of these cards any more
    /// but that they were lifted. For a page that is left while a slow card is being read; what is
    /// already being exchanged with the card ends in the background. Answers how many there were.
    pub fn cancel_read(&self) -> usize {
        self.shared.slots.cancel()
    }

    /// Stops watching: nothing is told after this. Returns when the thread has ended, or after 3 s
    /// if the service holds it.
    pub fn stop(mut self) {
        self.halt();
    }

    fn halt(&mut self) {
        let Some(thread) = self.thread.take() else {
            return;
        };
        self.shared.slots.close();
        self.shared.stop.store(true, Ordering::SeqCst);
        // The thread may be gone already, and then nobody needs waking.
        let _ = self.wake.send(());
        let ended = Arc::new(AtomicBool::new(false));
        self.cancel_until(&ended);
        let until = Instant::now() + STOP_LIMIT;
        while !thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        ended.store(true, Ordering::SeqCst);
        if thread.is_finished() && thread.join().is_err() {
            tracing::error!("the card monitor ended in a panic");
        }
    }
}

impl Monitor {
    /// Cancels the wait of the watching thread, on a thread of its own: a service that hangs
    /// answers this call no more than the others.
    fn cancel_until(&self, ended: &Arc<AtomicBool>) {
        let (shared, ended) = (Arc::clone(&self.shared), Arc::clone(ended));
        let cancel = move || {
            while !ended.load(Ordering::SeqCst) {
                // A cancel before the wait begins is lost, so it is repeated.
                let context = lock(&shared.context).clone();
                if let Some(context) = context {
                    let _ = context.cancel();
                }
                std::thread::sleep(Duration::from_millis(5));
            }
        };
        let started = std::thread::Builder::new()
            .name("cards-cancel".to_string())
            .spawn(cancel);
        if let Err(error) = started {
            tracing::error!(%error, "no thread to cancel the wait for cards");
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
