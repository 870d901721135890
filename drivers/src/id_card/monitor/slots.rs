//! What lies on which reader, whose read is awaited, and what is told of it; no PC/SC in here.
//!
//! The watching thread brings sights of readers, the reading threads bring results. Events are
//! told under one lock, so that they come in an order that makes sense: of each card one `Card` or
//! one `Failed` or (given up) neither, then `Removed`. A result that nobody awaits any more, since
//! the card was lifted or the read given up, is dropped.

use super::{Event, Reader, ReaderCondition, Reading, ServiceState};
use crate::error::CardError;
use crate::id_card::last_card::LastCard;
use crate::id_card::ticket::Ticket;
use std::ffi::CString;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Reads at work at once. One for a reader; more only when readers go and come during a read.
const READS_LIMIT: usize = 16;

/// Nobody listens any more.
#[derive(Debug)]
pub(super) struct Deaf;

/// A reader as it was just seen.
pub(super) struct Sight {
    pub(super) reader: CString,
    pub(super) condition: ReaderCondition,
    /// The event count, if a card is there.
    pub(super) card: Option<u32>,
    /// The card's answer to reset.
    pub(super) atr: Vec<u8>,
}

/// A card to be read.
#[derive(Clone)]
pub(super) struct Job {
    slot: u64,
    pub(super) reader: CString,
    pub(super) atr: Vec<u8>,
    /// Given up when the result is of no more use.
    pub(super) ticket: Arc<Ticket>,
}

/// One reader.
struct Slot {
    /// Tells a reader that came back from the one that went.
    id: u64,
    reader: Reader,
    /// Event count at which the card now lying there was found; `None` without a card.
    card: Option<u32>,
    /// The read that is awaited.
    awaited: Option<Arc<Ticket>>,
    /// Whether a thread is at work here, awaited or not.
    at_work: bool,
    /// What it reads next.
    next: Option<Job>,
}

/// All readers and the ear that listens.
pub(super) struct Slots {
    state: Mutex<State>,
    last: Arc<LastCard>,
}

struct State {
    events: Option<Sender<Event>>,
    slots: Vec<Slot>,
    slots_made: u64,
    reads_at_work: usize,
}

impl Slots {
    pub(super) fn new(events: Sender<Event>, last: Arc<LastCard>) -> Self {
        Self {
            state: Mutex::new(State {
                events: Some(events),
                slots: Vec::new(),
                slots_made: 0,
                reads_at_work: 0,
            }),
            last,
        }
    }

    /// Tells of the service.
    pub(super) fn service(&self, service: ServiceState) -> Result<(), Deaf> {
        self.lock().tell(Event::Service(service))
    }

    /// Brings the list in line with the readers there are now and tells it, if it changed or
    /// `anyway`.
    pub(super) fn renew(&self, names: &[CString], anyway: bool) -> Result<(), Deaf> {
        let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
        let mut state = self.lock();
        let (mut gone, mut changed) = (Vec::new(), anyway);
        let listed = |slot: &mut Slot| names.iter().all(|name| *name != slot.reader.name);
        gone.extend(state.slots.extract_if(.., listed));
        for slot in gone {
            changed = true;
            state.leave(slot, CardError::ReaderGone)?;
        }
        for name in names {
            if state.slots.iter().all(|slot| slot.reader.name != name) {
                changed = true;
                state.add(name.into_owned());
            }
        }
        match changed {
            true => state.tell_readers(),
            false => Ok(()),
        }
    }

    /// Takes in a sight. Answers what to read now.
    pub(super) fn take(&self, sight: Sight) -> Result<Option<Job>, Deaf> {
        let mut state = self.lock();
        let name = sight.reader.to_string_lossy();
        let Some(at) = state.slots.iter().position(|s| s.reader.name == name) else {
            return Ok(None);
        };
        if state.slots[at].card.is_some() && state.slots[at].card != sight.card {
            state.lift(at, CardError::Removed)?;
        }
        let arrived = sight.card.is_some() && state.slots[at].card.is_none();
        let being_read = arrived || state.slots[at].awaited.is_some();
        let shown = match sight.condition {
            ReaderCondition::Card if being_read => ReaderCondition::Reading,
            condition => condition,
        };
        state.show(at, shown)?;
        if !arrived {
            return Ok(None);
        }
        state.slots[at].card = sight.card;
        if sight.condition == ReaderCondition::Mute {
            state.fail(at, CardError::Mute)?;
            return Ok(None);
        }
        state.begin(at, sight.reader, sight.atr)
    }

    /// Takes in what became of a read. Answers what the same thread reads next.
    pub(super) fn finish(&self, job: &Job, result: Result<Reading, CardError>) -> Option<Job> {
        let mut state = self.lock();
        state.reads_at_work -= 1;
        let at = state.slots.iter().position(|slot| slot.id == job.slot)?;
        let awaited = &mut state.slots[at].awaited;
        if awaited.take_if(|it| Arc::ptr_eq(it, &job.ticket)).is_some() {
            let told = match result {
                Ok(reading) => {
                    let same_card = self.last.is_again(&reading);
                    state.tell(Event::Card { reading, same_card })
                }
                Err(error) => state.fail(at, error),
            };
            // Whoever does not listen needs no more reads either.
            told.and_then(|()| state.settle(at)).ok()?;
        }
        let next = state.slots[at].next.take();
        state.slots[at].at_work = next.is_some();
        state.reads_at_work += usize::from(next.is_some());
        next
    }

    /// Gives up every read. Answers how many were awaited.
    pub(super) fn cancel(&self) -> usize {
        let mut state = self.lock();
        let mut count = 0;
        for at in 0..state.slots.len() {
            if state.slots[at].give_up() {
                count += 1;
                if state.settle(at).is_err() {
                    return count;
                }
            }
        }
        count
    }

    /// Reads that have been silent for so long have failed, because of what they wait for.
    pub(super) fn fail_silent(&self, limit: Duration) -> Result<(), Deaf> {
        let mut state = self.lock();
        for at in 0..state.slots.len() {
            let awaited = state.slots[at].awaited.as_ref();
            if let Some(error) = awaited.and_then(|read| read.silent_for(limit)) {
                state.slots[at].give_up();
                state.fail(at, error)?;
                state.settle(at)?;
            }
        }
        Ok(())
    }

    /// All readers are gone from sight, because of this.
    pub(super) fn lose(&self, error: &CardError) -> Result<(), Deaf> {
        let mut state = self.lock();
        for slot in std::mem::take(&mut state.slots) {
            state.leave(slot, error.clone())?;
        }
        Ok(())
    }

    /// Nothing is told and nothing read any more.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.events = None;
        for slot in &mut state.slots {
            slot.give_up();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    /// Whether there was a read to give up.
    fn give_up(&mut self) -> bool {
        self.next = None;
        let awaited = self.awaited.take();
        if let Some(read) = &awaited {
            read.give_up();
        }
        awaited.is_some()
    }
}

impl State {
    fn add(&mut self, name: String) {
        self.slots_made += 1;
        self.slots.push(Slot {
            id: self.slots_made,
            reader: Reader {
                name,
                state: ReaderCondition::Empty,
            },
            card: None,
            awaited: None,
            at_work: false,
            next: None,
        });
    }

    /// A card has arrived: reads it, now or when the thread at work has ended its read.
    fn begin(&mut self, at: usize, reader: CString, atr: Vec<u8>) -> Result<Option<Job>, Deaf> {
        let busy = self.slots[at].at_work;
        if !busy && self.reads_at_work >= READS_LIMIT {
            self.fail(at, CardError::ReaderTransfer)?;
            self.settle(at)?;
            return Ok(None);
        }
        let job = Job {
            slot: self.slots[at].id,
            reader,
            atr,
            ticket: Arc::default(),
        };
        let slot = &mut self.slots[at];
        slot.awaited = Some(Arc::clone(&job.ticket));
        if busy {
            slot.next = Some(job);
            return Ok(None);
        }
        slot.at_work = true;
        self.reads_at_work += 1;
        Ok(Some(job))
    }

    fn fail(&self, at: usize, error: CardError) -> Result<(), Deaf> {
        let reader = self.slots[at].reader.name.clone();
        self.tell(Event::Failed { reader, error })
    }

    /// The card is no longer being read.
    fn settle(&mut self, at: usize) -> Result<(), Deaf> {
        match self.slots[at].reader.state {
            ReaderCondition::Reading => self.show(at, ReaderCondition::Card),
            _ => Ok(()),
        }
    }

    fn show(&mut self, at: usize, state: ReaderCondition) -> Result<(), Deaf> {
        if self.slots[at].reader.state == state {
            return Ok(());
        }
        self.slots[at].reader.state = state;
        self.tell_readers()
    }

    /// The card is gone; a read of it failed because of this.
    fn lift(&mut self, at: usize, error: CardError) -> Result<(), Deaf> {
        self.slots[at].card = None;
        if self.slots[at].give_up() {
            self.fail(at, error)?;
        }
        let reader = self.slots[at].reader.name.clone();
        self.tell(Event::Removed { reader })
    }

    /// A slot that was taken out of the list is gone, with the card on it.
    fn leave(&mut self, slot: Slot, error: CardError) -> Result<(), Deaf> {
        if slot.card.is_none() {
            return Ok(());
        }
        self.slots.push(slot);
        let last = self.slots.len() - 1;
        let told = self.lift(last, error);
        self.slots.pop();
        told
    }

    fn tell_readers(&self) -> Result<(), Deaf> {
        let readers = self.slots.iter().map(|slot| slot.reader.clone());
        self.tell(Event::Readers(readers.collect()))
    }

    fn tell(&self, event: Event) -> Result<(), Deaf> {
        let events = self.events.as_ref().ok_or(Deaf)?;
        events.send(event).map_err(|_| Deaf)
    }
}

#[cfg(test)]
mod tests;
