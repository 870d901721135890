//! Card readers: the monitor's events become taps, readings and a state in words.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use domain::{Id, Identity, Reason};
use drivers::CardError;
use drivers::id_card::monitor::{self, Event, Reader, ServiceState};
use drivers::id_card::pcsc;
use drivers::id_card::profile::Profiles;
use drivers::id_card::readers;
use drivers::social_card;

use super::own::Own;
use super::plugged::Usb;
use super::reader_words::{done, status};
use super::{KnownAs, News, PageOf, Tell, listed};
use crate::desk::new_id;
use crate::error::{Error, Result};
use crate::keys::OwnCard;
use crate::reading::{Reading, Readings};
use crate::view::{DeviceDone, DeviceStatus, DeviceView, Tap};

/// The card readers and what was read on them.
pub struct Readers {
    shared: Arc<Shared>,
    /// What watches them: PC/SC, USB, serial and vendors' libraries alike.
    monitor: Option<readers::Readers>,
    /// What is plugged in, read or not.
    usb: Usb,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    tell: Tell,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    seen: Seen,
    readings: Readings,
    page_of: Option<PageOf>,
    known_as: Option<KnownAs>,
    own: Own,
}

/// What is known of the readers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Seen {
    /// Not watched at all.
    pub off: bool,
    /// The smart card service; `None` before its first word.
    pub service: Option<ServiceState>,
    /// All readers.
    pub readers: Vec<Reader>,
    /// Why the card on a reader could not be read, while it lies there.
    pub failed: BTreeMap<String, CardError>,
    /// What each reader last did, gone ones too.
    pub last: BTreeMap<String, DeviceDone>,
    /// What is known of each from a card that was read.
    pub met: BTreeMap<String, Met>,
}

/// What a reading tells of its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// The profile that fitted.
    pub profile: String,
    /// Its security module told its number.
    pub module: bool,
}

impl Readers {
    /// Starts the monitor and the thread that takes in what it tells.
    pub fn start(profiles: Profiles, tell: Tell) -> Result<Readers> {
        let no_thread = |error: std::io::Error| Error::Bug(format!("no thread: {error}"));
        let shared = Arc::new(Shared {
            tell,
            state: Mutex::default(),
        });
        let (events, told) = channel();
        let theirs = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("readings".to_owned())
            .spawn(move || theirs.listen(&told))
            .map_err(no_thread)?;
        let usb = Usb::of(&profiles);
        let monitor = readers::Readers::start(profiles, events).map_err(no_thread)?;
        Ok(Readers {
            shared,
            monitor: Some(monitor),
            usb,
            thread: Some(thread),
        })
    }

    /// No reader is watched.
    pub fn off(tell: Tell) -> Readers {
        let seen = Seen {
            off: true,
            ..Seen::default()
        };
        let state = Mutex::new(State {
            seen,
            ..State::default()
        });
        Readers {
            shared: Arc::new(Shared { tell, state }),
            monitor: None,
            usb: Usb::of(&Profiles::default()),
            thread: None,
        }
    }

    /// The desk is open: cards are read for it from now on.
    pub fn open_desk(&self, page_of: PageOf, known_as: KnownAs) {
        let mut state = self.shared.state();
        state.page_of = Some(page_of);
        state.known_as = Some(known_as);
        // Whoever was waited for has entered.
        state.own.forget();
    }

    /// The desk is locked: readings are forgotten, and cards are not taken in.
    pub fn close_desk(&self) {
        self.cancel_read();
        let mut state = self.shared.state();
        state.page_of = None;
        state.known_as = None;
        state.readings.clear();
    }

    /// The next identity card is that of whoever logs in: it opens nothing else and becomes nobody's
    /// reading. For two minutes.
    pub fn want_own_card(&self) {
        self.shared.state().own.want(Instant::now());
    }

    /// The card that was laid down since, once.
    pub fn take_own_card(&self) -> Option<OwnCard> {
        self.shared.state().own.take(Instant::now())
    }

    /// Gives up the reads that are under way, at once, and the wait for somebody's own card: the
    /// page they are for was left.
    pub fn cancel_read(&self) {
        self.shared.state().own.forget();
        if let Some(monitor) = &self.monitor {
            monitor.cancel_read();
        }
    }

    /// A reading, or `reading.gone` when it is too old.
    pub fn get_reading(&self, id: Id) -> Result<Reading> {
        let found = self.shared.state().readings.find(id, Instant::now());
        found.ok_or_else(|| Error::coded("reading.gone"))
    }

    /// Keeps the picture of a reading's photo with it.
    pub fn keep_picture(&self, id: Id, picture: &Arc<Vec<u8>>) {
        self.shared.state().readings.keep_picture(id, picture);
    }

    /// The photo of the card that was read last, while a reading with one is kept.
    pub fn find_last_photo(&self) -> Option<Vec<u8>> {
        self.shared.state().readings.find_photo(Instant::now())
    }

    /// The last reading of this person's document, while it is kept.
    pub fn find_reading_of(&self, identity: &Identity) -> Option<Reading> {
        self.shared
            .state()
            .readings
            .find_of(identity, Instant::now())
    }

    /// The readers in words.
    pub fn status(&self) -> DeviceStatus {
        status(&self.shared.state().seen)
    }

    /// Every reader, as the device page shows it.
    pub fn list(&self) -> Vec<DeviceView> {
        listed::readers(&self.shared.state().seen, &self.usb)
    }

    /// The readers in lines for support: names, profiles, codes, times; nothing of a card.
    pub fn diagnosis(&self) -> Vec<String> {
        listed::reader_lines(&self.shared.state().seen, &self.usb)
    }

    /// Keeps what was typed by hand like a reading.
    pub fn keep(&self, reading: Reading) {
        // A typed one is never another's: its id stays.
        let _ = self.shared.state().readings.keep(reading);
    }

    /// Takes in a card as if a reader had delivered it now: for tests and benchmarks without one.
    /// What was told; None while the desk is closed.
    pub fn inject(&self, read: pcsc::Reading) -> Option<Tap> {
        self.shared.card(read, false)
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        // The monitor holds the other end of the channel: with it the thread ends.
        drop(self.monitor.take());
        let Some(thread) = self.thread.take() else {
            return;
        };
        if thread.thread().id() != std::thread::current().id() && thread.join().is_err() {
            tracing::error!("taking in readings ended in a panic");
        }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self, told: &Receiver<Event>) {
        while let Ok(event) = told.recv() {
            self.take(event);
        }
    }

    fn take(&self, event: Event) {
        match event {
            Event::Service(service) => self.change(|seen| {
                seen.service = Some(service);
                if service == ServiceState::Down {
                    seen.readers.clear();
                    seen.failed.clear();
                }
            }),
            // Those that need no service are told while it is down too.
            Event::Readers(readers) => self.change(|seen| {
                seen.failed
                    .retain(|name, _| readers.iter().any(|reader| reader.name == *name));
                seen.readers = readers;
            }),
            Event::Card { reading, same_card } => match reading {
                monitor::Reading::Identity(read) => {
                    self.done(&read);
                    self.card(read, same_card);
                }
                monitor::Reading::Social(read) => self.social(read, same_card),
            },
            Event::Failed { reader, error } => {
                let reason = Reason::new(error.code());
                self.change(|seen| {
                    seen.last
                        .insert(reader.clone(), done(false, reason.clone(), None));
                    seen.failed.insert(reader, error);
                });
                self.tap(Tap::Failed { reason });
            }
            Event::Removed { reader } => {
                self.change(|seen| drop(seen.failed.remove(&reader)));
                self.tap(Tap::Removed);
            }
        }
    }

    fn change(&self, change: impl FnOnce(&mut Seen)) {
        let (status_changed, changed) = {
            let seen = &mut self.state().seen;
            let before = seen.clone();
            change(seen);
            (status(seen) != status(&before), *seen != before)
        };
        if status_changed {
            (self.tell)(News::Status);
        }
        // The line tells of one reader, the device page of each.
        if changed {
            (self.tell)(News::Devices);
        }
    }

    /// A social-security card names the person by number; what else a command carries of a document
    /// (address, validity) it lacks, so it opens the record of who is known and nobody else's.
    fn social(&self, read: social_card::Reading, same_card: bool) {
        {
            let outcome = done(
                true,
                Reason::new("reader.card_read"),
                Some(read.exchange_ms),
            );
            self.state().seen.last.insert(read.reader.clone(), outcome);
        }
        (self.tell)(News::Devices);
        let Some(known_as) = self.state().known_as.clone() else {
            return;
        };
        match known_as(&read.card.id_number, &read.card.name) {
            Some(identity) => {
                drop(self.read(Reading::social(new_id(), identity, &read), same_card));
            }
            None => self.tap(Tap::Failed {
                reason: Reason::new("card.social_card"),
            }),
        }
    }

    /// What the reader did; who the card names does not matter here.
    fn done(&self, read: &pcsc::Reading) {
        {
            let seen = &mut self.state().seen;
            let outcome = done(
                true,
                Reason::new("reader.card_read"),
                Some(read.exchange_ms),
            );
            seen.last.insert(read.reader.clone(), outcome);
            let met = Met {
                profile: read.profile.clone(),
                module: read.sam_id.is_some(),
            };
            seen.met.insert(read.reader.clone(), met);
        }
        (self.tell)(News::Devices);
    }

    fn card(&self, read: pcsc::Reading, same_card: bool) -> Option<Tap> {
        let own = self.state().own.lay(&read, Instant::now());
        if let Some(reason) = own {
            let tap = Tap::Own { reason };
            (self.tell)(News::Tap(tap.clone()));
            return Some(tap);
        }
        self.read(Reading::new(new_id(), read), same_card)
    }

    fn read(&self, mut reading: Reading, same_card: bool) -> Option<Tap> {
        // Without a desk nobody may see the card, so nobody keeps it.
        let page_of = self.state().page_of.clone()?;
        let (own, taken_at) = (reading.id, reading.taken_at);
        reading.id = self.state().readings.keep(reading.clone());
        let tap = match page_of(&reading) {
            Ok(page) => Tap::Read {
                reading: reading.id,
                page: Box::new(page),
                // The card before, as long as somebody could have seen it.
                again: same_card && reading.id != own,
                took_ms: taken_at.elapsed().as_secs_f64() * 1000.0,
            },
            Err(error) => Tap::Failed {
                reason: crate::view::Failure::from(error).reason,
            },
        };
        self.tap(tap.clone());
        Some(tap)
    }

    fn tap(&self, tap: Tap) {
        let (open, wanted) = {
            let state = self.state();
            (state.page_of.is_some(), state.own.is_wanted(Instant::now()))
        };
        match tap {
            Tap::Failed { reason } if wanted => {
                let reason = Some(reason);
                (self.tell)(News::Tap(Tap::Own { reason }));
            }
            tap if open => (self.tell)(News::Tap(tap)),
            _ => {}
        }
    }
}

#[cfg(test)]
#[path = "readers_tests.rs"]
mod tests;
