//! The watching thread: waits for changes, tells the slots, starts over when the service is lost.

use super::meaning::{self, HERE, Meaning};
use super::slots::{Deaf, Sight};
use super::{ReaderCondition, ServiceState, Shared, lock, reading};
use crate::error::CardError;
use ::pcsc::{Context, PNP_NOTIFICATION, ReaderState, Scope, State};
use std::ffi::CString;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

/// A wait ends after this even without a change, so that a lost event costs seconds.
const WAIT_LIMIT: Duration = Duration::from_secs(30);
/// First pause before the service is tried again; doubles up to [`RETRY_MAX`].
const RETRY_MIN: Duration = Duration::from_millis(100);
const RETRY_MAX: Duration = Duration::from_secs(1);
/// Pause after a wait that failed, so that one that always fails does not take a processor.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// More readers than this on one machine are not watched: pcsc-lite waits for sixteen at most, and
/// the pseudo reader for hot-plug is one of them.
const READER_LIMIT: usize = 15;

/// The thread's side of a [`super::Monitor`].
pub(super) struct Watch {
    pub(super) shared: Arc<Shared>,
    /// Wakes the thread out of a pause.
    pub(super) pause: Receiver<()>,
}

/// Why a round of watching ended.
enum Ended {
    /// The monitor was stopped, or nobody listens any more.
    Stopped,
    /// The context is of no more use.
    Lost(::pcsc::Error),
}

impl From<Deaf> for Ended {
    fn from(_: Deaf) -> Self {
        Self::Stopped
    }
}

impl Watch {
    /// Watches until stopped, through every loss of the service.
    pub(super) fn run(self) {
        let (mut delay, mut told) = (RETRY_MIN, None);
        while !self.is_stopped() {
            let mut was_up = false;
            let ended = match Context::establish(Scope::User) {
                Err(error) => Ended::Lost(error),
                Ok(context) => self.serve(&context, &mut was_up),
            };
            let Ended::Lost(error) = ended else { return };
            if was_up {
                (delay, told) = (RETRY_MIN, None);
            }
            let means = meaning::of(error, HERE);
            if told.replace(means) != Some(means) {
                tracing::warn!(%error, ?means, "smart card service not there");
                if self.tell_lost(means).is_err() {
                    return;
                }
            }
            match self.pause.recv_timeout(delay) {
                Err(RecvTimeoutError::Timeout) => delay = (delay * 2).min(RETRY_MAX),
                _ => return,
            }
        }
    }

    fn is_stopped(&self) -> bool {
        self.shared.stop.load(Ordering::SeqCst)
    }

    fn tell_lost(&self, means: Meaning) -> Result<(), Deaf> {
        let slots = &self.shared.slots;
        match means {
            Meaning::NoReaders => {
                slots.lose(&CardError::ReaderGone)?;
                slots.service(ServiceState::Up)?;
                slots.renew(&[], true)
            }
            Meaning::LookAgain | Meaning::ServiceLost => {
                slots.lose(&CardError::ServiceDown)?;
                slots.service(ServiceState::Down)
            }
        }
    }

    /// Watches with one context until it is of no more use.
    fn serve(&self, context: &Context, was_up: &mut bool) -> Ended {
        *lock(&self.shared.context) = Some(context.clone());
        let ended = self.watch(context, was_up);
        // `is_valid` says yes even after the daemon died, so the context is dropped in any case.
        *lock(&self.shared.context) = None;
        ended.err().unwrap_or(Ended::Stopped)
    }

    fn watch(&self, context: &Context, was_up: &mut bool) -> Result<(), Ended> {
        let mut states = vec![ReaderState::new(PNP_NOTIFICATION(), State::UNAWARE)];
        while !self.is_stopped() {
            let names = match context.list_readers_owned() {
                Err(::pcsc::Error::NoReadersAvailable) => Vec::new(),
                names => names.map_err(Ended::Lost)?,
            };
            let first = !std::mem::replace(was_up, true);
            if first {
                self.shared.slots.service(ServiceState::Up)?;
            }
            self.renew(names, &mut states, first)?;
            match context.get_status_change(WAIT_LIMIT, &mut states) {
                Ok(()) | Err(::pcsc::Error::Timeout) => {}
                Err(error) if meaning::of(error, HERE) == Meaning::LookAgain => {
                    std::thread::sleep(LOOK_AGAIN);
                }
                Err(error) => return Err(Ended::Lost(error)),
            }
            for state in &mut states {
                self.look(state)?;
            }
        }
        Ok(())
    }

    /// Brings the lists in line with the readers there are now.
    fn renew(
        &self,
        mut names: Vec<CString>,
        states: &mut Vec<ReaderState>,
        first: bool,
    ) -> Result<(), Deaf> {
        names.truncate(READER_LIMIT);
        states.retain(|s| s.name() == PNP_NOTIFICATION() || names.iter().any(|n| **n == *s.name()));
        self.shared.slots.renew(&names, first)?;
        for name in names {
            if states.iter().all(|state| state.name() != name.as_c_str()) {
                states.push(ReaderState::new(name, State::UNAWARE));
            }
        }
        Ok(())
    }

    /// Takes in how a reader looks now, and has read what lies there.
    fn look(&self, state: &mut ReaderState) -> Result<(), Deaf> {
        state.sync_current_state();
        if state.name() == PNP_NOTIFICATION() {
            return Ok(());
        }
        let now = state.event_state();
        let sight = Sight {
            reader: state.name().to_owned(),
            condition: condition(now),
            card: now.contains(State::PRESENT).then(|| state.event_count()),
            atr: state.atr().to_vec(),
        };
        if let Some(job) = self.shared.slots.take(sight)? {
            reading::start(job, &self.shared);
        }
        Ok(())
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
