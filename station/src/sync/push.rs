//! Commands up, a page at a time.

use domain::Reason;
use domain::sync::Push;

use super::exchange::{Exchange, Which};
use super::lane::Lane;
use super::plan::{self, AfterPush};
use super::worker::News;
use crate::error::{Error, Result};
use crate::line::{LineError, Packed};

impl Exchange {
    pub(super) async fn push(&self) {
        let ready = match self.next_push() {
            Ok(ready) => ready,
            Err(error) => return self.store_failed(Which::Push, &error),
        };
        let Some((from, count, packed)) = ready else {
            return;
        };
        let answer = self.setup.line.push(packed).await.map(|reply| reply.acked);
        if let Err(error) = self.after_push(from, count, answer) {
            self.store_failed(Which::Push, &error);
        }
    }

    /// The next page of the outbox, packed: first entry, number of entries, body.
    fn next_push(&self) -> Result<Option<(u64, usize, Packed)>> {
        let limit = {
            let mind = self.mind.borrow();
            plan::push_limit(mind.pace, mind.shrunk)
        };
        let mut commands = self
            .setup
            .store
            .outbox_page(limit, plan::PUSH_BODY_LIMIT_BYTES)?;
        loop {
            let (Some(from), count) = (commands.first().map(|entry| entry.n), commands.len())
            else {
                return Err(Error::Bug("unsent commands, and none to send".to_owned()));
            };
            let push = Push { from, commands };
            let packed = Packed::new(&push)?;
            if plan::push_fits(packed.bytes.len(), packed.decoded_bytes) {
                return Ok(Some((from, count, packed)));
            }
            if count == 1 {
                return Err(Error::coded("outbox.too_large"));
            }
            commands = push.commands;
            commands.truncate(count / 2);
        }
    }

    fn after_push(&self, from: u64, count: usize, answer: Result<u64, LineError>) -> Result<()> {
        let store = &self.setup.store;
        match plan::after_push(from, count, store.log_at()?.last, &answer) {
            AfterPush::Acked(acked) => {
                store.set_acked(acked)?;
                self.mind.borrow_mut().known.answer_likely = true;
                self.with_lane(Which::Pull, Lane::nudge);
                self.succeeded(Which::Push);
                self.bell(Which::Pull).ring();
                (self.setup.tell)(News::Changed);
            }
            AfterPush::GoOnFrom(acked) => {
                store.set_acked(acked)?;
                self.mind.borrow_mut().known.answer_likely = true;
                self.bell(Which::Pull).ring();
                // One pause: two that disagree for ever must not do so at full speed.
                self.with_lane(Which::Push, |lane| lane.failed(self.now(), None, 0.0));
                (self.setup.tell)(News::Changed);
            }
            AfterPush::Fewer(fewer) => self.mind.borrow_mut().shrunk = fewer,
            AfterPush::Conflict => {
                let reason = Reason::new("log.conflict");
                {
                    let mut mind = self.mind.borrow_mut();
                    mind.known.conflict = true;
                    mind.troubles.insert(Which::Push, reason.clone());
                }
                store.note_try(&reason, None)?;
                self.show();
                (self.setup.tell)(News::Changed);
            }
            AfterPush::Later => {
                let error = answer
                    .err()
                    .unwrap_or_else(|| LineError::new("line.bad_answer"));
                self.line_failed(Which::Push, &error);
            }
        }
        Ok(())
    }
}
