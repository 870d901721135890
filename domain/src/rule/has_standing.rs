//! `has_standing { name, business }`: another business must have granted this first. One that is
//! still under way makes it pending.

use super::{Basis, Check, Params, Subject, fail};
use crate::Reason;

pub fn check(subject: &Subject, params: &Params) -> Check {
    let name = params.text("name");
    if subject
        .record()
        .and_then(|person| person.standing(name))
        .is_some()
    {
        return Check::Pass;
    }
    let reason = Reason::new("person.missing_standing").with("standing", name);
    let under_way = subject
        .cases
        .items
        .iter()
        .any(|case| case.is_open() && case.business == params.text("business"));
    if under_way || !subject.person.complete {
        Check::Pending { reason }
    } else {
        fail(reason, Basis::State)
    }
}
