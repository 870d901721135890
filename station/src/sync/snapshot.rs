//! A snapshot down, a part at a time.

use super::event::{Event, Part};
use super::exchange::Exchange;

impl Exchange {
    pub(super) async fn snapshot_part(&self, part: Part) {
        let line = &self.setup.line;
        let answer = line.snapshot_part(&part.offer, part.offset, part.len).await;
        self.happened(Event::Part { part, answer });
    }
}
