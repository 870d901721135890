//! Orders on their way: taken from the centre's answer, reported with the next hello.

use chrono::Utc;
use domain::Reason;
use domain::sync::Unsent;

use super::event::Which;
use super::exchange::Exchange;
use super::lane::Ms;
use super::worker::News;
use crate::error::Result;
use crate::orders::{Obeyed, Patience};

/// So long a wipe waits, in touch with the centre, while nothing of what is unsent arrives: longer than a
/// page takes on a slow line.
const PATIENCE_MS: Ms = 10 * 60 * 1_000;

/// How what a wipe waits for gets on, as far as this run of the program has seen.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// What was left when it was seen to move last, and when.
    since: Option<(Unsent, Ms)>,
    /// The centre takes nothing more of this station.
    is_refused: bool,
}

impl Progress {
    /// The centre answered.
    pub(super) fn heard(&mut self, left: Unsent, now: Ms) {
        self.is_refused = false;
        if self
            .since
            .as_ref()
            .is_none_or(|(before, _)| *before != left)
        {
            self.since = Some((left, now));
        }
    }

    /// It did not, or only to say that this station was revoked: time without a line does not count.
    pub(super) fn failed(&mut self, is_refused: bool) {
        self.since = None;
        self.is_refused = is_refused;
    }

    fn patience(&self, left: &Unsent, now: Ms) -> Patience {
        let stands = self.since.as_ref().filter(|(before, _)| before == left);
        let is_over = stands.is_some_and(|(_, since)| now.saturating_sub(*since) >= PATIENCE_MS);
        match is_over || self.is_refused {
            true => Patience::Over,
            false => Patience::Waits,
        }
    }
}

impl Exchange {
    /// Carries out what an answer orders. What is not the centre's is told and not done.
    pub(super) fn obey(&self, orders: &[serde_json::Value]) {
        for value in orders {
            if let Err(error) = self.obey_one(value) {
                tracing::error!(code = error.code(), "an order was not carried out");
                self.trouble(Which::Hello, Reason::new(error.code()));
            }
        }
    }

    /// Once nothing is left to send, a machine that is to serve another community goes there.
    pub(super) fn move_if_done(&self) {
        match self.setup.store.may_move() {
            Ok(Some(_)) => (self.setup.tell)(News::Move),
            Ok(None) => {}
            Err(error) => tracing::error!(code = error.code(), "whether to move is not known"),
        }
    }

    fn obey_one(&self, value: &serde_json::Value) -> Result<()> {
        let setup = &self.setup;
        match setup
            .store
            .obey_word(value, &setup.installation, Utc::now())?
        {
            None => tracing::warn!("an order of a kind that this program does not know"),
            Some(Obeyed::Before) => {}
            // The lanes are at it; hello looks soon whether they are done.
            Some(Obeyed::Told | Obeyed::Begun) => self.bell(Which::Hello).ring(),
            Some(Obeyed::FeedAgain) => {
                self.bell(Which::Pull).ring();
                self.bell(Which::Hello).ring();
                (setup.tell)(News::Changed);
            }
        }
        Ok(())
    }

    /// Writes the receipt of a wipe, if nothing is left to send or what is left does not get on; whether a
    /// wipe waits still.
    pub(super) fn settle_wipe(&self) -> Result<bool> {
        let (store, ours) = (&self.setup.store, &self.setup.installation);
        if !store.is_draining()? {
            return Ok(false);
        }
        let left = store.unsent()?;
        let patience = self.draining.borrow().patience(&left, self.now());
        Ok(!store.settle_wipe(ours, Utc::now(), patience)?)
    }

    /// With the receipt of a wipe heard, it is time.
    pub(super) fn wipe_if_told(&self) -> Result<()> {
        if self.setup.store.must_wipe()? {
            (self.setup.tell)(News::Wipe);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(pages: u64) -> Unsent {
        Unsent { commands: 0, pages }
    }

    #[test]
    fn only_time_in_touch_in_which_nothing_arrives_ends_a_wipes_patience() {
        let mut progress = Progress::default();
        progress.heard(left(3), 0);
        let before = PATIENCE_MS - 1;
        assert_eq!(progress.patience(&left(3), before), Patience::Waits);
        assert_eq!(progress.patience(&left(3), PATIENCE_MS), Patience::Over);
        assert_eq!(progress.patience(&left(2), PATIENCE_MS), Patience::Waits);
        // A page has arrived.
        progress.heard(left(2), PATIENCE_MS);
        assert_eq!(
            progress.patience(&left(2), PATIENCE_MS + 1),
            Patience::Waits
        );
        // A night without a line, and the first word after it.
        progress.failed(false);
        let morning = 100 * PATIENCE_MS;
        assert_eq!(progress.patience(&left(2), morning), Patience::Waits);
        progress.heard(left(2), morning);
        assert_eq!(progress.patience(&left(2), morning + 1), Patience::Waits);
        // The centre takes nothing more.
        progress.failed(true);
        assert_eq!(progress.patience(&left(2), morning + 1), Patience::Over);
    }
}
