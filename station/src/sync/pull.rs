//! Facts down, until the head. A station far behind brings several pages for one transaction.

use domain::sync::{FeedAt, PULL_LIMIT, Pull, PullReply};

use super::event::{Event, Which};
use super::exchange::Exchange;
use crate::line::LineError;

/// Facts that are folded in one transaction. A row that many of them change is written once, and so is
/// each page of the search keys, which lie all over the table.
pub const FOLD_LIMIT: usize = 10 * PULL_LIMIT;
/// And no more once their bodies are so long.
const FOLD_LIMIT_BYTES: usize = 32 << 20;

impl Exchange {
    pub(super) async fn pull(&self) {
        let after = match self.setup.store.feed_at() {
            Ok(after) => after,
            Err(error) => return self.store_failed(Which::Pull, &error),
        };
        let answer = self.bring(after).await;
        self.happened(Event::Pull(answer));
    }

    /// Facts for one transaction. What came before the line failed is kept: the next pull meets the
    /// failure again, if it lasts.
    async fn bring(&self, mut after: FeedAt) -> Result<PullReply, LineError> {
        let mut facts = Vec::new();
        let mut bytes = 0;
        let mut head = 0;
        loop {
            let asked = Pull {
                after,
                limit: PULL_LIMIT,
            };
            let reply = match self.setup.line.pull(&asked).await {
                Ok(reply) => reply,
                Err(_) if !facts.is_empty() => return Ok(PullReply { facts, head }),
                Err(error) => return Err(error),
            };
            head = reply.head;
            let Some(last) = reply.facts.last() else {
                return Ok(PullReply { facts, head });
            };
            after = FeedAt {
                seq: last.seq,
                sum: last.sum.clone(),
            };
            bytes += reply
                .facts
                .iter()
                .map(|fact| fact.body.len())
                .sum::<usize>();
            facts.extend(reply.facts);
            let enough = facts.len() + PULL_LIMIT > FOLD_LIMIT || bytes > FOLD_LIMIT_BYTES;
            if enough || after.seq >= head {
                return Ok(PullReply { facts, head });
            }
        }
    }
}
