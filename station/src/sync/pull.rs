//! Facts down, a page at a time, until the head.

use domain::sync::{PULL_LIMIT, Pull};

use super::exchange::{Exchange, Which};
use super::worker::News;
use crate::line::LineError;

impl Exchange {
    pub(super) async fn pull(&self) {
        let after = match self.setup.store.feed_at() {
            Ok(after) => after,
            Err(error) => return self.store_failed(Which::Pull, &error),
        };
        let reply = match self
            .setup
            .line
            .pull(&Pull {
                after,
                limit: PULL_LIMIT,
            })
            .await
        {
            Ok(reply) => reply,
            Err(error) => return self.line_failed(Which::Pull, &error),
        };
        // A cut between here and the end of the transaction costs this page again, nothing else.
        if !reply.facts.is_empty() {
            if let Err(error) = self.setup.store.apply_facts(&reply.facts) {
                return self.store_failed(Which::Pull, &error);
            }
            (self.setup.tell)(News::Changed);
        }
        let at = reply.facts.last().map(|fact| fact.seq);
        let (at, stuck) = {
            let mut mind = self.mind.borrow_mut();
            mind.known.head = reply.head;
            mind.known.answer_likely = false;
            (
                at.unwrap_or(mind.known.seq),
                at.is_none() && reply.head > mind.known.seq,
            )
        };
        if stuck {
            return self.line_failed(Which::Pull, &LineError::new("line.bad_answer"));
        }
        self.succeeded(Which::Pull);
        if at >= reply.head {
            self.pulled.notify_waiters();
        }
    }
}
