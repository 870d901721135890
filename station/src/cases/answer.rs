//! Two values of one remembered answer: the resident is here and says which is right.

use chrono::{DateTime, Utc};
use domain::evolve::evolve;
use domain::record::SettleAnswer;
use domain::{Act, Command, Id, Outcome, decide};

use super::log;
use crate::clock::business_day;
use crate::desk::{Desk, new_id};
use crate::error::{Error, Result};
use crate::knowledge::{Group, subject_of_person};
use crate::lease;
use crate::people;

impl Desk {
    /// Chooses a value of a field among those that were on screen. Durable when this returns; refused
    /// at once when what is known here is something else already (`answer.settled_meanwhile`).
    pub fn settle_answer(
        &self,
        person: Id,
        field: &str,
        value: &str,
        seen: &[String],
        now: DateTime<Utc>,
    ) -> Result<()> {
        self.store.write(|tx| {
            lease::admit_filing(tx)?;
            let known = people::get(tx, person)?;
            let subject = subject_of_person(&self.store, &known);
            let command = Command {
                id: new_id(),
                after: None,
                replaces: None,
                by: self.staff.clone(),
                acted_on: business_day(now),
                made_at: now,
                catalogue: self.catalog.hash.clone(),
                act: Act::SettleAnswer(SettleAnswer {
                    person: known.id,
                    field: field.to_owned(),
                    value: value.to_owned(),
                    seen: seen.to_vec(),
                }),
            };
            let group = Group::load(&self.store, tx, &subject)?;
            let mut state = group.shown();
            let (outcome, facts) = decide(&state, &command, &self.catalog).into_facts(command.id);
            match outcome {
                Outcome::Rejected { mut reasons } if !reasons.is_empty() => {
                    return Err(Error::reason(reasons.swap_remove(0)));
                }
                Outcome::Held { reason } => return Err(Error::reason(reason)),
                _ => {}
            }
            facts.iter().for_each(|fact| evolve(&mut state, fact));
            let n = self.append(tx, &command, &subject, None)?;
            log::record(tx, &state, &command, n)?;
            group.show(tx, &state)
        })
    }
}
