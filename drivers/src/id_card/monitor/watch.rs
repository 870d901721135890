//! The monitor's thread: waits for changes, reads cards, starts over when the service is lost.

use super::{Event, Reader, ReaderCondition, ServiceState, Shared, lock};
use crate::error::CardError;
use crate::id_card::pcsc;
use crate::id_card::profile::Profiles;
use ::pcsc::{Context, PNP_NOTIFICATION, ReaderState, Scope, State};
use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::Duration;

/// A wait ends after this even without a change, so that a lost event costs seconds.
const WAIT_LIMIT: Duration = Duration::from_secs(30);
/// First pause before the service is tried again; doubles up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(3);
/// More readers than this on one machine are not watched.
const READER_LIMIT: usize = 16;

/// The thread's side of a [`super::Monitor`].
pub(super) struct Watch {
    pub(super) shared: Arc<Shared>,
    pub(super) profiles: Profiles,
    pub(super) events: Sender<Event>,
    pub(super) pause: Receiver<()>,
}

/// Why a round of watching ended.
enum Ended {
    /// The monitor was stopped, or nobody listens any more.
    Stopped,
    /// The service does not answer.
    ServiceLost(::pcsc::Error),
}

impl From<::pcsc::Error> for Ended {
    fn from(error: ::pcsc::Error) -> Self {
        Self::ServiceLost(error)
    }
}

/// A reader as it was last seen.
struct Seen {
    reader: Reader,
    /// Event count at which the card now lying there was found; `None` without a card.
    card: Option<u32>,
}

impl Watch {
    /// Watches until stopped, through every loss of the service.
    pub(super) fn run(self) {
        let (mut delay, mut told_down) = (RETRY_MIN, false);
        while !self.shared.stop.load(Ordering::SeqCst) {
            let (lost, mut was_up) = (Context::establish(Scope::User), false);
            let lost = match lost {
                Err(error) => error,
                Ok(context) => match self.serve(context, &mut was_up) {
                    Ended::Stopped => return,
                    Ended::ServiceLost(error) => error,
                },
            };
            if was_up {
                (delay, told_down) = (RETRY_MIN, false);
            }
            if !told_down {
                tracing::warn!(error = %lost, "smart card service not there");
                told_down = true;
                if self
                    .events
                    .send(Event::Service(ServiceState::Down))
                    .is_err()
                {
                    return;
                }
            }
            match self.pause.recv_timeout(delay) {
                Err(RecvTimeoutError::Timeout) => delay = (delay * 2).min(RETRY_MAX),
                _ => return,
            }
        }
    }

    /// Watches with one context until it is of no more use.
    fn serve(&self, context: Context, up: &mut bool) -> Ended {
        *lock(&self.shared.context) = Some(context.clone());
        let mut seen = Vec::new();
        let ended = self.watch(&context, &mut seen, up);
        // `is_valid` says yes even after the daemon died, so the context is dropped in any case.
        *lock(&self.shared.context) = None;
        for reader in seen {
            if reader.card.is_some() && self.removed(&reader).is_err() {
                return Ended::Stopped;
            }
        }
        ended
    }

    fn watch(&self, context: &Context, seen: &mut Vec<Seen>, up: &mut bool) -> Ended {
        let mut states = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        loop {
            let names = match context.list_readers_owned() {
                Ok(names) => names,
                Err(::pcsc::Error::NoReadersAvailable) => Vec::new(),
                Err(error) => return error.into(),
            };
            let first = !std::mem::replace(up, true);
            if first && self.tell(Event::Service(ServiceState::Up)).is_err() {
                return Ended::Stopped;
            }
            if self.renew(names, &mut states, seen, first).is_err() {
                return Ended::Stopped;
            }
            match context.get_status_change(WAIT_LIMIT, &mut states) {
                Ok(()) | Err(::pcsc::Error::Timeout | ::pcsc::Error::UnknownReader) => {}
                Err(::pcsc::Error::Cancelled) => return Ended::Stopped,
                Err(error) => return error.into(),
            }
            if self.shared.stop.load(Ordering::SeqCst) || self.look(context, &mut states, seen) {
                return Ended::Stopped;
            }
        }
    }

    /// Brings the lists in line with the readers there are now.
    fn renew(
        &self,
        mut names: Vec<CString>,
        states: &mut Vec<ReaderState>,
        seen: &mut Vec<Seen>,
        first: bool,
    ) -> Result<(), Ended> {
        names.truncate(READER_LIMIT);
        let same = names.len() == seen.len()
            && names
                .iter()
                .all(|name| states[1..].iter().any(|s| s.name() == name.as_c_str()));
        if same && !first {
            return Ok(());
        }
        states.retain(|s| s.name() == PNP_NOTIFICATION() || names.iter().any(|n| **n == *s.name()));
        for gone in seen.extract_if(.., |s| {
            !names
                .iter()
                .any(|name| name.to_string_lossy() == s.reader.name)
        }) {
            if gone.card.is_some() {
                self.removed(&gone)?;
            }
        }
        for name in names {
            if states.iter().all(|state| state.name() != name.as_c_str()) {
                let reader = Reader {
                    name: name.to_string_lossy().into_owned(),
                    state: ReaderCondition::Empty,
                };
                states.push(ReaderState::new(name, State::UNAWARE));
                seen.push(Seen { reader, card: None });
            }
        }
        self.tell_readers(seen)
    }

    /// Takes in what changed; true when nobody listens any more.
    fn look(&self, context: &Context, states: &mut [ReaderState], seen: &mut [Seen]) -> bool {
        for state in states {
            let name = state.name().to_string_lossy().into_owned();
            state.sync_current_state();
            let Some(index) = seen.iter().position(|seen| seen.reader.name == name) else {
                continue;
            };
            if self.take(context, state, index, seen).is_err() {
                return true;
            }
        }
        false
    }

    fn take(
        &self,
        context: &Context,
        state: &ReaderState,
        index: usize,
        seen: &mut [Seen],
    ) -> Result<(), Ended> {
        let now = condition(state.event_state());
        let present = state.event_state().contains(State::PRESENT);
        let card = present.then_some(state.event_count());
        if seen[index].card.is_some() && seen[index].card != card {
            seen[index].card = None;
            self.removed(&seen[index])?;
        }
        let arrived = card.is_some() && seen[index].card.is_none();
        let shown = if arrived && now == ReaderCondition::Card {
            ReaderCondition::Reading
        } else {
            now
        };
        if seen[index].reader.state != shown {
            seen[index].reader.state = shown;
            self.tell_readers(seen)?;
        }
        if !arrived {
            return Ok(());
        }
        seen[index].card = card;
        let event = if now == ReaderCondition::Mute {
            Event::Failed {
                reader: seen[index].reader.name.clone(),
                error: CardError::Mute,
            }
        } else {
            match pcsc::read(context, state.name(), state.atr(), &self.profiles) {
                Ok(reading) => Event::Card(reading),
                Err(error) => Event::Failed {
                    reader: seen[index].reader.name.clone(),
                    error,
                },
            }
        };
        if let Event::Failed { reader, error } = &event {
            tracing::info!(reader, code = error.code(), "card not read");
        }
        self.tell(event)?;
        if shown == ReaderCondition::Reading {
            seen[index].reader.state = ReaderCondition::Card;
            self.tell_readers(seen)?;
        }
        Ok(())
    }

    fn removed(&self, seen: &Seen) -> Result<(), Ended> {
        self.tell(Event::Removed {
            reader: seen.reader.name.clone(),
        })
    }

    fn tell_readers(&self, seen: &[Seen]) -> Result<(), Ended> {
        self.tell(Event::Readers(
            seen.iter().map(|seen| seen.reader.clone()).collect(),
        ))
    }

    fn tell(&self, event: Event) -> Result<(), Ended> {
        self.events.send(event).map_err(|_| Ended::Stopped)
    }
}

fn condition(state: State) -> ReaderCondition {
    if state.intersects(State::UNAVAILABLE | State::UNKNOWN) {
        ReaderCondition::Unavailable
    } else if state.contains(State::MUTE) {
        ReaderCondition::Mute
    } else if state.contains(State::PRESENT) && state.contains(State::EXCLUSIVE) {
        ReaderCondition::InUse
    } else if state.contains(State::PRESENT) {
        ReaderCondition::Card
    } else {
        ReaderCondition::Empty
    }
}
