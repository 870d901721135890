//! Facts down, until the head. A station far behind brings several pages for one transaction.

use domain::sync::{FeedAt, PULL_LIMIT, Pull, PullReply};

use super::event::{Event, Which};
use super::exchange::Exchange;
use super::lane::Ms;
use crate::line::LineError;

/// Facts that are folded in one transaction. A row that many of them change is written once, and so is
/// each page of the search keys, which lie all over the table.
pub const FOLD_LIMIT: usize = 10 * PULL_LIMIT;
/// And no more once their bodies are so long.
const FOLD_LIMIT_BYTES: usize = 32 << 20;
/// And what a slow line brought within this is folded before more is asked for.
const FOLD_LIMIT_MS: Ms = 10_000;

impl Exchange {
    /// Brings what there is, so many facts a request.
    pub(super) async fn pull(&self, limit: usize) {
        let after = match self.setup.store.feed_at() {
            Ok(after) => after,
            Err(error) => return self.store_failed(Which::Pull, &error),
        };
        let answer = self.bring(after, limit).await;
        self.happened(Event::Pull(answer));
    }

    /// Facts for one transaction. What came before the line failed is kept: the next pull meets the
    /// failure again, if it lasts.
    async fn bring(&self, mut after: FeedAt, limit: usize) -> Result<PullReply, LineError> {
        let began = self.now();
        let mut facts = Vec::new();
        let mut bytes = 0;
        let mut head = 0;
        loop {
            let asked = Pull { after, limit };
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
            let much = facts.len() + limit > FOLD_LIMIT || bytes > FOLD_LIMIT_BYTES;
            let enough = much || self.now() > began + FOLD_LIMIT_MS;
            if enough || after.seq >= head {
                return Ok(PullReply { facts, head });
            }
        }
    }
}
