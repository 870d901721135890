//! Notices what the smart card service never says: that it does not answer. Its calls have no limit of
//! time, and neither has another program that keeps a card to itself.

use super::{Shared, lock};
use crate::error::CardError;
use crate::id_card::monitor::ServiceState;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, Weak};
use std::time::{Duration, Instant};

/// How often it looks.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A card, or the program that holds it, that says nothing for so long has failed.
const SILENCE_LIMIT: Duration = Duration::from_secs(15);

/// The watching thread's call to the service that is under way.
#[derive(Default)]
pub(super) struct Call(Mutex<State>);

#[derive(Default)]
enum State {
    #[default]
    None,
    /// It has to be back by then.
    Due(Instant),
    /// It was not: the readers were told to be lost.
    Missed,
}

impl Call {
    /// Runs a call that comes back within `limit`. None when it was told to be lost meanwhile:
    /// whatever it says, everything begins anew.
    pub(super) fn within<T>(&self, limit: Duration, call: impl FnOnce() -> T) -> Option<T> {
        *lock(&self.0) = State::Due(Instant::now() + limit);
        let answer = call();
        match std::mem::take(&mut *lock(&self.0)) {
            State::Missed => None,
            State::None | State::Due(_) => Some(answer),
        }
    }

    /// Tells of a call that is not back in time, once. The call ends only after it was told.
    fn miss(&self, tell: impl FnOnce()) {
        let mut state = lock(&self.0);
        if matches!(*state, State::Due(until) if until < Instant::now()) {
            tell();
            *state = State::Missed;
        }
    }
}

/// Starts the thread; it ends with the monitor.
pub(super) fn start(shared: &Arc<Shared>) -> std::io::Result<()> {
    let shared = Arc::downgrade(shared);
    let thread = std::thread::Builder::new().name("cards-watchdog".to_string());
    thread.spawn(move || run(&shared)).map(drop)
}

fn run(shared: &Weak<Shared>) {
    loop {
        std::thread::sleep(LOOK_EVERY);
        let Some(shared) = shared.upgrade() else {
            return;
        };
        if shared.stop.load(Ordering::SeqCst) || look(&shared).is_err() {
            return;
        }
    }
}

fn look(shared: &Shared) -> Result<(), super::slots::Deaf> {
    let slots = &shared.slots;
    let mut told = Ok(());
    shared.call.miss(|| {
        tracing::warn!("the smart card service does not answer");
        let lost = slots.lose(&CardError::ServiceDown);
        told = lost.and_then(|()| slots.service(ServiceState::Down));
    });
    told.and_then(|()| slots.fail_silent(SILENCE_LIMIT))
}
