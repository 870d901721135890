//! Two values of one answer: somebody who knows chooses one. The other stays on the line of the life.

use super::grant::event;
use super::{Facts, Verdict, record};
use crate::person::{Conflict, EventKind};
use crate::record::SettleAnswer;
use crate::{Change, Command, Reason, State};

/// Decides a choice.
pub fn decide(state: &State, command: &Command, act: &SettleAnswer) -> Verdict {
    let person = match record::find(state, act.person) {
        Ok(person) => person,
        Err(verdict) => return verdict,
    };
    let open: Vec<&Conflict> = person
        .unsettled()
        .filter(|conflict| conflict.field == act.field)
        .collect();
    let stands = person.known.get(&act.field);
    if open.is_empty() && stands == Some(&act.value) {
        return Verdict::Accept(Vec::new());
    }
    let mut values: Vec<&String> = stands.into_iter().collect();
    values.extend(open.iter().map(|conflict| &conflict.other));
    let all_seen = values.iter().all(|value| act.seen.contains(value));
    if open.is_empty() || !all_seen || !values.contains(&&act.value) {
        return Verdict::reject("answer.settled_meanwhile");
    }
    let mut facts = Facts::of(command);
    facts.add(
        person.id,
        Change::AnswerSettled {
            field: act.field.clone(),
            value: act.value.clone(),
            of: open.iter().map(|conflict| conflict.by).collect(),
        },
    );
    let mut settled = event(command, EventKind::AnswerSettled, &command.by.area);
    let others = values.into_iter().filter(|value| **value != act.value);
    settled.reasons.extend(others.map(|other| {
        Reason::new("answer.settled")
            .with("field", &act.field)
            .with("value", &act.value)
            .with("other", other)
    }));
    facts.add(person.id, Change::Happened { event: settled });
    Verdict::Accept(facts.list)
}
