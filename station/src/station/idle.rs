//! A desk that nobody touches is locked: the keys leave memory, what was on the screen is covered.
//! Drafts are saved as they are typed, so nothing is lost.

use std::sync::Weak;
use std::thread;
use std::time::{Duration, Instant};

use super::{Inner, Open, held};
use crate::error::{Error, Result};

/// How often it is looked.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// Where the city has not said otherwise.
const IDLE_MINUTES: u32 = 10;

/// Looks for as long as the station lives.
pub fn watch(inner: Weak<Inner>) -> Result<()> {
    let look = move || {
        loop {
            thread::sleep(LOOK_EVERY);
            let Some(inner) = inner.upgrade() else {
                return;
            };
            inner.lock_if_idle(Instant::now());
        }
    };
    let thread = thread::Builder::new().name("idle".to_owned()).spawn(look);
    thread.map_err(|error| Error::Bug(format!("no thread: {error}")))?;
    Ok(())
}

impl Inner {
    pub(super) fn note_activity(&self) {
        *held(&self.active) = Instant::now();
    }

    /// Locks when the last sign of a hand is older than the city allows.
    pub(super) fn lock_if_idle(&self, now: Instant) {
        let Some(open) = held(&self.open).clone() else {
            return;
        };
        if open.let_in.is_some() && open.is_over() {
            let keys = open.held.clone();
            drop(open);
            return self.end_substitute(&keys);
        }
        let idle = now.saturating_duration_since(*held(&self.active));
        if idle >= idle_limit(&open) {
            drop(open);
            tracing::info!("nobody was at the desk: it is locked");
            self.close_because(true);
            self.tell_status();
        }
    }
}

/// As the lease says.
fn idle_limit(open: &Open) -> Duration {
    let lease = open.desk.store.lease().ok().flatten();
    let minutes = lease.map_or(IDLE_MINUTES, |lease| lease.terms.idle_lock_minutes);
    Duration::from_secs(60 * u64::from(minutes.max(1)))
}
