//! `no_open_case`: one open case of a business per person, in the whole city.

use super::{Basis, Check, Subject, fail, pass_if_known};
use crate::Reason;

pub fn check(subject: &Subject) -> Check {
    let same = |case: &&crate::Case| {
        case.is_open() && case.business == subject.business.name && case.id != subject.case
    };
    match subject.cases.items.iter().find(|case| same(case)) {
        None => pass_if_known(subject.cases.complete),
        Some(case) => {
            let reason = Reason::new("case.already_open")
                .with("business", &case.business)
                .with("station", &case.filed_at)
                .with("since", case.acted_on);
            fail(reason, Basis::State)
        }
    }
}
