//! `no_pension`: who draws a basic pension is not registered as unemployed (江苏省就业和失业登记管理
//! 办法 art. 3). The pension office's data is not connected, so only who is past the earliest date
//! that may hold for them is looked at by a person.

use super::{Check, Subject};
use crate::{Reason, retirement};

pub fn check(subject: &Subject) -> Check {
    let group = subject
        .record()
        .and_then(|person| person.known.get("worker_group"));
    let group = retirement::group_of(subject.answers.get("worker_group").or(group));
    let earliest = retirement::dates(subject.identity, group)
        .into_iter()
        .map(|r| r.on)
        .min();
    match earliest {
        Some(on) if on <= subject.acted_on => Check::Pending {
            reason: Reason::new("person.may_draw_pension").with("since", on),
        },
        _ => Check::Pass,
    }
}
