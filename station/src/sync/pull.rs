//! Facts down, a page at a time, until the head.

use domain::sync::{PULL_LIMIT, Pull};

use super::event::{Event, Which};
use super::exchange::Exchange;

impl Exchange {
    pub(super) async fn pull(&self) {
        let after = match self.setup.store.feed_at() {
            Ok(after) => after,
            Err(error) => return self.store_failed(Which::Pull, &error),
        };
        let limit = PULL_LIMIT;
        let answer = self.setup.line.pull(&Pull { after, limit }).await;
        self.happened(Event::Pull(answer));
    }
}
