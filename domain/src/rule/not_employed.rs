//! `not_employed { declaration }`: employers file departures late, so a known employment does not
//! block: with the resident's declaration it becomes something the street looks at.

use super::{Basis, Check, Params, Subject, fail, pass_if_known};
use crate::Reason;

pub fn check(subject: &Subject, params: &Params) -> Check {
    let job = subject
        .record()
        .and_then(|person| person.employed_on(subject.acted_on));
    let Some(job) = job else {
        return pass_if_known(subject.person.complete);
    };
    let reason = Reason::new("person.employed_elsewhere")
        .with("employer", &job.employer)
        .with("since", job.since)
        .with("source", &job.source);
    let declared = subject
        .answers
        .get(params.text("declaration"))
        .is_some_and(|a| a == "yes");
    if declared {
        Check::Pending { reason }
    } else {
        fail(reason, Basis::State)
    }
}
