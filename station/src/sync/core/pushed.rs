//! What follows a push.

use domain::Reason;

use super::Core;
use crate::line::LineError;
use crate::sync::effect::Effect;
use crate::sync::event::{Facts, Which};
use crate::sync::lane::Ms;
use crate::sync::plan::{self, AfterPush};

impl Core {
    /// A push was answered, or was not.
    pub(super) fn pushed(
        &mut self,
        facts: &Facts,
        now: Ms,
        from: u64,
        count: usize,
        answer: Result<u64, LineError>,
    ) -> Vec<Effect> {
        match plan::after_push(from, count, facts.log.last, &answer) {
            AfterPush::Acked(acked) => {
                self.known.answer_likely = true;
                self.lanes.pull.nudge();
                let mut effects = vec![Effect::SetAcked(acked)];
                effects.extend(self.succeeded(Which::Push));
                effects.extend([Effect::Ring(Which::Pull), Effect::Changed]);
                effects
            }
            AfterPush::GoOnFrom(acked) => {
                self.known.answer_likely = true;
                // One pause: two that disagree for ever must not do so at full speed.
                self.lanes.push.failed(now, None, 0.0);
                let pull = Effect::Ring(Which::Pull);
                vec![Effect::SetAcked(acked), pull, Effect::Changed]
            }
            AfterPush::Fewer => {
                self.pushes.halve(count);
                Vec::new()
            }
            AfterPush::Conflict => {
                let reason = Reason::new("log.conflict");
                self.known.conflict = true;
                self.troubles.insert(Which::Push, reason.clone());
                let note = Effect::NoteTry(reason, None);
                vec![note, Effect::Show, Effect::Changed]
            }
            AfterPush::Later => {
                let bad_answer = || LineError::new("line.bad_answer");
                let error = answer.err().unwrap_or_else(bad_answer);
                // The same once more would take as long once more.
                if error.is_slow() {
                    self.pushes.halve(count);
                }
                self.failed(Which::Push, now, &error)
            }
        }
    }
}

#[cfg(test)]
#[path = "pushed_tests.rs"]
mod tests;
