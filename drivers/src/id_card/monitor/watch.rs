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

/// A wait ends after this even without a change, so that a lost event costs seconds, and a service
/// that does not answer is noticed.
const WAIT_LIMIT: Duration = Duration::from_secs(4);
/// Every other call comes back within this, and a wait so much later. A service that has just been
/// started answers when its readers are ready.
const CALL_LIMIT: Duration = Duration::from_secs(8);
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
            let ended = match self.within(CALL_LIMIT, || Context::establish(Scope::User)) {
                Err(ended) => ended,
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

    /// A call of the service, which may not be back in time; then it is lost.
    fn within<T>(
        &self,
        limit: Duration,
        call: impl FnOnce() -> Result<T, ::pcsc::Error>,
    ) -> Result<T, Ended> {
        let answer = self.shared.call.within(limit, call);
        let answer = answer.unwrap_or(Err(::pcsc::Error::CommError));
        answer.map_err(Ended::Lost)
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
            let names = match self.within(CALL_LIMIT, || context.list_readers_owned()) {
                Err(Ended::Lost(::pcsc::Error::NoReadersAvailable)) => Vec::new(),
                names => names?,
            };
            let first = !std::mem::replace(was_up, true);
            if first {
                self.shared.slots.service(ServiceState::Up)?;
            }
            self.renew(names, &mut states, first)?;
            let limit = WAIT_LIMIT + CALL_LIMIT;
            match self.within(limit, || context.get_status_change(WAIT_LIMIT, &mut states)) {
                Ok(()) | Err(Ended::Lost(::pcsc::Error::Timeout)) => {}
                Err(Ended::Lost(error)) if meaning::of(error, HERE) == Meaning::LookAgain => {
                    std::thread::sleep(LOOK_AGAIN);
                }
                Err(ended) => return Err(ended),
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
