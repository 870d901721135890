//! Facts down: what the core does with the answer to a pull.

use domain::sync::PullReply;

use super::Core;
use crate::line::LineError;
use crate::sync::effect::Effect;
use crate::sync::event::{Facts, Which};
use crate::sync::lane::Ms;

impl Core {
    /// A pull was answered.
    pub(super) fn pulled(
        &mut self,
        facts: &Facts,
        now: Ms,
        answer: Result<PullReply, LineError>,
    ) -> Vec<Effect> {
        let reply = match answer {
            Ok(reply) => reply,
            // Facts are only ever a copy: they come again, over the commands that are ours.
            Err(error) if error.reason.code == "feed.differs" && facts.feed.seq > 0 => {
                self.known.answer_likely = true;
                let jitter = self.jitter();
                self.lanes.pull.failed(now, None, jitter);
                let hello = Effect::Ring(Which::Hello);
                return vec![Effect::BeginFeedAgain, hello, Effect::Changed];
            }
            Err(error) => {
                if error.is_slow() {
                    self.pulls.halve(self.pulls.limit());
                }
                return self.failed(Which::Pull, now, &error);
            }
        };
        self.pulls.grow();
        if !reply.facts.is_empty() {
            let (facts, head) = (reply.facts, reply.head);
            return vec![Effect::Fold { facts, head }, Effect::Changed];
        }
        if reply.head > facts.feed.seq {
            self.known.head = reply.head;
            return self.failed(Which::Pull, now, &LineError::new("line.bad_answer"));
        }
        self.folded(reply.head, facts)
    }

    /// What came is folded, or nothing came.
    pub(super) fn folded(&mut self, head: u64, facts: &Facts) -> Vec<Effect> {
        self.known.head = head;
        self.known.answer_likely = false;
        let mut effects = self.succeeded(Which::Pull);
        if facts.feed.seq >= head {
            if facts.staged.is_some() {
                effects.push(Effect::LeaveSnapshot { refused: None });
            }
            if std::mem::take(&mut self.offer_pages) {
                effects.push(Effect::OfferPages);
            }
            effects.extend([Effect::Ring(Which::Hello), Effect::Ring(Which::Pages)]);
        }
        effects
    }
}
