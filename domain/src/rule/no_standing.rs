//! `no_standing { name }`: what the business would grant is not there already.

use super::{Basis, Check, Params, Subject, fail, pass_if_known};
use crate::Reason;

pub fn check(subject: &Subject, params: &Params) -> Check {
    let standing = subject
        .record()
        .and_then(|person| person.standing(params.text("name")));
    match standing {
        None => pass_if_known(subject.person.complete),
        Some(standing) => {
            let reason = Reason::new("person.already_registered")
                .with("standing", params.text("name"))
                .with("station", &standing.at)
                .with("since", standing.since);
            fail(reason, Basis::State)
        }
    }
}
