//! Readers that are not PC/SC: nobody tells when a card comes, so a thread looks for one.
//!
//! It tells the same [`Event`]s as the monitor of PC/SC readers. What a look means is in
//! `tracker`; here is when to look, and what to do when the reader itself comes and goes.

mod awaited;
mod tracker;

use super::last_card::LastCard;
use super::module::{self, Sam, Wanted};
use super::monitor::{self, Event, Reader, ReaderCondition};
use super::reading::Reading;
use super::sdt::SamId;
use crate::error::CardError;
use awaited::{Awaited, Interruptible, begin};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tracker::{Change, Tracker};

/// Between two looks for a reader that is not there.
const RETRY: Duration = Duration::from_secs(2);
/// This many exchanges in a row that fail, and the reader is opened anew.
const FAULT_LIMIT: u32 = 3;
/// A reader that does not come back from an exchange is left to itself after this.
const STOP_LIMIT: Duration = Duration::from_secs(4);

/// A reader that was opened.
pub struct Opened {
    /// Its name for the device page.
    pub name: String,
    /// The way to its module.
    pub sam: Box<dyn Sam + Send>,
}

/// Opens the reader; `None` while there is none.
pub type Open = Box<dyn FnMut() -> Result<Option<Opened>, CardError> + Send>;

/// Where events go; false when nobody listens any more.
pub type Tell = Arc<dyn Fn(Event) -> bool + Send + Sync>;

/// A thread that polls one reader. Dropping it stops the thread.
pub struct Poller {
    thread: Option<JoinHandle<()>>,
    stop: Sender<()>,
    awaited: Arc<Awaited>,
    tell: Tell,
}

impl Poller {
    /// Starts polling. `profile` is the name of the profile, `tell` gets the events, `last` knows
    /// the last card.
    pub fn start(
        profile: &str,
        wanted: Wanted,
        open: Open,
        tell: Tell,
        last: Arc<LastCard>,
    ) -> std::io::Result<Self> {
        let (stop, pause) = channel();
        let awaited = Arc::<Awaited>::default();
        let poll = Poll {
            profile: profile.to_string(),
            wanted,
            open,
            tell: Arc::clone(&tell),
            pause,
            told: None,
            last,
            awaited: Arc::clone(&awaited),
        };
        let thread = std::thread::Builder::new()
            .name("id-card-poll".to_string())
            .spawn(move || poll.run())?;
        Ok(Self {
            thread: Some(thread),
            stop,
            awaited,
            tell,
        })
    }

    /// Gives up the read that is under way, at once: nothing is told of this card any more but
    /// that it was lifted. Whether there was one. What is being exchanged with the reader just
    /// now ends in the background.
    pub fn cancel_read(&self) -> bool {
        self.awaited.give_up(|reader| {
            let state = ReaderCondition::Card;
            let name = reader.to_string();
            // Nobody listening any more is known to the thread soon.
            let _ = (self.tell)(Event::Readers(vec![Reader { name, state }]));
        })
    }

    /// Asks the thread to end, so that several can be ended at once.
    pub fn ask_to_stop(&self) {
        // The thread may have ended by itself.
        let _ = self.stop.send(());
    }
}

impl Drop for Poller {
    fn drop(&mut self) {
        self.ask_to_stop();
        let Some(thread) = self.thread.take() else {
            return;
        };
        let until = Instant::now() + STOP_LIMIT;
        while !thread.is_finished() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(5));
        }
        if thread.is_finished() && thread.join().is_err() {
            tracing::error!("polling a card reader ended in a panic");
        }
    }
}

/// Why a round of polling ended.
enum Ended {
    Stopped,
    Lost(CardError),
}

impl From<CardError> for Ended {
    fn from(error: CardError) -> Self {
        Self::Lost(error)
    }
}

struct Poll {
    profile: String,
    wanted: Wanted,
    open: Open,
    tell: Tell,
    pause: Receiver<()>,
    /// What was told last about a reader that cannot be used, so that it is told once.
    told: Option<CardError>,
    last: Arc<LastCard>,
    awaited: Arc<Awaited>,
}

impl Poll {
    fn run(mut self) {
        loop {
            let opened = (self.open)();
            if matches!(opened, Ok(None) | Err(CardError::ReaderGone)) {
                // Plugged in again it is another trouble, though it may be the same.
                self.told = None;
            }
            let ended = match opened {
                Ok(None) => Ok(Vec::new()),
                Ok(Some(mut opened)) => match self.serve(&mut opened) {
                    Ended::Stopped => Err(Ended::Stopped),
                    Ended::Lost(CardError::ReaderGone) => Ok(Vec::new()),
                    Ended::Lost(error) => self.unusable(opened.name, error),
                },
                Err(CardError::ReaderGone) => Ok(Vec::new()),
                Err(error) => self.unusable(self.profile.clone(), error),
            };
            let Ok(list) = ended else { return };
            if !(self.tell)(Event::Readers(list)) || self.stopped_within(RETRY) {
                return;
            }
        }
    }

    /// A reader that is there and cannot be used; why is told once.
    fn unusable(&mut self, name: String, error: CardError) -> Result<Vec<Reader>, Ended> {
        if self.told.as_ref() != Some(&error) {
            tracing::warn!(reader = name, code = error.code(), "card reader not usable");
            self.told = Some(error.clone());
            let failed = Event::Failed {
                reader: name.clone(),
                error,
            };
            self.say(failed)?;
        }
        Ok(vec![Reader {
            name,
            state: ReaderCondition::Unavailable,
        }])
    }

    /// Polls an opened reader until it fails or the poller is stopped.
    fn serve(&mut self, opened: &mut Opened) -> Ended {
        let sam_id = match module::sam_id(&mut *opened.sam) {
            Ok(sam_id) => sam_id,
            Err(error) => return Ended::Lost(error),
        };
        let mut tracker = Tracker::default();
        let ended = self.watch(opened, &mut tracker, sam_id);
        let removed = Event::Removed {
            reader: opened.name.clone(),
        };
        match tracker.holds_card() && !(self.tell)(removed) {
            true => Ended::Stopped,
            false => ended,
        }
    }

    fn watch(
        &mut self,
        opened: &mut Opened,
        tracker: &mut Tracker,
        sam_id: Option<SamId>,
    ) -> Ended {
        let mut faults = 0;
        let mut state = ReaderCondition::Empty;
        let show = |poll: &mut Self, state| {
            poll.say(Event::Readers(vec![Reader {
                name: opened.name.clone(),
                state,
            }]))
        };
        if let Err(ended) = show(self, state) {
            return ended;
        }
        let awaited = Arc::clone(&self.awaited);
        let mut given_up = None;
        loop {
            let started = Instant::now();
            let mut sam = Interruptible {
                sam: &mut *opened.sam,
                given_up: given_up.as_deref(),
            };
            let looked = tracker.look(&mut sam, self.wanted, sam_id);
            // Held while it is told what came of the read: it is told, or given up, never both.
            let mut read = awaited.lock();
            let is_lost = given_up.is_some() && read.take().is_none();
            let changes = match looked {
                Ok(changes) => {
                    faults = 0;
                    self.told = None;
                    changes
                }
                Err(error) => {
                    faults += 1;
                    if error == CardError::ReaderGone || faults >= FAULT_LIMIT {
                        return Ended::Lost(error);
                    }
                    Vec::new()
                }
            };
            // Before it is told that a card is being read, so that it can be given up from then on.
            given_up = tracker.is_hurried().then(|| begin(&mut read, &opened.name));
            for change in changes {
                let (now, event) = match is_lost {
                    true => (ReaderCondition::Card, None),
                    false => self.event(&opened.name, change, started),
                };
                let told = event.map_or(Ok(()), |event| self.say(event));
                let shown = match now == state {
                    true => Ok(()),
                    false => show(self, now),
                };
                state = now;
                if let Err(ended) = told.and(shown) {
                    *read = None;
                    return ended;
                }
            }
            drop(read);
            if !tracker.is_hurried() && self.stopped_within(module::FIND_PAUSE) {
                return Ended::Stopped;
            }
        }
    }

    /// What a change is for those who listen.
    fn event(
        &self,
        reader: &str,
        change: Change,
        started: Instant,
    ) -> (ReaderCondition, Option<Event>) {
        let reader_name = || reader.to_string();
        let failed = |error: CardError| {
            tracing::info!(reader, code = error.code(), "card not read");
            Event::Failed {
                reader: reader_name(),
                error,
            }
        };
        match change {
            Change::Found => (ReaderCondition::Reading, None),
            Change::Failed(error) => (ReaderCondition::Card, Some(failed(error))),
            Change::Read(content) => {
                let reading = Reading::new(reader, &self.profile, *content, started);
                let event = match reading {
                    Ok(reading) => self.card(reading),
                    Err(error) => failed(error),
                };
                (ReaderCondition::Card, Some(event))
            }
            Change::Left => {
                let reader = reader_name();
                (ReaderCondition::Empty, Some(Event::Removed { reader }))
            }
        }
    }

    fn card(&self, reading: Reading) -> Event {
        let reading = monitor::Reading::Identity(reading);
        let same_card = self.last.is_again(&reading);
        Event::Card { reading, same_card }
    }

    fn say(&self, event: Event) -> Result<(), Ended> {
        match (self.tell)(event) {
            true => Ok(()),
            false => Err(Ended::Stopped),
        }
    }

    fn stopped_within(&self, pause: Duration) -> bool {
        self.pause.recv_timeout(pause) != Err(RecvTimeoutError::Timeout)
    }
}

#[cfg(test)]
mod tests;
