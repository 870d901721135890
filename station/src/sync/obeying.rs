//! Orders on their way: taken from the centre's answer, reported with the next hello.

use chrono::Utc;
use domain::Reason;

use super::event::Which;
use super::exchange::Exchange;
use super::worker::News;
use crate::error::Result;
use crate::orders::Obeyed;

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
            Some(Obeyed::Told) => self.bell(Which::Hello).ring(),
            Some(Obeyed::FeedAgain) => {
                self.bell(Which::Pull).ring();
                self.bell(Which::Hello).ring();
                (setup.tell)(News::Changed);
            }
        }
        Ok(())
    }

    /// With the receipt of a wipe heard, it is time.
    pub(super) fn wipe_if_told(&self) -> Result<()> {
        if self.setup.store.must_wipe()? {
            (self.setup.tell)(News::Wipe);
        }
        Ok(())
    }
}
