//! Orders on their way: taken from the centre's answer, reported with the next hello.

use chrono::Utc;
use domain::Reason;
use domain::order::Report;

use super::event::Which;
use super::exchange::Exchange;
use super::worker::News;
use crate::error::Result;
use crate::orders::{self, Obeyed};

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
        let Some(order) = orders::read(value, &setup.installation)? else {
            tracing::warn!("an order of a kind that this program does not know");
            return Ok(());
        };
        match setup.store.obey(&order, &setup.installation, Utc::now())? {
            Obeyed::Before => {}
            Obeyed::Told => self.bell(Which::Hello).ring(),
            Obeyed::FeedAgain => {
                self.bell(Which::Pull).ring();
                self.bell(Which::Hello).ring();
                (setup.tell)(News::Changed);
            }
        }
        Ok(())
    }

    /// The centre has heard these reports. With the receipt of a wipe, it is time.
    pub(super) fn heard(&self, reports: &[Report]) -> Result<()> {
        self.setup.store.reported(reports)?;
        self.wipe_if_told()
    }

    fn wipe_if_told(&self) -> Result<()> {
        if self.setup.store.must_wipe()? {
            (self.setup.tell)(News::Wipe);
        }
        Ok(())
    }
}
