//! Commands up, a page at a time.

use super::event::{Event, Which};
use super::exchange::Exchange;

impl Exchange {
    pub(super) async fn push(&self, limit: usize) {
        let (push, packed) = match self.setup.store.next_push(limit) {
            Ok(ready) => ready,
            Err(error) => return self.store_failed(Which::Push, &error),
        };
        let (from, count) = (push.from, push.commands.len());
        drop(push);
        let answer = self.setup.line.push(packed).await.map(|reply| reply.acked);
        self.happened(Event::Push {
            from,
            count,
            answer,
        });
    }
}
